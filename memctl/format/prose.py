"""A Markdown text as what it is read as: headings, paragraphs, list items, code, and sentences in them.

Each keeps the place where it stands, so that a part can be taken out and the rest stays as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memctl.format.verbatim import Blocks
from memctl.text.stops import STOP, WIDE_STOP

_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_HEAD = re.compile(r"\s{0,3}#{1,6}(?:\s|$)")
_RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}$|[\s|:+-]+$")
_OPENS = re.compile(r"(?:\s*>|\s*\||\s*(?:[-*+•]|1[.)])\s+\S)")
"""How a line begins that ends the paragraph before it; of a numbered list only the first item may
(CommonMark)."""

_END = re.compile(rf"{STOP}(?<!\b\d\.)[\"')\]*_`]*\s+(?=\S)|{WIDE_STOP}(?=\S)")
"""Where a sentence ends; behind a single digit stands a step of a list."""

_LINK = re.compile(r"!?\[([^\]\n]*)\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_MARKS = re.compile(r"\*+|(?<!\w)_+|_+(?!\w)|~~|`+")
_LEAD = re.compile(r"^\s*(?:(?:>|[-*+•](?=\s)|#{1,6}(?=\s)|\d{1,3}[.)](?=\s)|\[[ xX]\](?=\s))\s*)+")
_TAG = re.compile(r"<!--|-->|</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)


@dataclass(frozen=True)
class Unit:
    """A part of a text, whole lines from `start` to `stop` (characters)."""

    kind: str  # "heading", "item", "row", "text" or "code"
    start: int
    stop: int


def units(text: str) -> list[Unit]:
    """The parts of `text` in order; blank lines and rules are none."""
    code = Blocks(text).code
    found: list[Unit] = []
    at = 0
    open_ = False
    for line in text.splitlines(keepends=True):
        stop = at + len(line)
        inside = next((span for span in code if span[0] < stop and at < span[1]), None)
        kind = _kind(line) if inside is None else "code"
        last = found[-1] if found else None
        if not line.strip() and inside is None:
            open_ = False
        elif last and open_ and _joins(last, kind, line):
            found[-1] = Unit(last.kind, last.start, stop)
        elif kind:
            found.append(Unit(kind, at, stop))
            open_ = kind not in ("heading", "row")
        at = stop
    return found


def closed(text: str) -> str:
    """`text` so that what is written below it is read: a fence or a comment that it leaves open would swallow
    that. One in a list or quote ends with that by itself."""
    opened = Blocks(text).open
    if opened < 0:
        return text
    start = text[opened:]
    mark = "-->" if start.startswith("<!--") else start[: len(start) - len(start.lstrip(start[0]))]
    eol = "\r\n" if "\r\n" in text else "\n"
    shut = text + eol * (not text.endswith("\n")) + mark + eol
    return text if Blocks(shut).open >= 0 else shut


def _kind(line: str) -> str:
    if _HEAD.match(line):
        return "heading"
    if _RULE.match(line):
        return ""
    if line.lstrip().startswith("|"):
        return "row"
    return "item" if _ITEM.match(line) else "text"


def _joins(last: Unit, kind: str, line: str) -> bool:
    """Whether a line goes on with the part before it."""
    if "code" in (last.kind, kind):
        return last.kind == kind
    if last.kind == "item":
        return kind == "text"
    return kind in ("text", "item") and not _OPENS.match(line)


def plain(text: str) -> str:
    """`text` on one line as it is read: no marks of emphasis, code, lists, quotes and tables; of a link both
    parts. Typographic quotes and blanks become plain ones."""
    lines = (_LEAD.sub("", line) for line in text.splitlines())
    joined = _LINK.sub(r"\1 \2", " ".join(lines))
    joined = _MARKS.sub("", _TAG.sub(" ", joined.replace("|", " ")))
    return " ".join(joined.replace("\u2019", "'").replace("\u2018", "'").split())


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """(start, stop) of each sentence of one part of a text, blanks at its ends left out."""
    last = 0
    for match in [*_END.finditer(text), None]:
        stop = match.start() if match else len(text)
        piece = text[last:stop]
        if piece.strip():
            yield last + len(piece) - len(piece.lstrip()), last + len(piece.rstrip())
        last = match.end() if match else stop
