"""The index against the files: what differs, and the change that repairs it."""

from dataclasses import dataclass

from memctl.domain import relation
from memctl.domain.change import Change, Write
from memctl.domain.finding import Finding
from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import INDEX, Memory
from memctl.format import drift, links
from memctl.format import index as text_of
from memctl.services.recall.overview import ordered
from memctl.services.recall.queries import lacking
from memctl.store.memory.memories import MemoryStore


@dataclass(frozen=True)
class Plan:
    """What `memctl index` would do; `change` is None when the index is in line or not ours to change."""

    path: str
    change: Change | None
    added: tuple[str, ...]
    removed: tuple[str, ...]
    sentence: str
    warnings: tuple[str, ...]
    lacking: int = 0  # memories without anticipated queries


def check(store: MemoryStore) -> list[Finding]:
    """Every drift between index and files. An index of another kind gives one note and no drift."""
    entries, _ = store.listing()
    text = store.index_text() or ""
    foreign = drift.is_foreign(text)
    if foreign:
        return [
            Finding("index.foreign", "note", f"{INDEX} {foreign}; it is left alone", INDEX),
            *drift.over_budget(text),
        ]
    return drift.check(text, [entry[0] for entry in entries], _superseded(store.memories()[0]))


def plan(store: MemoryStore) -> Plan:
    """The repair: orphans get a pointer, dead pointers go, everything else stays."""
    path = store.path(INDEX)
    raw = store.index_bytes()
    old = "" if raw is None else raw.decode("utf-8", "surrogateescape")
    foreign = drift.is_foreign(old)
    if foreign:
        warning = f"{path} {foreign}; it is left alone"
        return Plan(path, None, (), (), "nothing was changed", (warning,))
    memories = ordered(store.memories()[0], "modified")
    lack = len(lacking(store.directory, memories))
    before = {p.file for p in text_of.pointers(old)}
    gone = _superseded(memories)
    current = [m for m in memories if m.file not in gone]
    new = text_of.sync(old, [(m.file, "", "") if m.file in before else _pointer(m) for m in current], gone)
    after = {p.file for p in text_of.pointers(new)}
    added, removed = tuple(sorted(after - before)), tuple(sorted(before - after))
    warnings = tuple(f.message for f in drift.over_budget(new))
    if new == old:
        return Plan(path, None, (), (), "the index and the files agree", warnings, lack)
    content = new.encode("utf-8", "surrogateescape")
    was = as_memory(raw or b"")
    write = Write(INDEX, content, None if raw is None else was.fingerprint, was)
    sentence = f"{len(added)} added, {len(removed)} removed"
    change = Change("index", (write,), why=f"index: {sentence}")
    return Plan(path, change, added, removed, sentence, warnings, lack)


def as_memory(raw: bytes) -> Memory:
    """The index as a `Memory`, so that a write can be told from what was there."""
    return Memory(INDEX, raw, "", "", None, "", fingerprint=fingerprint(raw))


def _superseded(memories: list[Memory]) -> set[str]:
    return {m.file for m in memories if relation.superseded_by(m.metadata)}


def _pointer(memory: Memory) -> tuple[str, str, str]:
    """What a header says becomes part of the index, its secrets do not: others may have written the file."""
    from memctl.services.guard import redact

    return memory.file, links.title(redact(memory.name)), redact(memory.description)
