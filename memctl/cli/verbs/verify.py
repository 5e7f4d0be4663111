"""The verb that checks what memories rest on: verify."""

from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.output import write
from memctl.cli.run import Run, verb

if TYPE_CHECKING:
    from memctl.services.evidence.verification import Checked, Verified


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
    found = service.verify(memories, run.worktree, since=changed_since)
    checkable = [v for v in found if v.state != "unknown"]
    if run.out.json:
        rows = [
            memory_object(run, v.memory, state=v.state, evidence=[_checked_object(c) for c in v.evidence])
            for v in found
        ]
        run.out.document({"memories": rows, "checked": len(found)})
    else:
        for v in checkable:
            _print(run, v)
    run.out.warn_all(f"{file}: {problem}" for file, problem in problems)
    bad = [v for v in found if v.is_bad]
    rest = len(found) - len(checkable)
    unknown = f"; {rest} rest on what cannot be checked, such as a session" if rest else ""
    run.out.note(f"{len(checkable)} with evidence, {len(bad)} no longer as it was{unknown}")
    if bad:
        raise typer.Exit(1)


def _checked_object(checked: "Checked") -> dict[str, str]:
    source = checked.source
    return {"source": source.text, "kind": source.kind, "state": checked.state, "note": checked.note}


def _print(run: Run, verified: "Verified") -> None:
    if not run.out.on_terminal:
        run.out.row(verified.state, run.store.path(verified.memory.file))
        return
    color = {"valid": "32", "changed": "33", "gone": "31"}[verified.state]
    state = run.out.paint(f"{verified.state:<8} ", color)
    write(state + run.out.paint(verified.memory.stem, "1") + "\n")
    for checked in verified.evidence:
        if checked.state in ("changed", "gone"):
            run.out.line(f"           {checked.source.text}: {checked.note}")
