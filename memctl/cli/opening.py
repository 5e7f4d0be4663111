"""A page that is shown in the person's own browser."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from memctl import programs
from memctl.agents.actor import PERSON, actor
from memctl.cli.run import Run

_OPENERS = ("open",) if sys.platform == "darwin" else ("xdg-open", "sensible-browser")
"""What shows a file with the person's own program; on Linux `open` may be another one."""

_WINDOWS = "wslview"
"""The same where Linux runs below Windows, which needs no display of Linux's own."""

SECONDS = 1.0
"""How long an opener is waited for: one that finds no browser ends at once, and says so by its exit code."""


def show(run: Run, path: str) -> None:
    """Have the page at `path` shown; where that cannot be, a warning says what to open instead.

    On a terminal without a display, as over ssh, $BROWSER has the terminal until it ends.
    """
    sys.stdout.flush()
    address = Path(path).as_uri()
    try:
        command = _command()
    except ValueError as error:
        run.out.warn(f"BROWSER is no command: {str(error).lower()}; open {address}")
        return
    if command is None:
        why = "no browser was found" if _has_display() else "there is no display here, as over ssh"
        run.out.warn(f"{why}: set BROWSER, or open {address}")
        return
    words = [word.replace("%s", address) for word in command]
    words += [address] * (words == command)
    try:
        code = _run(words, attended=run.out.on_terminal and not _has_display())
    except OSError as error:
        run.out.warn(f"{command[0]}: {error.strerror}; open {address}")
        return
    if code:
        run.out.warn(f"{command[0]} exited with {code}; open {address}")


def _run(words: list[str], *, attended: bool) -> int:
    """The exit code of a browser, 0 for one that still runs after `SECONDS`. What it prints is nobody's,
    unless it is `attended`. Raises OSError."""
    own = _environment()
    if attended:
        return subprocess.call(words, env=own)
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        words, stdin=quiet, stdout=quiet, stderr=quiet, env=own, start_new_session=True
    )
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        return 0


def _environment() -> dict[str, str]:
    """For what opens a page: the system's openers are scripts that run $BROWSER, and look along PATH."""
    kept = {name: value for name, value in os.environ.items() if name != "BROWSER"}
    return {**kept, "PATH": programs.path()}


def _command() -> list[str] | None:
    """The command that opens a page: $BROWSER, unless an agent's shell may have it from the project, else the
    system's. None where there is none outside the project. Raises ValueError for what is no command line."""
    said = shlex.split(os.environ.get("BROWSER", "")) if actor() == PERSON else []
    if said:
        path = said[0] if os.path.isabs(said[0]) else programs.find(said[0])
        if path:
            return [path, *said[1:]]
    openers = (*_OPENERS, _WINDOWS) if _has_display() else (_WINDOWS,)
    found = next(filter(None, map(programs.find, openers)), None)
    return [found] if found else None


def _has_display() -> bool:
    return sys.platform == "darwin" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
