"""What the doctor looks at: the directory read once, for every check."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from memctl.domain.memory import INDEX, Memory
from memctl.errors import Damaged
from memctl.store.memory.listing import Problem
from memctl.store.memory.memories import MemoryStore


@dataclass(frozen=True)
class View:
    """One memory directory as found. `index` is None when there is no index, or none that can be read."""

    store: MemoryStore
    memories: tuple[Memory, ...]
    problems: tuple[Problem, ...]
    index: str | None
    index_trouble: str
    in_tree: bool
    now: float

    @property
    def directory(self) -> str:
        """The memory directory."""
        return self.store.directory


def look(directory: str, now: float) -> View:
    """Read the directory. Raises Damaged when it cannot be listed."""
    store = MemoryStore(directory)
    memories, problems = store.memories()
    index, trouble = None, ""
    try:
        index = store.index_text()
    except Damaged as error:
        trouble = error.message
    return View(store, tuple(memories), tuple(problems), index, trouble, _in_tree(directory), now)


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


def line_of(memory: Memory, key: str) -> int | None:
    """The line of the file on which the header has `key`, or None."""
    start = f"{key}:".encode()
    for number, line in enumerate(memory.raw.split(b"\n", 200)[:200], 1):
        if line.lstrip().startswith(start):
            return number
    return None


def siblings(view: View) -> Iterator[tuple[str, list[str]]]:
    """Each folder and the file names of the memories in it; the index is among those of the first."""
    folders: dict[str, list[str]] = {"": [INDEX]} if view.index is not None else {}
    for memory in view.memories:
        folder, _, name = memory.file.rpartition("/")
        folders.setdefault(folder, []).append(name)
    yield from folders.items()
