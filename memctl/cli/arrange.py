"""Verbs that move memories about: mv, forget, restore."""

from typing import Annotated

import typer

from memctl.cli.browse import Names
from memctl.cli.complete import memory_names, past_names
from memctl.cli.run import Run, verb
from memctl.cli.write import apply


@verb
def mv(
    run: Run,
    old: Annotated[str, typer.Argument(help="The memory to rename.", autocompletion=memory_names)],
    new: Annotated[str, typer.Argument(help="Its new name.")],
) -> None:
    """Rename a memory; its pointer and every link to it follow."""
    from memctl.services import arrange

    change, memory = arrange.rename(run.store, old, new)
    applied = apply(run, change)
    if run.out.json:
        from memctl.cli.shapes import memory_object

        run.out.document({"action": "renamed", "memory": memory_object(memory, run.directory, run.now)})
    else:
        run.out.line(run.store.path(memory.file))
    links = len(change.operations) - 2
    if links:
        run.out.note(f"links in {links} other {'memory' if links == 1 else 'memories'} were changed")
    run.out.warn_all(applied.warnings)


@verb
def forget(run: Run, names: Names) -> None:
    """Remove memories and their pointers; `memctl restore` brings them back."""
    from memctl.services import arrange

    change, warnings = arrange.forget(run.store, names)
    applied = apply(run, change)
    removed = [op.file for op in change.operations]
    if run.out.json:
        run.out.document(
            {"action": "forgotten", "files": removed, "warnings": [*warnings, *applied.warnings]}
        )
    else:
        for file in removed:
            run.out.line(run.store.path(file))
    if applied.commit is None:
        run.out.warn("git is not installed, so there is no history to restore from")
    run.out.warn_all([*warnings, *applied.warnings])


@verb
def restore(
    run: Run,
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="Forgotten or changed memories.", autocompletion=past_names),
    ],
    at: Annotated[str | None, typer.Option("--at", metavar="REF", help="As it was at this point.")] = None,
) -> None:
    """Bring back forgotten memories, or an older version of one."""
    from memctl.cli.shapes import memory_object
    from memctl.services.history import restore as bring_back

    run.repair()
    objects = []
    for name in names:
        file, applied = bring_back(run.directory, name, at, now=run.now)
        objects.append(memory_object(run.store.read(file), run.directory, run.now))
        if not run.out.json:
            run.out.line(run.store.path(file))
        run.out.warn_all(applied.warnings)
    if run.out.json:
        run.out.document({"action": "restored", "memories": objects})
    run.out.note("undo with: memctl undo")
