"""The verb that copies memories into another project: cp."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.options import Names
from memctl.cli.output import counted
from memctl.cli.run import Run, verb
from memctl.errors import UsageError
from memctl.text.escape import shell_word

if TYPE_CHECKING:
    from memctl.services.projects.copying import Copied


@verb
def cp(
    run: Run,
    names: Names,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="PROJECT", help="A project: its folder, or the name of one that is known."
        ),
    ],
    name: Annotated[str | None, typer.Option("--name", help="What the copy is called there.")] = None,
) -> None:
    """Copy memories into another project, with their history and anticipated queries."""
    from memctl.services.projects import copying

    if name is not None and len(names) > 1:
        raise UsageError("--name is for one memory", hint="copy them one by one")
    run.repair()
    place = copying.find(to)
    why = f"{', '.join(names)} from {run.place.root}"
    copied = copying.copy(run.store, names, place, new=name or "", now=run.now, why=why)
    _print(run, copied)


def _print(run: Run, copied: "Copied") -> None:
    from memctl.cli.show.documents import memory_object
    from memctl.store.memory.memories import MemoryStore

    place, store = copied.place, MemoryStore(copied.place.directory)
    if run.out.json:
        there = [store.read(file) for file in (*copied.files, *copied.same)]
        objects = [memory_object(run, memory, path=store.path(memory.file)) for memory in there]
        action = "copied" if copied.files else "unchanged"
        about = {"to": place.directory, "versions": copied.versions, "absent": list(copied.absent)}
        run.out.document({"action": action, "memories": objects, **about})
    else:
        for file in (*copied.files, *copied.same):
            run.out.line(store.path(file))
    for file in copied.same:
        run.out.note(f"{file.removesuffix('.md')} says the same there already")
    _say(run, copied)


def _say(run: Run, copied: "Copied") -> None:
    """What went along, what stayed behind, and how it is undone."""
    if not copied.files:
        return
    run.out.note(f"copied, with {counted(copied.versions, 'version')}")
    if copied.bare:
        run.out.note(
            f"the evidence of {', '.join(copied.bare)} stays here: it is about files of this project"
        )
    if copied.absent:
        run.out.note(f"links lead nowhere there yet: {', '.join(copied.absent)}; copy them too")
    where = f"-C {shell_word(copied.place.root)}" if os.path.isdir(copied.place.root) else ""
    where = where or f"--dir {shell_word(copied.place.directory)}"
    run.out.note(f"undo there with: memctl {where} undo")
    run.out.warn_all(copied.warnings)
