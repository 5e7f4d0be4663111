"""A proposal on a screen that is too low for all of it: its evidence and the list of what it loses are
folded, never its text.

What a person accepts is what was shown, so the diff stays whole, where what is lost is a line with "-" too;
how much that is, and the warnings, stay beside the question.
"""

import re
from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

from memctl.cli.output import counted
from memctl.cli.show.proposals import Shown

_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def rows(lines: Iterable[str], columns: int) -> int:
    """How many rows `lines` take on a terminal of that width, which breaks them anywhere."""
    widths = (cell_len(_STYLE.sub("", line).expandtabs()) for line in lines)
    return sum(max(1, -(-width // columns)) for width in widths)


def fitted(shown: Shown, room: int, columns: int) -> list[str]:
    """The lines of `shown` in at most `room` rows, as far as folding evidence and losses makes them fit."""
    if rows(shown.lines, columns) <= room:
        return shown.lines
    head = [*shown.about, "", *shown.diff]
    left = room - rows([*head, *shown.evidence, *shown.warnings], columns)
    tail = [*shown.warnings, *_losses(shown.lost, left, columns)]
    left = room - rows([*head, *tail], columns)
    evidence = (
        shown.evidence if rows(shown.evidence, columns) <= left else _folded(shown.quotes, left, columns)
    )
    return [*head, *evidence, *tail]


def _folded(quotes: list[str], room: int, columns: int) -> list[str]:
    """The beginning of as many of `quotes` as `room` rows hold, and how to see the rest; nothing of none."""
    if not quotes:
        return []
    many = len(quotes) if len(quotes) < room else max(0, room - 1)
    rest = len(quotes) - many
    piece, pieces = ("more piece", "more pieces") if many else ("piece", "pieces")
    more = counted(rest, f"{piece} of evidence", f"{pieces} of evidence")
    said = f"  … {more}: v shows all" if rest else "  … v shows all of the evidence"
    return [*(_cut(f"  {quote}", columns) for quote in quotes[:many]), said]


def _losses(lost: list[str], room: int, columns: int) -> list[str]:
    """As many of `lost` as `room` rows hold, at least how many there are, and how to see the rest."""
    if not lost or rows(lost, columns) <= room:
        return lost
    many = 0
    while rows(lost[: many + 1], columns) < room:
        many += 1
    more = "more" if many else "things" if len(lost) > 1 else "thing"
    return [*lost[:many], f"  ! {len(lost) - many} {more} lost: v shows all"]


def _cut(text: str, columns: int) -> str:
    return text if cell_len(text) <= columns else set_cell_size(text, columns - 1).rstrip() + "…"
