"""Why a memory is in its tier, in words for a person."""

from dataclasses import dataclass, replace

from memctl.domain import times
from memctl.domain.memory import INDEX, Memory
from memctl.domain.relation import COLD, HOT, WARM, is_pinned, superseded_by
from memctl.domain.tier import DAY, Standing, moved
from memctl.errors import MemctlError
from memctl.format import drift, room
from memctl.format import index as text_of
from memctl.store.history import records
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import standings


@dataclass(frozen=True)
class Grounds:
    """The tier of a memory, the sentence that says why, and in how many sessions it was of use since when
    (seconds since the epoch; 0.0 for never)."""

    tier: str
    why: str
    uses: int = 0
    since: float = 0.0


def grounds(store: MemoryStore, memory: Memory, now: float, index: str | None = None) -> Grounds:
    """Where `memory` stands at `now`, and why. Of a moment that is past, both are as they were then, `index`
    too. Raises Damaged where the index cannot be read."""
    (standing,) = standings.of_memories(store.directory, [memory])
    standing = replace(standing, uses=tuple(use for use in standing.uses if use <= now))
    text = (store.index_text() or "") if index is None else index
    lines = [pointer.line for pointer in text_of.pointers(text) if pointer.file == memory.file]
    if moved(memory.metadata) == COLD:
        tier, why = COLD, f"{_moved(store, memory, now)}; it is recalled only when nothing warmer answers"
    elif lines:
        tier, why = HOT, _hot(store, memory, standing, text, now)
    else:
        tier, why = WARM, _warm(store, memory, standing, text, now)
    since = standing.uses[-1] if standing.uses else 0.0
    return Grounds(tier, why, len(standing.uses), since)


def _hot(store: MemoryStore, memory: Memory, standing: Standing, text: str, now: float) -> str:
    if is_pinned(memory.metadata):
        return "pinned"
    if standing.mark == HOT:
        return _moved(store, memory, now)
    if not room.is_movable(text, memory.file, standings.own(memory)):
        return f"{INDEX} names it in words of your own, which stay; {_used(standing, now)}"
    return _used(standing, now)


def _warm(store: MemoryStore, memory: Memory, standing: Standing, text: str, now: float) -> str:
    successor = superseded_by(memory.metadata)
    if successor:
        return f"superseded by {successor}, and such a memory has no pointer"
    if standing.mark == WARM:
        return _moved(store, memory, now)
    if foreign := drift.is_foreign(text):
        return f"{INDEX} {foreign}, which memctl leaves alone; {_used(standing, now)}"
    if is_pinned(memory.metadata) or standing.mark == HOT or not drift.is_full(text):
        return f"{INDEX} has room and no pointer to it: memctl index adds one"
    return f"{INDEX} is full, and what it holds has more claim; {_used(standing, now)}"


def _used(standing: Standing, now: float) -> str:
    """How often it was of use, or how long not, and when it was written."""
    if not standing.uses:
        return f"never used, written {_ago(standing.modified, now)}"
    times_used = len(standing.uses)
    since = times.write_second(standing.uses[-1])[:10]
    used = f"used {times_used} times since {since}" if times_used > 1 else f"used once, on {since}"
    return f"{used}, last {_ago(standing.uses[0], now)}"


def _ago(moment: float, now: float) -> str:
    days = int(max(0.0, now - moment) // DAY)
    return "today" if days == 0 else f"{days} day{'s' if days > 1 else ''} ago"


def _moved(store: MemoryStore, memory: Memory, now: float) -> str:
    """Who moved it last by `now`, and when, where the history knows."""
    try:
        found = records.log(store.directory, file=memory.file)
    except MemctlError:
        found = []
    for record in found:
        if record.verb == "tier" and record.when <= now:
            by = "you" if record.actor == "memctl" else record.actor
            return f"{by} moved it on {times.write_second(record.when)[:10]}"
    return "its header says so"
