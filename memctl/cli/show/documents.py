"""The JSON shapes that every verb shares: a memory object, and times as the contract writes them."""

import os
from typing import TYPE_CHECKING, Any

from memctl.cli.run import Run
from memctl.domain.selection import age_days

if TYPE_CHECKING:
    from memctl.domain.finding import Finding
    from memctl.domain.memory import Memory
    from memctl.domain.selection import Standing
    from memctl.services.recall.hits import Hit

from memctl.domain import times

when = times.write_second


def age(modified: float, now: float) -> str:
    """Time since `modified` for a terminal: today, 3d, 5w, 7mo, 2y."""
    days = age_days(modified, now)
    if days < 1:
        return "today"
    for size, unit in ((365, "y"), (61, "mo"), (14, "w")):
        if days >= size:
            return f"{days // {'y': 365, 'mo': 30, 'w': 7}[unit]}{unit}"
    return f"{days}d"


def memory_object(run: Run, memory: "Memory | Hit", **more: object) -> dict[str, Any]:
    """The memory object of the contract (section 5); `more` adds keys or overrides."""
    return {
        "name": memory.name,
        "file": memory.file,
        "path": os.path.join(run.directory, *memory.file.split("/")),
        "type": memory.type,
        "description": memory.description,
        "modified": when(memory.modified),
        "age_days": age_days(memory.modified, run.now),
        "fingerprint": memory.fingerprint,
        "score": None,
        "warnings": list(memory.warnings),
        **more,
    }


def standing_keys(standing: "Standing") -> dict[str, object]:
    """What a memory object says of time, for `memory_object`: what replaced it and when, or would by a
    proposal that waits, when it expired, its tier; of a memory as it was also what became of it."""
    keys = ("superseded_by", "superseded_on", "perhaps_superseded_by", "expired", "tier")
    became = ("became",) if standing.became else ()
    return {key: getattr(standing, key) for key in (*keys, *became)}


def finding_object(finding: "Finding") -> dict[str, object]:
    """What a check found, as JSON."""
    keys = ("id", "severity", "message", "file", "line", "repair")
    return {key: getattr(finding, key) for key in keys}
