"""What one memory directory holds for another one to take: every file of it, and what is decided about
them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from memctl import places
from memctl.store.disk import files
from memctl.store.disk.folder import NEW, OLD


@dataclass(frozen=True)
class Load:
    """What is brought. `source` is a memory directory, or "" where only the state folder `store` is left
    of it.

    `settled` are files whose text waits in the inbox instead (`arriving`, see `arrivals.sealed`), with
    its fingerprint; `names` those that are called otherwise in the target. The rest is for the record of
    the project.
    """

    source: str
    store: str
    settled: dict[str, str] = field(default_factory=dict)
    arriving: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    remotes: tuple[str, ...] = ()


def everything(directory: str) -> Iterator[str]:
    """Every file below `directory`, whatever it is, relative and with `/`; folders are not followed."""
    for folder, _, names in os.walk(directory):
        for name in sorted(names + _links(folder)):
            path = os.path.relpath(os.path.join(folder, name), directory).replace(os.sep, "/")
            if not name.startswith((NEW, OLD)):
                yield path


def _links(folder: str) -> list[str]:
    """The links to folders in `folder`, which a walk takes for folders."""
    with os.scandir(folder) as found:
        return [item.name for item in found if item.is_symlink() and item.is_dir()]


def free_names(file: str) -> Iterator[str]:
    """`file` with a number: `notes-2.md`, `notes-3.md`, ..."""
    folder, slash, name = file.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    number = 2
    while True:
        yield f"{folder}{slash}{stem}-{number}.{ending}" if stem and dot else f"{file}-{number}"
        number += 1


def set_aside(directory: str) -> list[str]:
    """The state folders that 0.1.0 left of what had been kept about `directory` before a project moved
    there."""
    state = places.store_state(directory)
    try:
        names = files.names(os.path.dirname(state))
    except OSError:
        return []
    begin = os.path.basename(state) + ".before-"
    return [os.path.join(os.path.dirname(state), name) for name in sorted(names) if name.startswith(begin)]
