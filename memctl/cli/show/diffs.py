"""Unified diffs, coloured on a terminal, escaped always."""

from memctl.cli.output import Output

_HEADINGS = ("diff ", "+++", "---", "index ", "new file", "deleted file", "rename ")
_COLORS = {"+": "32", "-": "31", "@": "36"}


def print_diff(out: Output, text: str) -> None:
    """Print the unified diff `text`."""
    for line in text.removesuffix("\n").split("\n") if text else ():
        line = line.removesuffix("\r")
        code = "1" if line.startswith(_HEADINGS) else _COLORS.get(line[:1], "0")
        out.painted(line, code)
