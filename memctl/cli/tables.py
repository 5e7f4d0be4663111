"""Lists laid out for a terminal of any width: one memory a line, cut with an ellipsis, never wrapped."""

from collections.abc import Iterable
from typing import Any

from memctl.cli.output import Output
from memctl.cli.shapes import age_days, age_words
from memctl.domain.escape import escape

_COLORS = {"user": "magenta", "feedback": "yellow", "project": "cyan", "reference": "blue"}

NAME_SHARE = 0.38
"""Part of the width that names may take; the description gets the rest."""


def memory_table(
    out: Output, memories: Iterable[Any], now: float, notes: dict[str, str] | None = None
) -> None:
    """Print memories as a table: name, type, age, description, and a mark where there is a warning."""
    from rich.table import Table
    from rich.text import Text

    console = out.console()
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), expand=False)
    rows = list(memories)
    widest = max((len(m.stem) for m in rows), default=0)
    table.add_column(
        no_wrap=True, overflow="ellipsis", max_width=min(widest, int(console.width * NAME_SHARE))
    )
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for memory in rows:
        mark = "! " if memory.warnings else ""
        kind = memory.type or "-"
        note = (notes or {}).get(memory.file, "")
        description = Text(mark, style="bold red")
        description.append(escape(memory.description or memory.name), style="not bold default")
        if note:
            description.append(f"  {escape(note)}", style="dim")
        age = age_words(age_days(memory.modified, now))
        table.add_row(
            Text(escape(memory.stem), style="bold"),
            Text(kind, style=_COLORS.get(kind, "dim")),
            Text(age, style="dim"),
            description,
        )
    console.print(table)
