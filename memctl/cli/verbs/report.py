"""The verb that makes a page of what is remembered."""

import os
from typing import Annotated

import typer

from memctl.cli import opening
from memctl.cli.run import Run, verb
from memctl.errors import UsageError


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
        opening.show(run, path)


def _log() -> list[str]:
    """The lines of the hooks' log; none where it cannot be read: `hooks status` says so."""
    from memctl.hooks import hooklog

    try:
        return hooklog.read()
    except OSError:
        return []
