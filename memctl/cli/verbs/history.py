"""Verbs of the history: log, diff, undo, redo."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.complete import past_names
from memctl.cli.run import Run, verb
from memctl.errors import MemctlError

if TYPE_CHECKING:
    from memctl.domain.change import Applied
    from memctl.services.write.undo import Plan
    from memctl.store.history.records import Record


@verb
def log(
    run: Run,
    name: Annotated[
        str | None, typer.Argument(help="Only changes to this memory.", autocompletion=past_names)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most this many.")] = 50,
) -> None:
    """Every change, newest first: who made it, in which session, and why."""
    from memctl.store.history import records as history

    snapshot(run)
    file = None if name is None else _file(run, name)
    records, damage = history.readable(run.directory, limit, file)
    if run.out.json:
        if damage is not None:
            raise damage
        run.out.document({"changes": [_record_object(r) for r in records]})
        return
    for record in records:
        _print_record(run, record)
    if damage is not None:
        raise damage
    if not records:
        run.out.note("nothing is recorded yet")


def _file(run: Run, name: str) -> str:
    """The file of `name`, which may be forgotten by now. Raises NotFound with names near it, those too."""
    from memctl.domain.memory import is_index, stem
    from memctl.errors import NotFound
    from memctl.store.history import records as history
    from memctl.store.memory.memories import near

    try:
        return str(run.store.find(name).file)
    except NotFound as error:
        file = name if name.lower().endswith(".md") else name + ".md"
        past = history.every_file(run.directory)
        if file in past:
            return file
        names = [stem(old) for old in sorted(past) if not is_index(old)]
        raise NotFound(error.message, near=near(name, dict.fromkeys([*error.near, *names]))) from None


def _record_object(record: "Record") -> dict[str, object]:
    from memctl.cli.show.documents import when

    return {
        "commit": record.commit,
        "when": when(record.when),
        "verb": record.verb,
        "actor": record.actor,
        "session": record.session,
        "why": record.why,
        "files": list(record.files),
    }


def _print_record(run: Run, record: "Record") -> None:
    from memctl.cli.output import write
    from memctl.cli.show.documents import when

    commit = run.out.paint(record.commit[:10], "33", sys.stdout)
    session = f" [{record.session}]" if record.session else ""
    files = _files(record)
    text = f"{when(record.when)}  {record.actor}{session}  {record.verb}: {record.why or files}"
    write(f"{commit}  {run.out.paint(text, '0', sys.stdout)}\n")
    if record.why and run.out.verbose:
        run.out.line(f"            {files}")


def _files(record: "Record") -> str:
    more = f" and {len(record.files) - 4} more" if len(record.files) > 4 else ""
    return ", ".join(record.files[:4]) + more


@verb
def diff(
    run: Run,
    ref: Annotated[
        str | None, typer.Argument(help="A commit, @~N, or a date; default: the last change.")
    ] = None,
) -> None:
    """What changed since REF (of a day: since it began, local time), or what the last change did."""
    from memctl.cli.show.diffs import print_diff
    from memctl.store.history import records as history

    snapshot(run)
    text = history.diff(run.directory, ref)
    if run.out.json:
        run.out.document({"ref": ref, "diff": text})
    else:
        print_diff(run.out, text)


@verb
def undo(
    run: Run,
    steps: Annotated[int, typer.Argument(min=1, metavar="[N]", help="How many changes to take back.")] = 1,
) -> None:
    """Take back the last N changes that memctl made, again the ones before; `redo` brings them back."""
    from memctl.services.write import undo as history

    run.repair()
    if _moved_back(run, steps):
        return
    plan, applied = history.undo(run.door, steps, now=run.now)
    _say_turned(run, "undone", plan, applied, "redo")


@verb
def redo(
    run: Run,
    steps: Annotated[int, typer.Argument(min=1, metavar="[N]", help="How many changes to bring back.")] = 1,
) -> None:
    """Bring back the last N changes that undo took back, while no new change has been made since."""
    from memctl.services.write import undo as history

    run.repair()
    plan, applied = history.redo(run.door, steps, now=run.now)
    _say_turned(run, "redone", plan, applied, "undo")


def _say_turned(run: Run, done: str, plan: "Plan", applied: "Applied", opposite: str) -> None:
    from memctl.services.inbox.returned import reconcile

    this = plan.change.verb
    if run.out.json:
        turned = [_record_object(r) for r in plan.steps]
        run.out.document({"action": done, done: turned, "files": list(applied.files)})
    else:
        for record in plan.steps:
            run.out.line(f"{done}: {record.verb} {record.commit[:10]} ({record.why or _files(record)})")
        count = f" {len(plan.steps)}" if len(plan.steps) > 1 else ""
        run.out.note(f"take the {this} back with: memctl {opposite}{count}")
    for entry in reconcile(run.directory):
        run.out.note(f"{entry.proposal.name} is back in the inbox; decide with: memctl review")
    run.out.warn_all(applied.warnings)


def _moved_back(run: Run, steps: int) -> bool:
    """Whether the change to undo had brought all memories here from another folder; then they are back
    there."""
    from memctl.services.projects import placement
    from memctl.services.write import undo as history

    if not placement.came(run.directory)[0]:
        return False
    plan = history.plan_undo(run.directory, steps)
    brought = placement.take_back(run.place, [record.commit for record in plan.steps], now=run.now)
    if brought is None:
        return False
    if run.out.json:
        taken = [_record_object(r) for r in plan.steps]
        run.out.document({"action": "undone", "undone": taken, "files": list(brought.files)})
        return True
    for record in plan.steps:
        run.out.line(f"undone: {record.verb} {record.commit[:10]} ({record.why})")
    run.out.note(f"the memories are in {brought.directory} again")
    run.out.warn_all(brought.warnings)
    return True


def snapshot(run: Run) -> None:
    """Record what was changed outside memctl, so that the history shows it; reading goes on without it."""
    run.repair()
    if not os.path.isdir(run.directory):
        return
    try:
        run.door.record_outside(now=run.now)
    except MemctlError as error:
        if "git" in error.message:
            raise
        run.out.warn(error.message)
