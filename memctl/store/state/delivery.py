"""What the start of a session is told of an earlier part of it, or of the last session, kept ready.

The note of a session lies in its folder (`sessions`), with the size that the transcript had; what the last
session of the project left open is one file of lines. Both are made when a turn, a context or a session
ends, so that a start reads a small file and no transcript. On the hot path: imports nothing but os and hot
modules.
"""

import os

from memctl import places
from memctl.store.disk.files import read_regular

NOTE_MAX = 64 * 1024
"""Bytes of a note, or of what was left open, that are read."""

NOTE = "note"
GIVEN = "given"
LAST = "last-session"

ID = 8
"""Characters of a session's id by which people and agents name it."""


def folder(directory: str, agent: str, session: str) -> str:
    """Where what is kept of a session lies: by agent and id, so that a session file may be moved."""
    return os.path.join(places.store_state(directory), "sessions", places.digest(f"{agent}\0{session}"))


def last_file(directory: str) -> str:
    """The file that says what the last session left open."""
    return os.path.join(places.store_state(directory), LAST)


def note(directory: str, agent: str, session: str) -> "tuple[str, int]":
    """The note of a session, and how large its transcript was then; ("", -1) where none is ready."""
    head, _, text = _read(os.path.join(folder(directory, agent, session), NOTE)).partition("\n")
    return (text, int(head)) if head.isdigit() and text else ("", -1)


def is_new(directory: str, agent: str, session: str, text: str) -> bool:
    """Whether `session` was given another note last, its head aside; if so this one counts as given now."""
    path = os.path.join(folder(directory, agent, session), GIVEN)
    mark = places.digest(text.partition("\n")[2])
    if _read(path) == mark:
        return False
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            os.write(handle, mark.encode())
        finally:
            os.close(handle)
    except OSError:
        pass  # it is given twice, which is better than failing
    return True


def left_open(directory: str, now: float) -> "tuple[str, str]":
    """The id (its beginning) of the session that was recorded last, and what it left open; ("", "") where
    nothing is, or where that is too old."""
    lines = _read(last_file(directory)).split("\n")
    if len(lines) < 3 or not lines[0].isdigit() or now > int(lines[0]):
        return "", ""
    return lines[1], lines[2]


def _read(path: str) -> str:
    try:
        raw, _ = read_regular(path, NOTE_MAX)
    except OSError:
        return ""
    return raw.decode("utf-8", "replace")
