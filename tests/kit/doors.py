"""The write door of a directory that is named, as `--dir` names one."""

from pathlib import Path

from memctl.services.write.door import WriteDoor
from memctl.store.state.resolve import Place


def place(directory: str | Path) -> Place:
    """The place of a directory that belongs to no project."""
    return Place(str(directory), "/", [])


def door(directory: str | Path, by: str = "memctl") -> WriteDoor:
    """The write door of `directory`, for a person unless `by` says otherwise."""
    return WriteDoor(place(directory), by)
