"""The verb that writes a backup."""

import os
import shutil
import sys
import tempfile
from typing import Annotated

import typer

from memctl.cli.run import Run, verb
from memctl.errors import UsageError


@verb
def backup(
    run: Run,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; .gz compresses, - is stdout.")],
    every: Annotated[bool, typer.Option("--all", help="Of every project that memctl knows.")] = False,
) -> None:
    """Write memories, history, inbox, state and settings to one file, verified before it is called done."""
    from memctl.services.backup import packing

    if file == "-" and (sys.stdout.isatty() or run.out.json):
        raise UsageError("a backup is no text for a terminal", hint="name a file, or redirect stdout")
    run.repair()
    places, gone = packing.places_of_all(run.now, run.place) if every else ([run.place], [])
    run.out.warn_all(f"{directory} is not there any more, and not in the backup" for directory in gone)
    if not any(os.path.isdir(place.directory) for place in places):
        run.out.warn(f"{run.directory} is not there: the backup holds no memory")
    if file == "-":
        with tempfile.TemporaryFile() as handle:
            packing.write(handle, "the backup", places, run.now, packed=False)
            handle.seek(0)
            sys.stdout.flush()
            shutil.copyfileobj(handle, sys.stdout.buffer)
        return
    path = os.path.abspath(os.path.expanduser(file))
    size = packing.write_file(path, places, run.now)
    directories = [place.directory for place in places]
    run.out.result({"action": "written", "file": path, "bytes": size, "directories": directories}, path)
    run.out.note(f"{size:,} bytes, verified; `memctl restore --from {path}` brings it back")
