"""Words that mean about the same, from a table that comes with memctl (`bench/neighbours.py` makes it).

The table is a text file in order of bytes, a stem a line with its neighbours and how like they are, and is
searched where it lies: a look costs some ten reads of a cached page, so that nothing is loaded at a prompt.

On the hot path: imports nothing but os.
"""

import os

TABLE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "neighbours.txt")

_WINDOW = 2048
"""Bytes that are read at once when the search is that close."""

_LINE = 512
"""Bytes that hold the end of one line and the beginning of the next."""


def near(stems: list[str]) -> "dict[str, list[tuple[str, float]]]":
    """Stem -> (neighbouring stem, likeness from 0 to 1), the likest first, of those of `stems` that have any.

    Nothing when the table cannot be read: recall works without it.
    """
    try:
        table = os.open(TABLE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return {}
    try:
        size = os.fstat(table).st_size
        found = {stem: _look(table, size, stem.encode("utf-8", "replace")) for stem in stems}
    except OSError:
        return {}
    finally:
        os.close(table)
    return {stem: _parsed(line) for stem, line in found.items() if line}


def _look(table: int, size: int, word: bytes) -> bytes:
    """The rest of the line that begins with `word`; empty when there is none."""
    low, high = 0, size
    while high - low > _WINDOW:
        middle = (low + high) // 2
        block = os.pread(table, _LINE, middle)
        start = block.find(b"\n") + 1
        if block[start : block.find(b" ", start)] <= word:
            low = middle
        else:
            high = middle
    block = b"\n" + os.pread(table, high - low + _LINE, low)
    at = block.find(b"\n" + word + b" ")
    return b"" if at < 0 else block[at + len(word) + 2 : block.find(b"\n", at + 1)]


def _parsed(line: bytes) -> "list[tuple[str, float]]":
    pairs = [part.split(":") for part in line.decode().split()]
    return [(word, int(alike) / 100) for word, alike in pairs]
