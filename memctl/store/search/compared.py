"""Pairs of memories that were compared and have nothing to do with each other: derived, disposable.

A line for each, the hash of both fingerprints, below a line that says under what they were compared. A pair
of which one changes is another one. How telling a word is depends on the folder, and what is a cue on the
version: with another version, or once the folder is twice as large or half, all are compared again. So what
a run costs depends on what changed since the last one.
"""

import os
from hashlib import blake2b

import memctl
from memctl import places
from memctl.store.disk import files

_MAX = 64 * 1024 * 1024


class Compared:
    """The pairs of one memory directory, which holds `count` memories now."""

    def __init__(self, directory: str, count: int) -> None:
        self._path = f"{places.cache_file(directory)}.compared"
        self._count, self._then = count, count
        self._known = self._load()
        self._met: set[str] = set()

    def _load(self) -> set[str]:
        try:
            lines = files.read_regular(self._path, _MAX)[0].decode("ascii", "replace").split("\n")
        except OSError:
            return set()
        version, _, then = lines[0].partition(" ")
        if version != memctl.__version__ or not then.isdecimal():
            return set()
        if not int(then) / 2 < self._count < int(then) * 2:
            return set()
        self._then = int(then)
        return {line for line in lines[1:] if line}

    def holds(self, one: str, other: str) -> bool:
        """Whether the memories with these fingerprints were compared; they are kept for the next run then."""
        key = _key(one, other)
        if key in self._known:
            self._met.add(key)
        return key in self._met

    def add(self, one: str, other: str) -> None:
        """These have nothing to do with each other."""
        self._met.add(_key(one, other))

    def keep(self) -> None:
        """Write what was met, if it is not what is there. Where that cannot be, they are compared again."""
        if not self._met or self._met == self._known:
            return
        lines = [f"{memctl.__version__} {self._then}", *sorted(self._met)]
        try:
            places.make_private(os.path.dirname(self._path))
            files.write_private(self._path, "".join(f"{line}\n" for line in lines).encode())
        except OSError:
            return


def _key(one: str, other: str) -> str:
    return blake2b("\0".join(sorted((one, other))).encode(), digest_size=12).hexdigest()
