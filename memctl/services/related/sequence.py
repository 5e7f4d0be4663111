"""Which of two memories was said later, and whether their own words say so."""

import re

from memctl.domain import times
from memctl.domain.memory import Memory

_DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?!-?\w)")


def follows(later: Memory, earlier: Memory) -> bool:
    """Whether `later` was said after `earlier` by every date that both headers hold; where they hold none,
    by the latest date in the text of each. The time of a file says nothing: a copy has a new one."""
    known = [pair for key in ("created", "modified") if None not in (pair := _both(later, earlier, key))]
    if not known:
        known = [(_latest(later), _latest(earlier))]
    return all(after is not None and before is not None and after > before for after, before in known)


def _both(one: Memory, other: Memory, key: str) -> tuple[float | None, float | None]:
    return times.parse(one.metadata.get(key)), times.parse(other.metadata.get(key))


def _latest(memory: Memory) -> float | None:
    found = (times.parse(day) for day in _DAY.findall(f"{memory.description}\n{memory.body}"))
    return max((moment for moment in found if moment is not None), default=None)


def dated(memory: Memory) -> float | None:
    """When a memory was said (seconds since the epoch), where its header says one time alone: of a text that
    was changed since nobody knows which part is how old."""
    made, changed = (times.parse(memory.metadata.get(key)) for key in ("created", "modified"))
    if made is None or changed is None:
        return made if changed is None else changed
    return made if abs(changed - made) < _ONE_DAY else None


_ONE_DAY = 86_400.0
"""Seconds between two times of a header that still mean one day."""
