"""Conversations written as text: a speaker's mark starts a turn and the next mark ends it.

Marks inside fenced code do not count.
"""

import re
from collections.abc import Callable, Iterator

from memctl.agents.transcripts import fields, lines
from memctl.domain.transcript import Session, Turn

TURN_MAX = 1024 * 1024
"""Characters of one turn; a longer one is cut there."""

_FENCE = re.compile(r"^\s{0,3}(```+|~~~+)")
_TIME = re.compile(r"\(?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?)")

Mark = tuple[str, str | None, str]
"""What a marked line says: the role of who speaks, when, and what stands behind the mark."""


def start(path: str) -> str:
    """The first 32 KiB of a file as text; a NUL, which begins none of the formats, when it cannot
    be read."""
    try:
        return lines.head(path, 32 * 1024).decode("utf-8-sig", "replace")
    except OSError:
        return "\x00"


def time_in(text: str) -> str | None:
    """The first date with a time of day in `text`, as written."""
    found = _TIME.search(text)
    return found[1] if found else None


def turns(session: Session, mark: Callable[[str], Mark | None]) -> Iterator[Turn]:
    """The turns in file order; text before the first mark belongs to nobody. Raises OSError."""
    number, role, at = 0, "", session.started
    parts: list[str] = []
    size = 0
    for text, found in _marked(session.path, mark):
        if found is None:
            size += len(text) + 1
            if role and size <= TURN_MAX:
                parts.append(text)
            continue
        yield from _said(number, role, parts, at)
        number += bool(role)
        role, time, rest = found
        at = time or at
        parts, size = [rest] if rest else [], len(rest)
    yield from _said(number, role, parts, at)


def _marked(path: str, mark: Callable[[str], Mark | None]) -> Iterator[tuple[str, Mark | None]]:
    """Each line of a file with what it marks."""
    fence = ""
    for line in lines.lines(path):
        text = line.data.decode("utf-8-sig" if line.number == 1 else "utf-8", "replace").rstrip("\r\n")
        opened = _FENCE.match(text)
        if opened and (not fence or text.strip().startswith(fence)):
            fence = "" if fence else opened[1]
        yield text, None if fence else mark(text)


def _said(number: int, role: str, parts: list[str], at: str | None) -> Iterator[Turn]:
    text = "\n".join(parts).strip().removesuffix("\n---").strip()
    if role and text != "---":
        yield from fields.turns(f"t{number + 1}", at, [(role, text)])
