"""How the help of a verb reads, made from what its function declares: paragraphs, and the names of values."""

import re
from functools import partial
from typing import Any

_NUMBERS = ("int", "float")
_WRAPPED = re.compile(r"(?<!\n)\n(?!\n|\s)")
"""A line end inside a paragraph, which the parser would keep."""


def settle(command: Any) -> None:
    """Let `command`, and what is below it, name its values as git does (`N`, `TEXT`, `[NAME]`) and fill the
    lines of its paragraphs. `Any` as in `cli.app`."""
    command.help = _WRAPPED.sub(" ", command.help) if command.help else command.help
    for param in command.params:
        if param.param_type_name == "argument":
            param.metavar = param.metavar or param.name.upper()
            param.make_metavar = partial(_placeholder, param)
        elif param.metavar is None and not param.is_flag and not getattr(param.type, "choices", None):
            kind = str(param.type.name).split()[0].removesuffix("eger")
            param.metavar = "N" if kind in _NUMBERS else "TEXT"
    for below in getattr(command, "commands", {}).values():
        settle(below)


def _placeholder(param: Any, ctx: Any, usage: bool = False) -> str:
    """How an argument is called: in brackets where it may be left out."""
    name = str(param.metavar)
    return name if param.required or name.startswith("[") or not usage else f"[{name}]"
