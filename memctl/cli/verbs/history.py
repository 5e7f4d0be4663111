"""Verbs of the history: log, diff, undo, redo."""

import os
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.abbreviation import named
from memctl.cli.complete import past_names
from memctl.cli.options import FailEmptyOption
from memctl.cli.query import point
from memctl.cli.run import Run, verb
from memctl.domain.skill_file import diff_shown, path_of
from memctl.errors import MemctlError, NotFound, UsageError
from memctl.text.escape import escape

if TYPE_CHECKING:
    from memctl.services.projects.turning import Turned
    from memctl.store.history.records import Record


@verb
def log(
    run: Run,
    name: Annotated[
        str | None, typer.Argument(help="Only changes to this memory.", autocompletion=past_names)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most this many.")] = 50,
    fail_empty: FailEmptyOption = False,
) -> None:
    """List every change, newest first: who made it, in which session, and why."""
    from memctl.store.history import records as history

    snapshot(run)
    file = None if name is None else _file(run, name)
    records, damage = history.readable(run.directory, limit, file)
    if run.out.json:
        if damage is not None:
            raise damage
        run.out.document({"changes": [_record_object(r) for r in records]})
        run.found(records, fail_empty)
        return
    run.page()
    for record in records:
        _print_record(run, record)
    if damage is not None:
        raise damage
    if not records:
        run.out.note("nothing is recorded yet")
    run.found(records, fail_empty)


def _file(run: Run, name: str) -> str:
    """The file of `name`, which may be forgotten by now. Raises NotFound with names near it, those too."""
    from memctl.domain.memory import is_index, stem
    from memctl.errors import NotFound
    from memctl.store.history import records as history
    from memctl.store.memory.memories import near

    try:
        return str(named(run, name).file)
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
        "files": [path_of(file) for file in record.files],
    }


def _print_record(run: Run, record: "Record") -> None:
    from memctl.cli.output import write
    from memctl.cli.show.documents import when

    session = f" [{record.session}]" if record.session else ""
    files = _files(record)
    text = f"{when(record.when)}  {record.actor}{session}  {record.verb}: {_why(run, record)}"
    said = "\n".join(run.out.folded(escape(f"{record.commit[:10]}  {text}"), 12))
    write(run.out.paint(said[:10], "33", sys.stdout) + run.out.paint(said[10:], "0", sys.stdout) + "\n")
    if record.why and run.out.verbose:
        run.out.sentence(f"            {files}", indent=12)


_IDS = re.compile(r"\b([0-9a-f]{10})[0-9a-f]{22}\b")
"""The id of a proposal, which its first ten digits name too."""


def _why(run: Run, record: "Record") -> str:
    """Why a change was made, else which files it touched; on a terminal with short ids."""
    said = record.why or _files(record)
    return _IDS.sub(r"\1", said) if run.out.on_terminal else said


def _files(record: "Record") -> str:
    more = f" and {len(record.files) - 4} more" if len(record.files) > 4 else ""
    return ", ".join(map(path_of, record.files[:4])) + more


@verb
def diff(
    run: Run,
    ref: Annotated[
        str | None, typer.Argument(help="A commit, @~N, a date, or 30d ago; default: the last change.")
    ] = None,
) -> None:
    """Show what changed since REF (of a day: since it began, local time), or what the last change did."""
    from memctl.cli.show.diffs import print_diff
    from memctl.store.history import records as history

    snapshot(run)
    try:
        text = diff_shown(history.diff(run.directory, ref and point(ref, run.now)))
    except UsageError as error:  # REF is what is looked for, so a wrong one is not found
        raise NotFound(str(error), hint=error.hint) from None
    if run.out.json:
        run.out.document({"ref": ref, "diff": text})
    else:
        run.page()
        print_diff(run.out, text)


@verb
def undo(
    run: Run,
    steps: Annotated[int, typer.Argument(min=1, metavar="[N]", help="How many changes to take back.")] = 1,
) -> None:
    """Take back the last N changes that memctl made; again, the ones before. `redo` brings them back."""
    _turn(run, "undo", steps, "undone", "redo")


@verb
def redo(
    run: Run,
    steps: Annotated[int, typer.Argument(min=1, metavar="[N]", help="How many changes to bring back.")] = 1,
) -> None:
    """Bring back the last N changes that undo took back, while no new change has been made since."""
    _turn(run, "redo", steps, "redone", "undo")


def _turn(run: Run, this: str, steps: int, done: str, opposite: str) -> None:
    from memctl.services.inbox.returned import reconcile
    from memctl.services.projects import turning

    run.moves = False  # what was done last is turned, and not a move that would come in between
    run.repair()
    records, files = [], []
    for turned in turning.turn(run.place, this, steps, now=run.now):
        records += [_record_object(record) for record in turned.steps]
        files += [path_of(file) for file in turned.files if path_of(file) not in files]
        directory = turned.directory
        if not run.out.json:
            _say_turned(run, turned, done)
    if run.out.json:
        run.out.document({"action": done, done: records, "files": files})
    else:
        count = f" {steps}" if steps > 1 else ""
        run.out.note(f"take the {this} back with: memctl {opposite}{count}")
    for entry in reconcile(directory):
        run.out.note(f"{entry.proposal.name} is back in the inbox; decide with: memctl review")


def _say_turned(run: Run, turned: "Turned", done: str) -> None:
    for record in turned.steps:
        run.out.sentence(f"{done}: {record.verb} {record.commit[:10]} ({_why(run, record)})")
    if turned.moved:
        run.out.note(f"the memories are in {turned.directory} again")
    run.out.warn_all(turned.warnings)


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
