"""When a memory directory was tidied last, and how many sessions began since: one small file.

Its first line is the time, and each session adds one byte, so that a session's start costs one append and
one read. On the hot path: imports nothing but os and hot modules.
"""

import os

from memctl import places

LINE = 21
"""Bytes of the line with the time (seconds since the epoch), its end included."""

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def _path(directory: str) -> str:
    return os.path.join(places.store_state(directory), "dreams")


def done(directory: str, now: float) -> None:
    """Remember that it was tidied at `now`: counting begins anew. Where that cannot be written, a session is
    told once more."""
    path = _path(directory)
    try:
        places.make_private(os.path.dirname(path))
        handle = os.open(path, _FLAGS & ~os.O_APPEND | os.O_TRUNC, 0o600)
        try:
            os.write(handle, _line(now))
        finally:
            os.close(handle)
    except OSError:
        return


def begun(directory: str, now: float) -> "tuple[float, int]":
    """Count a session that begins at `now`: since when nothing was tidied (never: since the first session
    that was counted), and how many sessions began, this one included. (now, 0) where nothing can be kept."""
    path = _path(directory)
    try:
        places.make_private(os.path.dirname(path))
        handle = os.open(path, _FLAGS, 0o600)
    except OSError:
        return now, 0
    try:
        line = os.pread(handle, LINE, 0)
        try:
            since = float(line)
        except ValueError:
            os.ftruncate(handle, 0)
            os.write(handle, _line(now))
            since = now
        os.write(handle, b".")
        return since, os.fstat(handle).st_size - LINE
    except OSError:
        return now, 0
    finally:
        os.close(handle)


def _line(now: float) -> bytes:
    return b"%020.6f\n" % now
