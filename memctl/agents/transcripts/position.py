"""How far a session was read, so that only what was added since is read again.

Kept by whoever reads on; a reader says what of it still holds. A file is the same file where its beginning
and what stands before the place are the same: clients append, and one that wrote the file anew is read anew.
"""

import os
import re
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from memctl.agents.transcripts import lines
from memctl.errors import NotFound

EDGE = 4_096
"""Bytes at the beginning, and before the place, by which a file is known again."""


class Branched(Exception):
    """What was read does not stand any more: a rewind, a rollback, another file. It is to be read again."""


@dataclass
class Position:
    """`offset` bytes were read (0: nothing, or the format cannot be continued); `held` is the reader's own,
    values that JSON can hold."""

    offset: int = 0
    seal: str = ""
    held: dict[str, Any] = field(default_factory=dict)

    def holds(self, path: str) -> bool:
        """Whether `path` still begins with what was read. Raises OSError."""
        return bool(self.offset) and self.seal == _seal(path, self.offset)

    def sealed(self, path: str) -> None:
        """Note by what the file is known again. Raises OSError."""
        self.seal = _seal(path, self.offset)


def _seal(path: str, offset: int) -> str:
    """ "" where the file is shorter than `offset`."""
    with lines.open_regular(path) as handle:
        begins = handle.read(min(EDGE, offset))
        handle.seek(max(0, offset - EDGE))
        ends = handle.read(min(EDGE, offset))
        whole = os.fstat(handle.fileno()).st_size >= offset
    return blake2b(begins + b"\0" + ends, digest_size=12).hexdigest() if whole else ""


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


class Until:
    """Where the reading ends: behind the record with this id, or at this moment (ISO, in the file's own
    notation); None: nowhere."""

    def __init__(self, until: str | None) -> None:
        self._until, self._moment = until, bool(until and _MOMENT.match(until))
        self._reached = False

    def passed(self, *known: object) -> bool:
        """Whether a record that is `known` by these, ids or times, lies behind the end. In file order."""
        if self._until is None:
            return False
        if self._moment:
            return any(isinstance(at, str) and _MOMENT.match(at) and at > self._until for at in known)
        before, self._reached = self._reached, self._reached or self._until in known
        return before

    def check(self) -> None:
        """Raise NotFound when all was read and the record never came."""
        if self._until is not None and not self._moment and not self._reached:
            raise NotFound(f"the transcript holds no record {self._until}", hint="give the id of a record")
