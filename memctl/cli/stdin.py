"""A verb's text: from its argument, or from what was piped in."""

import os
import sys

from memctl.cli.output import Output
from memctl.errors import Refused, UsageError

TEXT_MAX = 1024 * 1024
"""Bytes that are read of a text on stdin: a memory may have 100,000, a query and a tool call a few more."""


def read_text(argument: str | None, out: Output, what: str = "text") -> str | None:
    """A verb's text: the argument, stdin for `-`, a piped stdin without an argument, else None.

    Never waits on a terminal, nor on a stdin that is no pipe and no file. Raises UsageError for text that
    is not UTF-8, Refused for one longer than TEXT_MAX.
    """
    if argument is not None and argument != "-":
        return argument
    if argument is None and not stdin_is_piped():
        return None
    if sys.stdin is None or (argument == "-" and sys.stdin.isatty()):
        raise UsageError(f"no {what} on stdin", hint=f"pipe the {what} in, or give it as an argument")
    data = sys.stdin.buffer.read(TEXT_MAX + 1)
    if not data and argument is None:
        return None
    if len(data) > TEXT_MAX:
        message = f"the {what} on stdin is longer than {TEXT_MAX >> 20} MiB"
        raise Refused(message, hint="give less of it", slug="size")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"stdin, line {line}: is not valid UTF-8", hint="convert it first") from None


def stdin_is_piped() -> bool:
    """Whether something was put on stdin on purpose: a pipe, file or socket, but no terminal or device."""
    import stat

    if sys.stdin is None:
        return False
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)
