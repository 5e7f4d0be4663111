"""The JSON shapes that every verb shares: a memory object, and times as the contract writes them."""

import os
from typing import Any

from memctl.domain import times

when = times.write_second


def age_days(modified: float, now: float) -> int:
    """Whole days since `modified`; a date in the future is age 0."""
    return max(0, int((now - modified) // 86400))


def age_words(days: int) -> str:
    """An age for a terminal: today, 3d, 5w, 7mo, 2y."""
    if days < 1:
        return "today"
    for size, unit in ((365, "y"), (61, "mo"), (14, "w")):
        if days >= size:
            return f"{days // {'y': 365, 'mo': 30, 'w': 7}[unit]}{unit}"
    return f"{days}d"


def memory_object(memory: Any, directory: str, now: float, **more: Any) -> dict[str, Any]:
    """The memory object of the contract (section 5); `more` adds keys or overrides."""
    return {
        "name": memory.name,
        "file": memory.file,
        "path": os.path.join(directory, *memory.file.split("/")),
        "type": memory.type,
        "description": memory.description,
        "modified": when(memory.modified),
        "age_days": age_days(memory.modified, now),
        "fingerprint": memory.fingerprint,
        "score": None,
        "warnings": list(memory.warnings),
        **more,
    }
