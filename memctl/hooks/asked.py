"""The prompt that a host's transcript holds, for hosts whose hooks are not told it.

On the hot path: imports nothing but os and hot modules.
"""

import os

from memctl.hooks import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from memctl.agents.dialects import Dialect

TAIL = 2 * 1024 * 1024
"""Bytes of a transcript, from its end, in which the last prompt is looked for: what an agent did since is in
front of it."""


def last(path: object, dialect: "Dialect") -> "tuple[str, bool]":
    """The last prompt in the transcript `path`, and whether nothing came after it; ("", False) where none is
    found, or the file cannot be read."""
    data, mark = _tail(path), b'"' + dialect.mark.encode() + b'"'
    end = len(data)
    while (at := data.rfind(mark, 0, end)) >= 0:
        start, stop = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
        stop = len(data) if stop < 0 else stop
        text = dialect.typed(_record(data[start:stop]))
        if text:
            return text, not data[stop:].strip()
        end = start
    return "", False


def _record(line: bytes) -> "dict[str, object]":
    try:
        found = wire.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _tail(path: object) -> bytes:
    """The end of a regular file; nothing of anything else."""
    import stat

    if not isinstance(path, str) or not os.path.isabs(path):
        return b""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return b""
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            return b""
        return os.pread(handle, TAIL, max(0, about.st_size - TAIL))
    except OSError:
        return b""
    finally:
        os.close(handle)
