"""Pairs of memories of which a person said that they stand beside each other.

A line for each, the hash of both fingerprints: nothing of what they say, and a pair that changes is another
one.
"""

import os
from hashlib import blake2b

from memctl import places
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed

FILE = "beside"
"""The file of lines, in the state of a memory directory."""

_MAX = 16 * 1024 * 1024


class Settled:
    """The settled pairs of one memory directory."""

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(places.store_state(directory), FILE)
        self._known = self._load()

    def _load(self) -> set[str]:
        try:
            return set(files.read_regular(self._path, _MAX)[0].decode("ascii", "replace").split())
        except OSError:
            return set()

    def holds(self, one: str, other: str) -> bool:
        """Whether the memories with these fingerprints were settled."""
        return _key(one, other) in self._known

    def add(self, one: str, other: str) -> None:
        """Remember the pair. Raises WriteFailed."""
        self._known = self._load() | {_key(one, other)}
        try:
            places.make_private(os.path.dirname(self._path))
            files.write_private(self._path, "".join(f"{key}\n" for key in sorted(self._known)).encode())
        except OSError as error:
            raise write_failed(error, self._path) from error


def _key(one: str, other: str) -> str:
    return blake2b("\0".join(sorted((one, other))).encode(), digest_size=16).hexdigest()
