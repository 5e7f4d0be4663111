"""A change to files that are not memctl's own: shown, asked about, and made."""

import os
from typing import TYPE_CHECKING

import typer

from memctl.cli.run import Run

if TYPE_CHECKING:
    from memctl.hooks.rewrite import Rewrite


def carry_out(run: Run, plans: "list[Rewrite]", dry_run: bool, yes: bool, word: str) -> None:
    """Show the plans that change something, ask where a person can answer, and carry them out."""
    shown = [(plan, _diff(plan)) for plan in plans if plan.changes]
    if not run.out.json:
        for _, diff in shown:
            run.out.block(diff)
    if shown and not dry_run:
        _ask(run, yes)
        for plan, _ in shown:
            plan.carry_out()
    if run.out.json:
        changes = [{"path": plan.path, "diff": diff} for plan, diff in shown]
        run.out.document({"action": "dry-run" if dry_run else word, "changes": changes})
        return
    done = "nothing was written (--dry-run)" if dry_run else word
    run.out.note(done if shown else "nothing to change")


def _ask(run: Run, yes: bool) -> None:
    if not yes and run.out.on_terminal and os.isatty(0):
        typer.confirm("Make this change?", default=True, abort=True, err=True)


def _diff(plan: "Rewrite") -> str:
    """The change as a unified diff; a hook that steps aside or back is a line of its own."""
    import difflib

    lines = difflib.unified_diff(
        (plan.before or "").splitlines(True),
        (plan.after or "").splitlines(True),
        plan.path if plan.before is not None else "/dev/null",
        plan.path if plan.after is not None else "/dev/null",
    )
    moves = "".join(f"rename {old} -> {new}\n" for old, new in plan.moves)
    return moves + "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines
    )
