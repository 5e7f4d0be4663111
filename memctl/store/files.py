"""Reading regular files and nothing else: no link is followed, no FIFO waited for, no size trusted."""

import os
import stat

try:  # hashlib would load OpenSSL, 2 ms that every hook call after a change would pay
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore]
    except ImportError:  # pragma: no cover - another interpreter than CPython
        from hashlib import sha256

BODY_MAX = 16 * 1024 * 1024
"""Bytes of one topic file that are ever read; what is longer is cut there and said so."""


def read_regular(path: str, limit: int = BODY_MAX) -> tuple[bytes, os.stat_result]:
    """Return at most `limit` bytes of `path` and its stat, taken from the same open file.

    Raises OSError when it is missing, unreadable, a symbolic link (ELOOP) or no regular file (EINVAL).
    """
    import errno

    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    handle = os.open(path, flags)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        parts: list[bytes] = []
        left = limit
        while left > 0:
            part = os.read(handle, min(left, 1 << 20))
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts), found
    finally:
        os.close(handle)


def fingerprint(raw: bytes) -> str:
    """`sha256:` and the hex digest of a file's bytes: what `--if-match` compares."""
    return "sha256:" + sha256(raw).hexdigest()
