"""What the doctor looks at: one memory directory, and a chart of each memory in it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from memctl.domain.memory import INDEX, is_index
from memctl.errors import Damaged
from memctl.services.doctor.chart import Chart
from memctl.store.memory.listing import Problem
from memctl.store.memory.memories import MemoryStore


@dataclass(frozen=True)
class Ground:
    """The directory itself, at `now` in seconds since the epoch; `in_tree` where git sets the permissions."""

    store: MemoryStore
    now: float
    in_tree: bool

    @property
    def directory(self) -> str:
        """The memory directory."""
        return self.store.directory


@dataclass(frozen=True, slots=True)
class Likeness:
    """That the memory `file` says nearly the same as another one: how alike they are (to 100), and whether
    each has numbers, days or names in code that the other has not."""

    file: str
    score: float
    differs: bool


@dataclass(frozen=True)
class View(Ground):
    """One memory directory as found. `index` is None when there is no index, or none that can be read.

    `alike` are the pairs that say nearly the same: of each file those that are newer.
    """

    charts: tuple[Chart, ...] = ()
    problems: tuple[Problem, ...] = ()
    index: str | None = None
    index_trouble: str = ""
    alike: Mapping[str, list[Likeness]] | None = None


def ground(directory: str, now: float) -> Ground:
    """The directory itself."""
    return Ground(MemoryStore(directory), now, _in_tree(directory))


def index_of(store: MemoryStore) -> tuple[str | None, str]:
    """The text of the index, None where there is none; and what is wrong with it, "" for nothing."""
    try:
        return store.index_text(), ""
    except Damaged as error:
        return None, error.message


def _in_tree(directory: str) -> bool:
    """Whether the directory lies in the work tree of a repository, where git sets the permissions."""
    folder = os.path.realpath(directory)
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return True
        parent = os.path.dirname(folder)
        if parent == folder:
            return False
        folder = parent


def siblings(view: View) -> Iterator[tuple[str, list[str]]]:
    """Each folder and the file names of the memories in it; the index is among those of the first."""
    folders: dict[str, list[str]] = {"": [INDEX]} if view.index is not None else {}
    for chart in view.charts:
        folder, _, name = chart.file.rpartition("/")
        folders.setdefault(folder, []).append(name)
    yield from folders.items()


def is_memory(file: str) -> bool:
    """Whether a file ending in `.md` is one that the listing takes for a memory."""
    folder, _, name = file.rpartition("/")
    return name[0] != "." and (bool(folder) or not is_index(name))
