"""How far each session was read: which turns of it were looked at, by hash.

A position in the file would not do: a rewind moves the conversation to another branch, a compaction starts a
new root, a resumed session repeats its history. A turn that was looked at once is never looked at again,
wherever it stands.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from memctl import places
from memctl.domain.transcript import Session, Turn
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed

CURSOR_MAX = 64 * 1024 * 1024
"""Bytes of a cursor that are read: three million turns."""


@dataclass
class Cursor:
    """What was read of one session."""

    agent: str
    session: str
    path: str
    seen: set[bytes] = field(default_factory=set)
    proposed: int = 0  # proposals put into the inbox, over all runs
    updated: float = 0.0

    def has(self, turn: Turn) -> bool:
        """Whether `turn` was looked at before."""
        return mark(turn) in self.seen


def mark(turn: Turn) -> bytes:
    """Eight bytes that stand for a turn and what it says: an edited turn is a new one."""
    return blake2b(f"{turn.id}\0{turn.text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


class Cursors:
    """The cursors of one memory directory, one file for each session."""

    def __init__(self, directory: str) -> None:
        self.folder = os.path.join(places.store_state(directory), "cursors")

    def load(self, session: Session) -> Cursor:
        """The cursor of `session`; a fresh one when there is none, or it is damaged."""
        fresh = Cursor(session.agent, session.id, session.path)
        try:
            raw, _ = files.read_regular(self._path(session), CURSOR_MAX)
            about, _, marks = raw.partition(b"\n")
            found = json.loads(about)
            fresh.proposed, fresh.updated = int(found["proposed"]), float(found["updated"])
            fresh.seen = {bytes.fromhex(m.decode("ascii")) for m in marks.split()}
        except (OSError, ValueError, KeyError, TypeError):
            return Cursor(session.agent, session.id, session.path)
        return fresh

    def move(self, cursor: Cursor, marks: Iterable[bytes], proposed: int, now: float) -> None:
        """Note `marks` as looked at, durably. Raises WriteFailed."""
        cursor.seen.update(marks)
        cursor.proposed += proposed
        cursor.updated = now
        about = {
            "agent": cursor.agent,
            "proposed": cursor.proposed,
            "updated": now,
        }
        content = json.dumps(about, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        content += b"\n".join(m.hex().encode() for m in sorted(cursor.seen)) + b"\n"
        try:
            places.make_private(self.folder)
            files.write_private(self._path(Session(cursor.agent, cursor.session, cursor.path)), content)
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def _path(self, session: Session) -> str:
        """By agent and session id, so that a session file may be moved."""
        named = f"{session.agent}\0{session.id}".encode("utf-8", "surrogatepass")
        key = blake2b(named, digest_size=10).hexdigest()
        return os.path.join(self.folder, key)


def joined(ours: bytes, theirs: bytes) -> bytes:
    """The bytes of one session's cursor that has looked at every turn that either of two has looked at."""
    try:
        about, *marks = ours.split(b"\n")
        other, *more = theirs.split(b"\n")
        mine, others = json.loads(about), json.loads(other)
        for key in ("proposed", "updated"):
            mine[key] = max(mine[key], others[key])
    except (ValueError, KeyError, TypeError):
        return ours  # damaged: turns that are looked at again are proposed once all the same
    head = json.dumps(mine, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return b"\n".join([head, *sorted({*marks, *more} - {b""}), b""])
