"""The verb that makes a page of what is remembered."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from memctl import programs
from memctl.agents.actor import PERSON, actor
from memctl.cli.run import Run, verb
from memctl.errors import UsageError

_OPENERS = ("open",) if sys.platform == "darwin" else ("xdg-open", "wslview", "sensible-browser")
"""What shows a file with the person's own program; on Linux `open` may be another one."""


@verb
def report(
    run: Run,
    open_: Annotated[bool, typer.Option("--open", help="Show it in your browser.")] = False,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to; - is stdout. Default: memctl's state."
        ),
    ] = None,
) -> None:
    """Write one HTML file, to be read without server, network or script: what is remembered, what changed,
    what waits, what recall returned and missed, and what it cost."""
    from memctl.hooks import hooklog
    from memctl.services.report import inventory, page, publication

    if output == "-" and (run.out.json or open_):
        raise UsageError("- is stdout, which --json and --open do not go with", hint="name a file")
    run.repair()
    lines = _log()
    names = hooklog.Names(run.directory, lines)
    calls = [names.told(line) for line in lines if " recalled=" in line]
    found = inventory.gather(run.place, run.now, calls, hooklog.summary(lines, run.now) if lines else None)
    text = page.html(found)
    if output == "-":
        run.out.raw(text.encode())
        return
    path = publication.usual(run.directory) if output is None else os.path.abspath(os.path.expanduser(output))
    size = publication.put(path, text, run.directory)
    run.out.result(
        {"action": "written", "path": path, "bytes": size, "memories": found.total, "cut": found.cut}, path
    )
    for sentence in found.cut:
        run.out.note(sentence)
    if open_:
        _open(run, path)


def _log() -> list[str]:
    """The lines of the hooks' log; none where it cannot be read: `hooks status` says so."""
    from memctl.hooks import hooklog

    try:
        return hooklog.read()
    except OSError:
        return []


def _open(run: Run, path: str) -> None:
    """Show `path` in the person's browser, whose own output is nobody's; that there is none is said."""
    sys.stdout.flush()
    command = _browser()
    address = Path(path).as_uri()
    if command is None:
        run.out.warn(f"no browser was found: set BROWSER, or open {address}")
        return
    words = [word.replace("%s", address) for word in command]
    try:
        subprocess.Popen(
            words if words != command else [*words, address],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        run.out.warn(f"{command[0]}: {error.strerror}; open {address}")


def _browser() -> list[str] | None:
    """The command that opens a page: $BROWSER, unless an agent's shell may have it from the project, else the
    system's. None where there is none outside the project."""
    said = shlex.split(os.environ.get("BROWSER", "")) if actor() == PERSON else []
    if said:
        path = said[0] if os.path.isabs(said[0]) else programs.find(said[0])
        if path:
            return [path, *said[1:]]
    found = next(filter(None, map(programs.find, _OPENERS)), None)
    return [found] if found else None
