"""The index against the files: what differs, and the change that repairs it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from memctl.domain import tier
from memctl.domain.change import Change, Write
from memctl.domain.finding import Finding
from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import INDEX, Memory
from memctl.format import drift, links, mending, pointers, room
from memctl.format import index as text_of
from memctl.format.caption import caption
from memctl.services.recall.overview import ordered
from memctl.services.recall.queries import lacking
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import standings


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


def check(
    store: MemoryStore,
    files: Iterable[str] | None = None,
    out: Mapping[str, str] | None = None,
    *,
    now: float | None = None,
) -> list[Finding]:
    """Every drift between index and files. An index of another kind gives one note and no drift.

    `files` are those of `store`, and `out` the ones that are kept out of the index with the reason, where
    both are known already; `now` is in seconds since the epoch.
    """
    if files is None:
        files = [entry[0] for entry in store.listing()[0]]
    raw = store.index_bytes() or b""
    damage = mending.check(raw)
    text = mending.mended(raw) if damage else raw.decode()
    foreign = drift.is_foreign(text)
    if foreign:
        return [
            *damage,
            Finding("index.foreign", "note", f"{INDEX} {foreign}; it is left alone", INDEX),
            *drift.over_budget(text),
        ]
    if damage:  # its lines are not those of the file, and the repair takes care of all of it
        return damage
    out = _kept_out(store.each()) if out is None else out
    is_long = drift.budget(text).cut_line is not None
    fits = is_long and bool(room.fit(text, standings.order(store.directory, now or 0.0, _redact))[1])
    return drift.check(text, files, out, *["memctl index"] * fits)


def plan(store: MemoryStore, *, now: float) -> Plan:
    """The repair: what is damaged goes, dead pointers go, orphans get one, and what a person wrote stays.

    Where not all have room, those with the highest claim have it: what was used more than what is there comes
    back. `now` is in seconds since the epoch.
    """
    path = store.path(INDEX)
    raw = store.index_bytes()
    held = raw or b""
    damaged = bool(mending.check(held))
    old = mending.mended(held) if damaged else held.decode()
    if drift.is_foreign(old):
        return _left_alone(path, raw, old)
    memories = ordered(store.memories()[0], "modified")
    lack = len(lacking(store.directory, memories))
    before = {p.file for p in text_of.pointers(old)}
    new = _fitted(store.directory, old, memories, before, now)
    after = {p.file for p in text_of.pointers(new)}
    warnings = tuple(f.message for f in drift.over_budget(new))
    if new.encode() == held:
        return Plan(path, None, (), (), "the index and the files agree", warnings, lack)
    added, removed = tuple(sorted(after - before)), tuple(sorted(before - after))
    mended = "damage mended, " if damaged else ""
    left = _without_room(old, memories, before, after)
    moved = f"; {tier.full(left)}" if left else ""
    sentence = f"{mended}{len(added)} added, {len(removed)} removed{moved}"
    warnings += pointers.told(left)
    return Plan(path, _change(raw, new, sentence), added, removed, sentence, warnings, lack)


def _fitted(directory: str, old: str, memories: list[Memory], before: set[str], now: float) -> str:
    """The index `old` in line with `memories`, with the pointers of those that have the highest claim.

    `before` are the files that it points to.
    """
    out = _kept_out(memories)
    current = [m for m in memories if m.file not in out]
    new = _completed(old, current)
    ranked = standings.of_memories(directory, (m for m in current if m.file not in before))
    best = tier.least_first(ranked, now)[-drift.LINES_MAX :]
    chosen = {one.file for one in best} | {one.file for one in ranked if one.stays}
    order = standings.order(directory, now, _redact)
    fitted, _ = room.fit(_synced(new, current, before, chosen, out), order)
    if drift.budget(fitted).cut_line is None:
        return fitted
    return _synced(new, current, before, {one.file for one in ranked if one.stays}, out)


def _without_room(old: str, memories: list[Memory], before: set[str], after: set[str]) -> list[str]:
    """The memories that had a pointer in `old`, or could have had one, and have none for want of room."""
    was_full = drift.is_full(old)
    out = [m.file for m in memories if m.file not in after and not pointers.kept_out(m)]
    return sorted(file for file in out if file in before or (not was_full and links.can_point(file)))


def _synced(
    text: str, memories: list[Memory], before: set[str], chosen: set[str], out: Collection[str]
) -> str:
    """`text` without pointers to nothing or to what is kept `out`, with new ones to what is `chosen`."""
    listed = [
        (m.file, "", "") if m.file in before else _pointer(m) for m in memories if m.file in before | chosen
    ]
    return text_of.sync(text, listed, out)


def _left_alone(path: str, raw: bytes | None, text: str) -> Plan:
    """For an index of another kind: nothing but what is damaged in it changes."""
    change = None if text.encode() == raw else _change(raw, text, "damage mended")
    warning = f"{path} {drift.is_foreign(text)}; it is left alone"
    return Plan(path, change, (), (), "damage mended" if change else "nothing was changed", (warning,))


def _change(raw: bytes | None, new: str, sentence: str) -> Change:
    was = as_memory(raw or b"")
    write = Write(INDEX, new.encode(), None if raw is None else was.fingerprint, was)
    return Change("index", (write,), why=f"index: {sentence}")


def _completed(text: str, memories: list[Memory]) -> str:
    """`text` with the rest of a last pointer that was cut off."""
    last = text_of.pointers(text)[-1:]
    cut = next((m for m in memories if last and m.file == last[0].file), None)
    return text if cut is None or text.endswith("\n") else text_of.completed(text, *_pointer(cut)[::2])


def as_memory(raw: bytes) -> Memory:
    """The index as a `Memory`, so that a write can be told from what was there."""
    return Memory(INDEX, raw, "", "", None, "", fingerprint=fingerprint(raw))


def _kept_out(memories: Iterable[Memory]) -> dict[str, str]:
    """The memories that have no pointer whatever room there is, each with the reason."""
    return {m.file: why for m in memories if (why := pointers.kept_out(m))}


def _pointer(memory: Memory) -> tuple[str, str, str]:
    """What a header says becomes part of the index, its secrets do not: others may have written the file."""
    shown = caption(memory.description, memory.stem, memory.body)
    return memory.file, links.title(_redact(memory.name)), _redact(shown)


def _redact(text: str) -> str:
    from memctl.services.guard import redact

    return redact(text)
