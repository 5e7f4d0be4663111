"""Reading files of lines without trusting their size: streamed, with offsets, memory bounded."""

import errno
import json
import os
import stat
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

LINE_MAX = 8 * 1024 * 1024
"""Bytes of one line that are read as a whole. What people write stays far below; tool results and pasted
pictures that are larger are kept by head and tail only."""

EDGE = 64 * 1024
"""Bytes that are kept of each end of a longer line."""


@dataclass(frozen=True)
class Line:
    """One line: its number from 1, its byte offset, its bytes; `cut` when only its two ends were kept.

    `end` is the offset behind it.
    """

    number: int
    offset: int
    data: bytes
    cut: bool = False
    end: int = 0


def open_regular(path: str) -> IO[bytes]:
    """Open a regular file for reading; a FIFO is not waited for. Raises OSError (EINVAL) for other kinds."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        return os.fdopen(handle, "rb", buffering=1 << 18)
    except BaseException:
        os.close(handle)
        raise


def lines(path: str, offset: int = 0, number: int = 0) -> Iterator[Line]:
    """Every line of `path` from `offset` on, behind line `number`; the last one too when it has no line end
    yet. Raises OSError."""
    with open_regular(path) as handle:
        handle.seek(offset)
        while data := handle.readline(LINE_MAX):
            number += 1
            start, offset = offset, offset + len(data)
            if len(data) < LINE_MAX or data.endswith(b"\n"):
                yield Line(number, start, data, end=offset)
                continue
            tail = data[-EDGE:]
            while (more := handle.readline(LINE_MAX)) and not tail.endswith(b"\n"):
                offset += len(more)
                tail = (tail + more)[-EDGE:]
                if more.endswith(b"\n"):
                    break
            yield Line(number, start, data[:EDGE] + b"\n" + tail, cut=True, end=offset)


def line_at(handle: IO[bytes], offset: int) -> bytes:
    """The line that starts at byte `offset`, its end included; empty when it has LINE_MAX bytes or more.
    Raises OSError."""
    handle.seek(offset)
    data = handle.readline(LINE_MAX)
    return b"" if len(data) == LINE_MAX and not data.endswith(b"\n") else data


def record(data: bytes | str) -> dict[str, Any] | None:
    """One JSON object, or None for anything else: garbage, half a line, another type, absurd nesting."""
    if isinstance(data, bytes):
        data = data.removeprefix(BOM_UTF8)
    if data.lstrip()[:1] not in (b"{", "{"):
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def records(path: str) -> Iterator[tuple[Line, dict[str, Any]]]:
    """The lines of `path` that hold a JSON object, with it; others are passed over."""
    for line in lines(path):
        found = None if line.cut else record(line.data)
        if found is not None:
            yield line, found


def head(path: str, limit: int = 256 * 1024) -> bytes:
    """The first `limit` bytes of the regular file `path`, enough to tell its format. Raises OSError."""
    with open_regular(path) as handle:
        return handle.read(limit)


def head_records(path: str, count: int = 40) -> list[dict[str, Any]]:
    """The first JSON objects among the first `count` lines of `path`. Raises OSError."""
    found = []
    for line in lines(path):
        if line.number > count:
            break
        value = None if line.cut else record(line.data)
        if value is not None:
            found.append(value)
    return found
