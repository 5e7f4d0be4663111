"""What killed writers left half written in the state: files that never came to be, and may hold any text."""

import os
from collections.abc import Iterator

from memctl import places
from memctl.store.disk import files

AGE = 600.0
"""Seconds after which such a file belongs to nobody: each is written and renamed at once, at 1 MB and the
slowest disk in less than one."""

FOLDERS = (
    "", "inbox", "inbox/decided", "inbox/rejected", "inbox/shown", "tombstones", "cursors", "spool",
    "surfaced", "backlog",
)  # fmt: skip
"""Folders of a directory's state in which files are written whole; the journal is under the lock, and
recovery's."""


def found(directory: str, now: float) -> list[str]:
    """The paths of those that are older than AGE at `now` (seconds since the epoch)."""
    return [path for path in half_written(directory) if _is_old(path, now)]


def clear(directory: str, now: float) -> int:
    """Remove them; how many there were."""
    return sum(files.discard(path) for path in found(directory, now))


def half_written(directory: str) -> Iterator[str]:
    """The paths of all, however old."""
    for name in FOLDERS:
        folder = os.path.join(places.store_state(directory), *name.split("/"))
        try:
            names = sorted(files.names(folder))
        except OSError:
            continue
        paths = (os.path.join(folder, one) for one in names if one.endswith(".tmp"))
        yield from (path for path in paths if os.path.isfile(path) and not os.path.islink(path))


def _is_old(path: str, now: float) -> bool:
    try:
        return now - os.lstat(path).st_mtime > AGE
    except OSError:
        return False
