"""Reading files of lines without trusting their size: streamed, with offsets, memory bounded."""

import errno
import json
import os
import re
import stat
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
    """One line: its number from 1, its byte offset, its bytes; `cut` when only its two ends were kept."""

    number: int
    offset: int
    data: bytes
    cut: bool = False


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


def lines(path: str) -> Iterator[Line]:
    """Every line of `path`, the last one too when it has no line end yet. Raises OSError."""
    with open_regular(path) as handle:
        number, offset = 0, 0
        while data := handle.readline(LINE_MAX):
            number += 1
            start, offset = offset, offset + len(data)
            if len(data) < LINE_MAX or data.endswith(b"\n"):
                yield Line(number, start, data)
                continue
            tail = data[-EDGE:]
            while (more := handle.readline(LINE_MAX)) and not tail.endswith(b"\n"):
                offset += len(more)
                tail = (tail + more)[-EDGE:]
                if more.endswith(b"\n"):
                    break
            yield Line(number, start, data[:EDGE] + b"\n" + tail, cut=True)


def line_at(handle: IO[bytes], offset: int) -> bytes:
    """The line that starts at `offset`; empty when it is longer than LINE_MAX."""
    handle.seek(offset)
    data = handle.readline(LINE_MAX)
    return b"" if len(data) == LINE_MAX and not data.endswith(b"\n") else data


def record(data: bytes) -> dict[str, Any] | None:
    """One JSON object, or None for anything else: garbage, half a line, another type, absurd nesting."""
    if data.lstrip()[:1] != b"{":
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
    """The first bytes of `path`, enough to tell its format. Raises OSError."""
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


def text_of(value: object) -> str:
    """`value` when it is a text, else "" - fields of foreign files have any type. Lone surrogates go."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def blocks_text(
    content: object, kinds: tuple[str, ...] = ("text", "input_text", "output_text", "Text")
) -> str:
    """The text of a message's content: a string, or the text blocks of a list joined by blank lines."""
    if not isinstance(content, list):
        return text_of(content)
    parts = []
    for block in content:
        if isinstance(block, str):
            parts.append(text_of(block))
        elif isinstance(block, dict) and block.get("type", "text") in kinds:
            parts.append(text_of(block.get("text")))
    return "\n\n".join(part for part in parts if part)


CLIP = 4000
"""Characters of a tool's input or output that are kept: context, never evidence of what a person said."""


def clip(value: object) -> str:
    """A tool's input or output as a short text."""
    if isinstance(value, list):
        value = blocks_text(value)
    if not isinstance(value, str):
        try:
            value = json.dumps(value, ensure_ascii=False)
        except (ValueError, RecursionError):
            return ""
    return text_of(value if len(value) <= CLIP else _cut(value[:CLIP]))


def _cut(text: str) -> str:
    """`text` back to its last blank: half of a key would not be known for one."""
    last = max(text.rfind(blank, CLIP // 2) for blank in " \n\t")
    return text[:last] if last > 0 else text[: CLIP // 2]


_INSIDE = re.compile(r"[^a-zA-Z0-9]+")


def folder_key(path: str) -> str:
    """A path as agents spell it in folder names: every run of other characters is one dash."""
    return _INSIDE.sub("-", path).strip("-").lower()


def within(path: object, root: str) -> bool:
    """Whether the directory `path` is `root` or lies below it."""
    if not isinstance(path, str) or not path:
        return False
    real, base = os.path.realpath(path), os.path.realpath(root)
    return real == base or real.startswith(base.rstrip(os.sep) + os.sep)
