"""Lists laid out for a terminal of any width: memories and settings, a line for each and a description.

A name is what one types, so it is never cut: one wider than its column takes a line of its own. Nor is
the note that a memory was replaced or has expired.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from memctl.cli.folding import folded
from memctl.cli.output import Output, word
from memctl.cli.show.documents import age
from memctl.text.escape import escape

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from memctl.domain.memory import Memory
    from memctl.services.recall.hits import Hit
    from memctl.settings import Settings

_COLORS = {"user": "magenta", "feedback": "yellow", "project": "cyan", "reference": "blue"}

NAME_SHARE = 0.38
"""Part of the width that the column of names takes at most."""

_REST = 19
"""Columns of type and age, with the gaps around them."""

_GLIMPSE = 6
"""Columns of a description for which names give way to lines of their own."""

LEAST = 20
"""Columns of a description that a note beside it leaves; with less, the note goes below."""


def memory_table(
    out: Output,
    memories: "Sequence[Memory | Hit]",
    now: float,
    notes: Mapping[str, str] | None = None,
    marks: Mapping[str, str] | None = None,
    texts: Mapping[str, list[str]] | None = None,
) -> None:
    """Print memories as a table: what is not as usual (`marks`, by file) where there is any, name, type, age,
    description, note (`notes`, by file); an exclamation mark where there is a warning. Below a memory the
    lines of its text that `texts` has."""
    from rich.text import Text

    console, marks = out.console(), marks or {}
    names = [escape(m.stem) for m in memories]
    mark_width = max((len(marks.get(m.file, "")) + 2 for m in memories if marks.get(m.file)), default=0)
    left = max(0, console.width - mark_width - _REST - _GLIMPSE)
    name_width = min(max((Text(n).cell_len for n in names), default=0), int(console.width * NAME_SHARE), left)
    for memory, name in zip(memories, names, strict=True):
        line = Text(f"{marks.get(memory.file, ''):<{mark_width}}", style="yellow")
        line.append(name, style="not yellow bold")
        columns = mark_width + name_width
        if Text(name).cell_len > name_width:
            console.print(line, no_wrap=True, overflow="ignore", crop=False)
            line = Text()
            columns = columns if console.width - columns - _REST >= LEAST else mark_width
        line.pad_right(max(0, columns - line.cell_len))
        kind = memory.type or "-"
        line.append(f"  {kind:<9}", style=f"not bold {_COLORS.get(kind, 'bright_black')}")
        line.append(f" {age(memory.modified, now):>5}  ", style="not bold bright_black")
        if memory.warnings:
            line.append("! ", style="bold red")
        described = escape(memory.description or memory.name)
        _print_described(console, line, described, escape((notes or {}).get(memory.file, "")))
        for part in (texts or {}).get(memory.file, ()):
            out.sentence(f"    {part}", indent=4, keep="\t")


def _print_described(console: "Console", line: "Text", described: str, note: str) -> None:
    """`line` with the description, cut to the room there is, and the note, which never is: it says whether to
    rely on all that, and stands on a line of its own where it leaves no room."""
    from rich.text import Text

    said, told = Text(described, style="not bold"), Text(f"  {note}" if note else "")
    told.stylize("not bold bright_black")
    room = console.width - line.cell_len - told.cell_len
    below = bool(note) and room < min(said.cell_len, LEAST)
    said.truncate(max(0, room + told.cell_len if below else room), overflow="ellipsis")
    line.append_text(said)
    if not below:
        line.append_text(told)
    console.print(line, no_wrap=True, overflow="ignore", crop=False)
    if below:
        for part in folded(f"    {note}", console.width, 4):
            console.print(Text(part, style="bright_black"), no_wrap=True, overflow="ignore", crop=False)


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
