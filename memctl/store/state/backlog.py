"""Sessions that wait to be looked through by a model: a small file each, until that is done.

A call to a model takes a minute, in which a laptop may be closed. So the hook writes down what was said to
it, and whatever is left is done by the next call that does such work.

On the hot path: imports nothing but os and `memctl.places`.
"""

import os

from memctl import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

TRIES = 3
"""Times that a session is begun with before it is given up: what kills its reader would kill it for ever."""

_SIZE_MAX = 16_384
"""Bytes of such a file: a path and some words."""


class Waiting:
    """One waiting session: `source` is a transcript's path, or ("", id) where a file holds many sessions."""

    __slots__ = ("agent", "file", "id", "is_over", "path", "stamp", "tries")

    def __init__(self, file: str, stamp: int, lines: "list[str]") -> None:
        self.file = file
        self.stamp = stamp  # nanoseconds: when it was written down last
        self.agent = lines[0]
        self.is_over = lines[1] == "over"  # the session ended, or nobody will say when it does
        self.tries = int(lines[2])
        self.path, self.id = lines[3], lines[4]


def note(
    directory: str, agent: str, path: str, session: str, *, is_over: bool, tries: int = 0, stamp: int = 0
) -> None:
    """Write down that a session of the project of `directory` waits, since `stamp` (0: now); what was over
    stays so until it was looked through. Raises OSError."""
    folder = places.make_private(_folder(directory))
    file = os.path.join(folder, places.digest(f"{agent}\n{path}\n{session}"))
    known = _read(file)
    ends = is_over or (known is not None and known.is_over)
    lines = [agent, "over" if ends else "runs", str(tries), path, session]
    if any("\n" in line for line in lines):
        return  # no host names a file so
    part = f"{file}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(part, flags, 0o600)
    try:
        os.write(handle, "\n".join(lines).encode("utf-8", "surrogateescape"))
        if stamp:
            os.utime(handle, ns=(stamp, stamp))
    finally:
        os.close(handle)
    os.replace(part, file)


def waiting(directory: str) -> "Sequence[Waiting]":
    """What waits, oldest first; a damaged file is none."""
    try:
        names = os.listdir(_folder(directory))
    except OSError:
        return []
    found = (_read(os.path.join(_folder(directory), name)) for name in names if "." not in name)
    return sorted((one for one in found if one is not None), key=lambda one: one.stamp)


def begin(directory: str, one: Waiting) -> bool:
    """Count a try of `one`, before it is begun; False when it is given up instead. A try makes what was said
    no newer. Raises OSError."""
    if one.tries >= TRIES:
        done(one)
        return False
    more = one.tries + 1
    note(directory, one.agent, one.path, one.id, is_over=one.is_over, tries=more, stamp=one.stamp)
    again = _read(one.file)
    one.stamp = again.stamp if again else one.stamp
    return True


def done(one: Waiting) -> None:
    """It was looked through: forget it, unless its session went on meanwhile."""
    try:
        if os.stat(one.file, follow_symlinks=False).st_mtime_ns == one.stamp:
            os.unlink(one.file)
    except OSError:
        pass


def _read(file: str) -> "Waiting | None":
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            stamp = os.fstat(handle).st_mtime_ns
            lines = os.read(handle, _SIZE_MAX).decode("utf-8", "surrogateescape").split("\n")
        finally:
            os.close(handle)
        return Waiting(file, stamp, lines)
    except (OSError, ValueError, IndexError):
        return None


def _folder(directory: str) -> str:
    return os.path.join(places.store_state(directory), "backlog")
