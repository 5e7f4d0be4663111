"""Lists laid out for a terminal of any width: memories and settings, a line for each and a description.

A name is what one types, so it is never cut: a longer one moves what follows, or takes a line of its own.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from memctl.cli.output import Output, word
from memctl.cli.show.documents import age
from memctl.text.escape import escape

if TYPE_CHECKING:
    from memctl.domain.memory import Memory
    from memctl.services.recall.hits import Hit
    from memctl.settings import Settings

_COLORS = {"user": "magenta", "feedback": "yellow", "project": "cyan", "reference": "blue"}

NAME_SHARE = 0.38
"""Part of the width to which names are padded, so that what follows them stands in columns."""

_REST = 19
"""Columns of type and age, with the gaps around them."""


def memory_table(
    out: Output,
    memories: "Sequence[Memory | Hit]",
    now: float,
    notes: Mapping[str, str] | None = None,
    tiers: Mapping[str, str] | None = None,
) -> None:
    """Print memories as a table: name, type, age, description; a mark where there is a warning, and the tier
    of those that are not hot."""
    from rich.text import Text

    console = out.console()
    names = [escape(m.stem) for m in memories]
    name_width = min(max((Text(n).cell_len for n in names), default=0), int(console.width * NAME_SHARE))
    for memory, name in zip(memories, names, strict=True):
        line = Text(name, style="bold")
        if line.cell_len + _REST > console.width:
            console.print(line, no_wrap=True, overflow="ignore", crop=False)
            line = Text()
        else:
            line.pad_right(max(0, name_width - line.cell_len))
        kind = memory.type or "-"
        line.append(f"  {kind:<9}", style=f"not bold {_COLORS.get(kind, 'bright_black')}")
        line.append(f" {age(memory.modified, now):>5}  ", style="not bold bright_black")
        if memory.warnings:
            line.append("! ", style="bold red")
        if (tier := (tiers or {}).get(memory.file, "hot")) != "hot":
            line.append(f"{tier}  ", style="not bold bright_black")
        line.append(escape(memory.description or memory.name), style="not bold")
        note = (notes or {}).get(memory.file, "")
        if note:
            line.append(f"  {escape(note)}", style="not bold bright_black")
        line.truncate(console.width, overflow="ellipsis")
        console.print(line, no_wrap=True, overflow="ignore", crop=False)


def settings_table(out: Output, settings: "Settings") -> None:
    """Print each setting with its value, where that comes from, and below it what the setting is."""
    import textwrap

    from rich.text import Text

    from memctl.settings import Settings, meanings

    console, usual = out.console(), Settings()
    for name, says in meanings().items():
        value, origin = getattr(settings, name), settings.origins[name]
        line = Text(name, style="bold")
        line.append(f" = {escape(word(value))}", style="not bold cyan")
        if origin == "default":
            line.append("  (default)", style="not bold bright_black")
        else:
            said = f"  ({escape(origin)}; default: {word(getattr(usual, name))})"
            line.append(said, style="not bold")
        console.print(line, soft_wrap=True)
        width = max(console.width, 40)
        out.block(textwrap.fill(says, width, initial_indent=" " * 4, subsequent_indent=" " * 4))
