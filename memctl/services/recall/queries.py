"""Where anticipated queries are kept: the state directory, and on request the topic files."""

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from memctl.domain import times
from memctl.domain.change import Change, Write
from memctl.domain.memory import Memory
from memctl.format import topic
from memctl.places import queries_file
from memctl.store.memory.memories import MemoryStore
from memctl.store.search.anticipated import append, content_key, read

KEY = "anticipated"
"""The key under `metadata` that `enrich --write` adds to a topic file."""


class KeptQueries:
    """The anticipated queries of one memory directory, by content."""

    def __init__(self, directory: str, model: str | None = None) -> None:
        self._path = queries_file(directory)
        self._model = model or ""

    @cached_property
    def _kept(self) -> dict[str, list[str]]:
        return read(self._path)

    def key(self, memory: Memory) -> str:
        """The fingerprint of a memory's content."""
        return content_key(memory.description, memory.body)

    def has(self, key: str) -> bool:
        """Whether that content was enriched before."""
        return key in self._kept

    def put(self, found: Mapping[str, Sequence[str]]) -> None:
        """Keep queries by key; durable when it returns. Raises OSError."""
        if not found:
            return
        entries = {key: list(queries) for key, queries in found.items()}
        append(self._path, entries, model=self._model, at=times.write(time.time()))
        self._kept.update(entries)

    def of(self, memory: Memory) -> list[str]:
        """The queries of `memory`: those kept here, else those written into its header."""
        kept = self._kept.get(self.key(memory))
        if kept:
            return kept
        written = memory.metadata.get(KEY)
        return [q for q in written if isinstance(q, str)] if isinstance(written, list) else []


def anticipated(store: MemoryStore, memory: Memory) -> list[str]:
    """The queries anticipated for this content of the memory, from the state directory or its header."""
    return KeptQueries(store.directory).of(memory)


def lacking(directory: str, memories: Iterable[Memory]) -> list[str]:
    """The stems of the memories that have no anticipated queries."""
    kept = KeptQueries(directory)
    return [memory.stem for memory in memories if not kept.of(memory)]


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
    return Change("enrich", tuple(writes), why=f"queries of {len(writes)} memories")
