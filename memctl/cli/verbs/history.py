"""Verbs of the history: log, diff, undo, redo."""

import os
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.abbreviation import named
from memctl.cli.assent import assure
from memctl.cli.complete import past_names
from memctl.cli.options import FailEmptyOption
from memctl.cli.query import point
from memctl.cli.run import Run, verb
from memctl.domain.skill_file import diff_shown, path_of
from memctl.errors import MemctlError, NotFound, UsageError
from memctl.text.escape import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """List every change, newest first: who made it, in which session, and why; of a memory under all its
    names."""
    from memctl.store.history import records as history
    from memctl.store.history import trail

    snapshot(run)
    file = None if name is None else _file(run, name)
    if file is None:
        records, damage = history.readable(run.directory, limit)
    else:
        records, damage = trail.followed(run.directory, file, limit)
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
            return _now(run, file)
        names = [stem(old) for old in sorted(past) if not is_index(old)]
        raise NotFound(error.message, near=near(name, dict.fromkeys([*error.near, *names]))) from None


def _now(run: Run, file: str) -> str:
    """What `file`, which is gone, is called now, which is said; itself where it was forgotten."""
    from memctl.store.history import trail

    later = trail.later_name(run.directory, file)
    if later:
        run.out.note(f"{file.removesuffix('.md')} is called {later.removesuffix('.md')} now")
    return later or file


def _by(record: "Record") -> str:
    """Who made a change: the person, or the agent that ran memctl."""
    from memctl.agents.actor import PERSON

    return "person" if record.actor == PERSON else record.actor


def _record_object(record: "Record") -> dict[str, object]:
    from memctl.cli.show.documents import when

    return {
        "commit": record.commit,
        "when": when(record.when),
        "verb": record.verb,
        "actor": record.actor,
        "by": _by(record),
        "session": record.session,
        "why": record.why,
        "files": [path_of(file) for file in record.files],
    }


def _print_record(run: Run, record: "Record") -> None:
    from memctl.cli.output import write
    from memctl.cli.show.documents import when

    session = f" [{record.session}]" if record.session else ""
    files = _files(record)
    text = f"{when(record.when)}  {_by(record)}{session}  {record.verb}: {_why(run, record)}"
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


DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say which changes it would be, and stop.")]


@verb
def undo(
    run: Run,
    steps: Annotated[int, typer.Argument(min=1, metavar="[N]", help="How many changes to take back.")] = 1,
    dry_run: DryRunOption = False,
) -> None:
    """Take back the last N changes that memctl made; again, the ones before. `redo` brings them back."""
    _turn(run, "undo", steps, "undone", dry_run=dry_run)


@verb
def redo(
    run: Run,
    steps: Annotated[int, typer.Argument(min=1, metavar="[N]", help="How many changes to bring back.")] = 1,
    dry_run: DryRunOption = False,
) -> None:
    """Bring back the last N changes that undo took back, while no new change has been made since."""
    _turn(run, "redo", steps, "redone", dry_run=dry_run)


def _turn(run: Run, this: str, steps: int, done: str, *, dry_run: bool) -> None:
    from memctl.services.inbox.returned import reconcile
    from memctl.services.projects import turning

    run.moves = False  # what was done last is turned, and not a move that would come in between
    run.repair()
    due = turning.planned(run.place, this, steps, now=run.now)
    if dry_run:
        _say_planned(run, this, done, due)
        return
    if this == "undo":
        _ask_older(run, due)
    records, files = [], []
    for turned in turning.turn(run.place, this, steps, now=run.now):
        records += [_record_object(record) for record in turned.steps]
        files += [path_of(file) for file in turned.files if path_of(file) not in files]
        directory = turned.directory
        if not run.out.json:
            _say_turned(run, turned, done)
    if run.out.json:
        run.out.document({"action": done, done: records, "files": files, "dry_run": False})
    else:
        opposite = "redo" if this == "undo" else "undo"
        count = f" {steps}" if steps > 1 else ""
        run.out.note(f"take the {this} back with: memctl {opposite}{count}")
    back = [entry.proposal.name for entry in reconcile(directory)]
    if back:
        are = "is" if len(back) == 1 else "are"
        run.out.note(f"{', '.join(back)} {are} back in the inbox; decide with: memctl review")


def _say_planned(run: Run, this: str, done: str, due: "Sequence[Record]") -> None:
    """What an undo or redo would turn."""
    if run.out.json:
        files = list(dict.fromkeys(path_of(file) for record in due for file in record.files))
        records = [_record_object(record) for record in due]
        run.out.document({"action": f"would-{this}", done: records, "files": files, "dry_run": True})
        return
    for record in due:
        run.out.sentence(f"would {this}: {_named(run, record)}")


def _ask_older(run: Run, due: "Sequence[Record]") -> None:
    """Say which change goes where something else was done after it, and ask a person on a terminal. Raises
    Cancelled."""
    from memctl.store.state import deed

    last = deed.since(run.directory, due[0].when)
    if not last:
        return
    run.out.warn(f"`memctl {last}`, done since, changed no memory: undo leaves it{_way_back(last)}")
    if run.out.can_ask:
        listed = "; ".join(_named(run, record) for record in due[:5])
        assure(f"Take back {listed}?", undone="nothing was taken back")
    deed.forget(run.directory)


def _way_back(verb: str) -> str:
    """How what a verb did beside the memories is taken back, where there is a way."""
    if verb == "enrich":
        return ""
    option = "--reopen" if verb.startswith("review") else "--reject"
    return f" (memctl review {option} ID)"


def _named(run: Run, record: "Record") -> str:
    """One change for a person: what it was, why, and when."""
    from memctl.cli.show.documents import age

    ago = age(record.when, run.now)
    return (
        f"{record.verb} {record.commit[:10]} ({_why(run, record)}), {ago if ago == 'today' else ago + ' ago'}"
    )


def _say_turned(run: Run, turned: "Turned", done: str) -> None:
    for record in turned.steps:
        run.out.sentence(f"{done}: {_named(run, record)}")
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
