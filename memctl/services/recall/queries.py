"""Where anticipated queries are kept: the state directory, and on request the topic files."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from memctl.domain import times
from memctl.domain.change import Change, Write
from memctl.domain.memory import Memory
from memctl.format import topic
from memctl.places import queries_file
from memctl.store.memory.memories import MemoryStore
from memctl.store.search.anticipated import content_key, followed, inherited, lines, put
from memctl.store.search.likeness import parts, sketch
from memctl.text.counted import counted

if TYPE_CHECKING:
    from memctl.store.search.anticipated import Line

KEY = "anticipated"
"""The key under `metadata` that `enrich --write` adds to a topic file."""

KEPT_MAX = 24
"""Queries of one memory that are kept: those that were given, and six or so in each of a few languages."""


class KeptQueries:
    """The anticipated queries of one memory directory, by content."""

    def __init__(self, directory: str, model: str | None = None) -> None:
        self._path = queries_file(directory)
        self._model = model or ""
        self._memories: dict[str, Memory] = {}  # by key: which memory a line is kept for

    @cached_property
    def _kept(self) -> "dict[str, Line]":
        return lines(self._path)

    def key(self, memory: Memory) -> str:
        """The fingerprint of a memory's content."""
        key = content_key(memory.description, memory.body)
        self._memories[key] = memory
        return key

    def has(self, key: str) -> bool:
        """Whether queries were anticipated for that very content."""
        line = self._line(key)
        return bool(line.get("queries")) and not line.get("earlier")

    def look_for(self, keys: Iterable[str]) -> None:
        """Take over what other memory directories keep for these contents, or what was kept for the same file
        before a small edit, all at once."""
        absent = set(keys) - self._kept.keys()
        edited = {self._memories[key].file: key for key in absent if key in self._memories}
        found = {**followed(self._path, edited, self._text_of(edited)), **inherited(self._path, absent)}
        self._kept.update({key: found.get(key) or _empty(key) for key in absent})

    def _text_of(self, edited: Mapping[str, str]) -> Callable[[str], tuple[str, str]]:
        def text(file: str) -> tuple[str, str]:
            """Description and body of the memory in `file`."""
            memory = self._memories[edited[file]]
            return memory.description, memory.body

        return text

    def put(
        self, found: Mapping[str, Sequence[str]], languages: Collection[str] = (), *, given: bool = False
    ) -> None:
        """Keep queries by key beside those that are there; durable when it returns. Raises OSError.

        `languages` are those in which they were asked for; `given` ones come from a person or an agent, and
        stay when the memory's text changes or a model is asked anew.
        """
        self._write([self._joined(key, queries, languages, given) for key, queries in found.items()])

    def replace(self, found: Mapping[str, Sequence[str]], languages: Collection[str] = ()) -> None:
        """As `put`, in place of those that a model wrote before."""
        for key in found:
            self._kept[key] = _given_alone(self._line(key))
        self.put(found, languages)

    def carry(self, old: Memory, new: Memory) -> None:
        """Keep for `new` what was anticipated for `old`, of which it is the next version. Raises OSError."""
        was, key = self._line(self.key(old)), self.key(new)
        if was.get("queries") and key != self.key(old) and not self.has(key):
            earlier = old.body.strip() != new.body.strip() or bool(was.get("earlier"))
            self._write([{**was, "key": key, **({"earlier": True} if earlier else {})}])

    def of(self, memory: Memory) -> list[str]:
        """The queries of `memory`: those kept here, else those written into its header."""
        kept = self._line(self.key(memory)).get("queries")
        return list(kept) if kept else header_queries(memory)

    def languages(self, memory: Memory) -> frozenset[str]:
        """The languages in which a model was asked for queries of this content."""
        return frozenset(self._line(self.key(memory)).get("languages", ()))

    def _line(self, key: str) -> "Line":
        if key not in self._kept:
            self.look_for([key])
        return self._kept[key]

    def _joined(self, key: str, queries: Sequence[str], languages: Collection[str], given: bool) -> "Line":
        was = self._line(key)
        old = _given_alone(was) if was.get("earlier") and not given else was
        kept = old.get("given", [])
        own = [*kept, *queries] if given else kept
        said = _distinct([*own, *queries, *old["queries"]])[: max(KEPT_MAX, len(kept))]
        line: Line = {"key": key, "queries": said}
        if own:
            line["given"] = _distinct(own)[: len(said)]
        asked = {*old.get("languages", ()), *languages}
        if asked:
            line["languages"] = sorted(asked)
        if given and was.get("earlier"):
            line["earlier"] = True
        return line

    def _write(self, found: "list[Line]") -> None:
        about = {"model": self._model, "at": times.write(time.time())}
        put(self._path, [{**line, **self._about(line["key"]), **about} for line in found])
        self._kept.update({line["key"]: line for line in found})

    def _about(self, key: str) -> dict[str, object]:
        """Which memory a line is for, and what its text is like."""
        memory = self._memories.get(key)
        if memory is None:
            return {}
        text = memory.description, memory.body
        return {"file": memory.file, "words": sketch(*text), "parts": parts(*text)}


def _empty(key: str) -> "Line":
    return {"key": key, "queries": []}


def _given_alone(line: "Line") -> "Line":
    given = line.get("given", [])
    return {"key": line["key"], "queries": given, "given": given}


def _distinct(queries: Iterable[str]) -> list[str]:
    """Each query once, whatever its case."""
    found: dict[str, str] = {}
    for query in queries:
        found.setdefault(query.casefold(), query)
    return list(found.values())


def header_queries(memory: Memory) -> list[str]:
    """The queries that `enrich --write` put into the header of `memory`."""
    written = memory.metadata.get(KEY)
    return [q for q in written if isinstance(q, str)] if isinstance(written, list) else []


def anticipated(store: MemoryStore, memory: Memory) -> list[str]:
    """The queries anticipated for this content of the memory, from the state directory or its header."""
    return KeptQueries(store.directory).of(memory)


def lacking(directory: str, memories: Iterable[Memory]) -> list[str]:
    """The stems of the memories that have no anticipated queries."""
    kept, found = KeptQueries(directory), list(memories)
    kept.look_for(kept.key(memory) for memory in found)
    return [memory.stem for memory in found if not kept.of(memory)]


def carry(directory: str, versions: Iterable[tuple[Memory, Memory]]) -> None:
    """Keep what was anticipated for each memory for its next version: (before, after). Raises OSError."""
    kept = KeptQueries(directory)
    for before, after in versions:
        kept.carry(before, after)


def into_files(kept: KeptQueries, memories: Iterable[Memory], now: float) -> Change | None:
    """The change that writes the kept queries under `metadata`, or None when every file has them."""
    writes = []
    for memory in memories:
        queries = kept.of(memory)
        if queries and memory.metadata.get(KEY) != queries:
            content = topic.rewrite(memory, metadata={KEY: queries})
            writes.append(Write.over(memory, content))
    if not writes:
        return None
    return Change("enrich", tuple(writes), why=f"queries of {counted(len(writes), 'memory', 'memories')}")
