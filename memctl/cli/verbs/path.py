"""The verb that says where memories are."""

import os
from typing import Annotated

import typer

from memctl.cli.abbreviation import named
from memctl.cli.complete import memory_names
from memctl.cli.run import Run, verb


@verb
def path(
    run: Run,
    name: Annotated[
        str | None, typer.Argument(help="Print this memory's file instead.", autocompletion=memory_names)
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print every rule, and why one matched.")
    ] = False,
) -> None:
    """Print the memory directory of this project, or the file of one memory."""
    run.may_lack = True
    if name is not None:
        file = run.store.path(named(run, name).file)
        run.out.result({"path": file}, file)
    elif explain:
        _explain(run)
    else:
        exists = os.path.isdir(run.directory)
        run.out.result({"directory": run.directory, "root": run.place.root, "exists": exists}, run.directory)


def _explain(run: Run) -> None:
    from memctl.store.state.resolve import explain

    place = explain(os.getcwd(), run.dir_flag)
    if run.out.json:
        rules = [
            {"rule": r.name, "path": r.path or None, "reason": r.reason, "matched": r.matched}
            for r in place.rules
        ]
        run.out.document({"directory": place.directory, "root": place.root, "rules": rules})
        return
    run.out.line(f"project: {place.root}")
    for number, rule in enumerate(place.rules, 1):
        mark = "->" if rule.matched else "  "
        said = f"{rule.path} ({rule.reason})" if rule.path else rule.reason
        run.out.line(f"{mark} {number}. {rule.name}: {said}")
    run.out.line(place.directory)
