"""The verb that checks what memories rest on: verify."""

import os
import sys
from typing import Annotated, Any

import typer

from memctl.cli.run import Run, verb


@verb
def verify(
    run: Run,
    changed_since: Annotated[
        str | None,
        typer.Option("--changed-since", metavar="REF", help="Only memories whose evidence differs from REF."),
    ] = None,
) -> None:
    """Check the evidence of memories against the working tree: valid, changed or gone (exit 1)."""
    from memctl.cli.show.documents import memory_object
    from memctl.services.evidence import verification as service

    memories, problems = run.store.memories()
    root = worktree(run)
    found = service.verify(memories, root, since=changed_since)
    checkable = [v for v in found if v.state != "unknown"]
    if run.out.json:
        rows = [
            memory_object(
                v.memory, run.directory, run.now, state=v.state,
                evidence=[_checked_object(c) for c in v.evidence],
            )
            for v in found
        ]  # fmt: skip
        run.out.document({"memories": rows, "checked": len(found)})
    else:
        for v in checkable:
            _verified_lines(run, v)
    run.out.warn_all(f"{file}: {problem}" for file, problem in problems)
    bad = [v for v in found if v.is_bad]
    rest = len(found) - len(checkable)
    unknown = f"; {rest} rest on what cannot be checked, such as a session" if rest else ""
    run.out.note(f"{len(checkable)} with evidence, {len(bad)} no longer as it was{unknown}")
    if bad:
        raise typer.Exit(1)


def _checked_object(checked: Any) -> dict[str, str]:
    source = checked.source
    return {"source": source.text, "kind": source.kind, "state": checked.state, "note": checked.note}


def _verified_lines(run: Run, verified: Any) -> None:
    from memctl.cli.output import write
    from memctl.cli.show.proposals import row

    color = {"valid": "32", "changed": "33", "gone": "31"}[verified.state]
    if run.out.on_terminal:
        from memctl.cli.output import write

        write(
            run.out.paint(f"{verified.state:<8} ", color, sys.stdout)
            + run.out.paint(verified.memory.stem, "1", sys.stdout)
            + "\n"
        )
    else:
        write(row(verified.state, run.store.path(verified.memory.file)))
    for checked in verified.evidence:
        if checked.state in ("changed", "gone") and run.out.on_terminal:
            run.out.line(f"           {checked.source.text}: {checked.note}")


def worktree(run: Run) -> str:
    """The working tree in which the command runs: of a linked worktree its own, else the project's root."""
    at = os.getcwd()
    while not os.path.exists(os.path.join(at, ".git")):
        parent = os.path.dirname(at)
        if parent == at:
            return str(run.place.root)
        at = parent
    return at
