"""A change to files that are not memctl's own: shown, asked about, and made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memctl.cli.assent import assure
from memctl.cli.output import counted
from memctl.cli.run import Run

if TYPE_CHECKING:
    from memctl.hooks.rewrite import Rewrite


@dataclass(frozen=True)
class Look:
    """How a change is shown and asked about before it is made."""

    dry_run: bool = False  # only shown, with every line
    yes: bool = False  # nobody is asked
    diff: bool = False  # every line also on a terminal
    short: "Callable[[Rewrite], list[str]] | None" = (
        None  # lines for a person, [] where only the diff says it
    )
    more: "Callable[[Rewrite], dict[str, object]] | None" = None  # what JSON says of a change besides


def carry_out(run: Run, plans: "list[Rewrite]", look: Look, word: str) -> None:
    """Show the plans that change something, ask where a person can answer, and carry them out; `word` says
    what was done then.

    Every line is shown, but on a terminal, before the question, what `look.short` makes of it. Raises
    Cancelled.
    """
    shown = [(plan, _diff(plan)) for plan in plans if plan.changes]
    if not run.out.json:
        _show(run, shown, look)
    if shown and not look.dry_run:
        _ask(run, look.yes)
        for plan, _ in shown:
            plan.carry_out()
    if run.out.json:
        more = look.more or (lambda plan: {})
        changes = [{"path": plan.path, "diff": diff, **more(plan)} for plan, diff in shown]
        run.out.document({"action": "dry-run" if look.dry_run else word, "changes": changes})
        return
    done = "nothing was written (--dry-run)" if look.dry_run else word
    run.out.note(done if shown else "nothing to change")


def _show(run: Run, shown: "list[tuple[Rewrite, str]]", look: Look) -> None:
    """Each change, in short where a person is asked about it and it has a shorter form."""
    short = None if look.dry_run or look.diff or not run.out.on_terminal else look.short
    in_short = {plan.path: short(plan) if short else [] for plan, _ in shown}
    for plan, diff in shown:
        if not in_short[plan.path]:
            run.out.block(diff)
            continue
        run.out.sentence(f"{plan.path}: {_counted(diff)}")
        for line in "\n".join(in_short[plan.path]).split("\n"):
            run.out.sentence(f"  {line}", indent=6)
    if any(in_short.values()):
        run.out.note("--diff shows every line of it")


def _counted(diff: str) -> str:
    """How many lines a unified diff adds and takes out."""
    body = [line for line in diff.splitlines() if not line.startswith(("+++ ", "--- "))]
    added, removed = (sum(line.startswith(sign) for line in body) for sign in "+-")
    parts = [f"{counted(n, 'line')} {word}" for n, word in ((added, "added"), (removed, "removed")) if n]
    return ", ".join(parts)


def _ask(run: Run, yes: bool) -> None:
    if not yes and run.out.can_ask:
        assure("Make this change?", default=True)


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
