"""Lines of JSON in which each character is a whole one.

A client may send half of a surrogate pair, which JSON can say and UTF-8 cannot; the SDK drops a message that
it cannot read, and whoever waits for the answer waits for ever. So the half is replaced by a mark that nobody
else can write, the call arrives, and is answered with what is wrong.
"""

import io
import json
import os
import re
from typing import BinaryIO

LOST = f"\ufffd{os.urandom(8).hex()}"
"""Stands where a character was lost."""

_HALF = re.compile("[\ud800-\udfff]")


def mended(line: bytes) -> bytes:
    """`line` with LOST for each half of a pair and each byte that is no UTF-8; what is no JSON stays."""
    text = line.decode("utf-8", "surrogateescape")
    if not _HALF.search(text) and b"\\ud" not in line.lower():
        return line
    try:
        said = json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return line
    return _HALF.sub(LOST, said).encode() + b"\n"


class WholeLines(io.RawIOBase):
    """`source`, each line of it mended."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._left = b""

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """The rest of a line, or as much of it as fits; 0 at the end."""
        self._left = self._left or mended(self._source.readline())
        part = self._left[: len(buffer)]
        buffer[: len(part)] = part
        self._left = self._left[len(part) :]
        return len(part)
