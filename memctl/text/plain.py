"""A text as a reader understands it, for rules to look at: nothing hidden, look-alikes plain.

A key that is split by zero-width spaces, written in full-width letters or percent-encoded is still that key;
an instruction in mathematical bold letters is still that instruction.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from memctl.text.escape import suspect

_BYTE = "%[89ABab][0-9A-Fa-f]"
_PERCENT = re.compile(
    f"%[2-7][0-9A-Fa-f]|%[CDcd][0-9A-Fa-f]{_BYTE}|%[Ee][0-9A-Fa-f]{_BYTE}{_BYTE}|%[Ff][0-4]{_BYTE}{_BYTE}{_BYTE}"
)
"""One percent-encoded character of printable ASCII or of UTF-8 (RFC 3986, 2.1; RFC 3629)."""


_CONTROL = re.compile("[^\\n\\t\\r -~]")
"""What ASCII has besides letters, digits, marks and the ends of lines."""


@dataclass(frozen=True)
class Plain:
    """`text` made plain. `places` are pairs (offset in it, offset in the original) where the two drift."""

    text: str
    places: tuple[tuple[int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that the span of `text` stands for, hidden characters inside included."""
        return self._back(start), self._back(end)

    def _back(self, offset: int) -> int:
        plain, original = self.places[bisect_right(self.places, offset, key=lambda place: place[0]) - 1]
        return original + offset - plain


def plain(text: str) -> Plain | None:
    """`text` without hidden characters and with compatibility letters as ASCII; None when nothing changes."""
    if text.isascii() and _CONTROL.search(text) is None:
        return None
    folds = {char: folded for char in set(text) if (folded := _fold(char)) != char}
    if not folds:
        return None
    return _rewrite(text, re.compile("[" + re.escape("".join(folds)) + "]"), folds.__getitem__)


def decoded(text: str) -> Plain | None:
    """`text` with percent-encoded characters decoded; None when there are none."""
    if _PERCENT.search(text) is None:
        return None
    return _rewrite(text, _PERCENT, lambda run: unquote(run, errors="replace"))


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    if char in "\n\t\r" or (char.isascii() and char.isprintable()):
        return char
    if suspect(char):
        return ""
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 and folded.isascii() else char


def _rewrite(text: str, pattern: re.Pattern[str], new_for: Callable[[str], str]) -> Plain:
    parts: list[str] = []
    places = [(0, 0)]
    length = last = 0
    for match in pattern.finditer(text):
        new = new_for(match.group())
        parts += (text[last : match.start()], new)
        length += match.start() - last + len(new)
        last = match.end()
        places.append((length, last))
    parts.append(text[last:])
    return Plain("".join(parts), tuple(places))
