"""Where anticipated queries are kept: the state directory, and on request the topic files."""

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from memctl.agents.actor import actor
from memctl.domain import times
from memctl.domain.change import Change, Write
from memctl.domain.memory import Memory
from memctl.format import topic
from memctl.services.recall.enrichment import Guard
from memctl.store.search import anticipated

KEY = "anticipated"
"""The key under `metadata` that `enrich --write` adds to a topic file."""


class StateShelf:
    """The anticipated queries of one memory directory, by content (`services.recall.enrichment.Shelf`)."""

    def __init__(self, directory: str, model: str | None = None) -> None:
        self._path = anticipated.place(directory)
        self._model = model or ""

    @cached_property
    def _kept(self) -> dict[str, list[str]]:
        return anticipated.read(self._path)

    def key(self, memory: Memory) -> str:
        """The fingerprint of a memory's content."""
        return anticipated.content_key(memory.description, memory.body)

    def has(self, key: str) -> bool:
        """Whether that content was enriched before."""
        return key in self._kept

    def put(self, found: Mapping[str, Sequence[str]]) -> None:
        """Keep queries by key; durable when it returns. Raises OSError."""
        if not found:
            return
        entries = {key: list(queries) for key, queries in found.items()}
        anticipated.append(self._path, entries, model=self._model, at=times.write(time.time()))
        self._kept.update(entries)

    def queries(self, memory: Memory) -> list[str]:
        """The queries of `memory`: those kept here, else those written into its header."""
        kept = self._kept.get(self.key(memory))
        if kept:
            return kept
        written = memory.metadata.get(KEY)
        return [q for q in written if isinstance(q, str)] if isinstance(written, list) else []


def lacking(directory: str, memories: Iterable[Memory]) -> list[str]:
    """The stems of the memories that have no anticipated queries."""
    shelf = StateShelf(directory)
    return [memory.stem for memory in memories if not shelf.queries(memory)]


def guard() -> Guard:
    """The guard's rules, as enrich needs them."""
    from memctl.services import guard as rules

    def refuses(query: str) -> bool:
        return any(f.severity == "error" or f.id.startswith("wording") for f in rules.check_text(query))

    return Guard(rules.redact, refuses)


def into_files(shelf: StateShelf, memories: Iterable[Memory], now: float) -> Change | None:
    """The change that writes the kept queries under `metadata`, or None when every file has them."""
    writes = []
    for memory in memories:
        queries = shelf.queries(memory)
        if queries and memory.metadata.get(KEY) != queries:
            content = topic.rewrite(memory, metadata={KEY: queries})
            writes.append(Write(memory.file, content, memory.fingerprint))
    if not writes:
        return None
    return Change("enrich", tuple(writes), why=f"queries of {len(writes)} memories", actor=actor())
