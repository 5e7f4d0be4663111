"""Lines broken between words for a terminal; a command that memctl names, to be pasted, stays whole."""

import os
import re
from collections.abc import Iterable
from typing import IO

NARROWEST = 40
"""Columns that are assumed at least: narrower, a sentence would be a column of words."""

_GLUE = "\x00"
"""Stands for a blank at which no line breaks; printed text, which is escaped, never holds it."""

_OPTIONS = r"(?:(?:-C|--dir) (?:'[^']*'|\S+) )*"
_REST = r"(?: (?!\()(?:'[^']*'|\"[^\"]*\"|[^\s`;,)]+))*"


def columns(stream: IO[str]) -> int:
    """Columns of the terminal that `stream` is; 0 where it is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80 if stream.isatty() else 0
    except (OSError, ValueError):
        return 0


def folded(text: str, width: int, indent: int, verbs: Iterable[str] = ()) -> list[str]:
    """The line `text` as lines of at most `width` columns, `indent` blanks before each but the first.

    Longer than that is only what has no blank, and a command (`memctl`, one of `verbs`, and what follows to
    the next stop): broken, it could not be pasted.
    """
    import textwrap

    lines = textwrap.wrap(
        _glued(text, verbs), max(width, NARROWEST), subsequent_indent=" " * indent,
        break_long_words=False, break_on_hyphens=False, expand_tabs=False, replace_whitespace=False,
    )  # fmt: skip
    return [line.replace(_GLUE, " ") for line in lines] or [text]


def _glued(text: str, verbs: Iterable[str]) -> str:
    named = "|".join(map(re.escape, verbs))
    if not named or "memctl " not in text:
        return text
    command = rf"\bmemctl {_OPTIONS}(?:{named})\b{_REST}"
    return re.sub(command, lambda match: match[0].replace(" ", _GLUE), text)
