"""Every memory directory that memctl has written to, and what became of its project."""

import os
from dataclasses import dataclass

from memctl.services.projects.adoption import finish
from memctl.store.memory.listing import scan
from memctl.store.state import registry
from memctl.store.state.registry import Record


@dataclass(frozen=True)
class Known:
    """A registered memory directory: its record, how many memories it holds, and what is wrong."""

    record: Record
    memories: int
    state: str  # "ok", "orphan" (no root is there), "missing" (the directory is gone)


def known(*, now: float) -> list[Known]:
    """Every registered memory directory, when moves that were interrupted are finished."""
    finish(now=now)
    found = []
    for record in registry.every():
        if not os.path.isdir(record.directory):
            found.append(Known(record, 0, "missing"))
            continue
        try:
            count = len(scan(record.directory)[0])
        except OSError:
            count = 0
        found.append(Known(record, count, "orphan" if record.is_orphan else "ok"))
    return found
