"""The way to disk: every change to a memory directory goes through `apply`, which the write door calls.

Under the lock: finish what a killed command left, record what changed outside memctl, compare every file
with what the change expects, write the change to the journal, then the files, then the index (removals
the other way round: a crash can leave an unlisted file, never a pointer to nothing), then the history.
Only after the commit is on disk is the change acknowledged and its journal entry dropped. A failure
before that puts the old files back.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace

from memctl.domain.change import Applied, Change, Write
from memctl.domain.erasure import Erased, Erasure
from memctl.domain.memory import INDEX
from memctl.domain.skill_file import is_skill
from memctl.errors import Conflict, Refused
from memctl.format.pointers import Redact
from memctl.store.disk import lock
from memctl.store.disk.folder import check_path
from memctl.store.history import git
from memctl.store.history.commits import Note, Recorder, git_dir
from memctl.store.history.frame import read_tip
from memctl.store.memory.listing import Listing, scan
from memctl.store.write import bringing, journal, recovery, skill_writing
from memctl.store.write.opened import opened
from memctl.store.write.transaction import Transaction


def apply(
    directory: str,
    change: Change,
    *,
    now: float,
    wait: float = lock.WAIT,
    redact: Redact = str,
    listing: Listing | None = None,
) -> Applied:
    """Apply `change` to the memory directory, all of it or none; durable and undoable on return.

    `now` is the time that the history notes, in seconds since the epoch; `wait` bounds how long another
    writer is waited for; `redact` is what a description goes through before it becomes part of the index;
    `listing` is of the directory, where the change follows from one.
    Raises Conflict (a file is not what the change expects), Locked, Refused (a target is a link, lies
    outside, or is written twice), WriteFailed (the change is kept in the spool where that was possible) and
    Damaged.
    """
    _refuse_twice(change)
    for operation in change.operations:
        check = skill_writing.check_path if is_skill(operation.file) else check_path
        check(operation.file)
    brought = bringing.settle(directory, now=now, wait=wait, redact=redact)
    with opened(directory, change.verb, now=now, wait=wait, redact=redact) as at:
        notes = recovery.recover(at)
        recovery.check_erased(directory, (operation.file for operation in change.operations))
        transaction = Transaction(at, change, listing)
        applied = transaction.run()
    transaction.maintain()
    return replace(applied, warnings=(*brought, *notes, *applied.warnings))


def _refuse_twice(change: Change) -> None:
    """Raise Refused where two operations are about one file: the second would find what the first one wrote,
    take it for somebody else's, and leave it there when all is put back."""
    seen: set[str] = set()
    for operation in change.operations:
        if operation.file in seen:
            raise Refused(f"{operation.file} would be written twice by one change", slug="twice")
        seen.add(operation.file)


def record_outside(
    directory: str, *, now: float, wait: float = lock.WAIT, redact: Redact = str
) -> tuple[str, ...]:
    """Record what was changed without memctl since the last commit; returns the files.

    What a killed command left is finished first, so that it is not taken for somebody else's. Raises
    Locked, WriteFailed, Damaged, and MemctlError where git is not installed.
    """
    git.required()
    bringing.settle(directory, now=now, wait=wait, redact=redact)
    with opened(directory, "look", now=now, wait=wait, redact=redact) as at:
        recovery.recover(at)
        recorder = Recorder(directory, at.lock)
        recorder.open()
        return recorder.outside(now, skill_writing.contents(at.skills, recorder.skills()))


def erase(
    directory: str,
    plan: Callable[[], Erasure],
    *,
    now: float,
    wait: float = lock.WAIT,
    redact: Redact = str,
) -> Erased:
    """Erase for good what `plan` says, which is called when the history holds all that is on disk.

    From the moment in which that is noted, it is finished, if need be by the next command. Raises as
    `apply`, and MemctlError where there is a history and no git to write it anew.
    """
    from memctl.store.write import erasing

    bringing.settle(directory, now=now, wait=wait, redact=redact)
    with opened(directory, "erase", now=now, wait=wait, redact=redact) as at:
        notes = recovery.recover(at)
        if journal.ERASURE in journal.names(directory):
            raise Conflict("; ".join(notes), hint="what is in its way goes first; then erase again")
        if git.program():
            Recorder(directory, at.lock).outside(now, {})
        elif os.path.isdir(git_dir(directory)):
            git.required()
        erasure = plan()
        journal.begin_erasure(directory, erasure)
        return Erased(erasure, erasing.finish(at, erasure))


def take_over(
    directory: str,
    change: Change,
    files: Mapping[str, bytes],
    history: str | None,
    *,
    now: float,
    wait: float = lock.WAIT,
    redact: Redact = str,
) -> bool:
    """Take over the files and the history (path of a bundle) of a backup; False where the place is not empty.

    Then only the history comes, joined with the one that is there. The files are in the journal before the
    history is: of a killed one, the next command brings the rest. `change` has no operations: its verb, actor
    and reason are what the history says. Raises as `apply`, and MemctlError for a bundle that is not whole.
    """
    from memctl.store.history import bundle

    for file in files:
        check_path(file)
    bringing.settle(directory, now=now, wait=wait, redact=redact)
    with opened(directory, "restore", now=now, wait=wait, redact=redact) as at:
        recovery.recover(at)
        empty = not read_tip(git_dir(directory)) and not scan(directory)[0] and at.folder.read(INDEX) is None
        if not empty and git.program():
            Recorder(directory, at.lock).outside(now, {})
        whole = replace(change, operations=tuple(Write(*item, None) for item in files.items()))
        entry = journal.new(whole, now)
        if empty:
            journal.put(directory, entry)
        try:
            if history is not None and git.program():
                came = Note(change.verb, (), change.actor, change.session, change.why, entry.id)
                bundle.take(directory, history, at.lock, came, now)
        except BaseException:
            journal.drop(directory, entry)  # of a history that is not whole, no file is taken either
            raise
        if empty:
            for file, content in files.items():
                at.folder.create(file, content)
            if git.program():
                Recorder(directory, at.lock).outside(now, {})
            journal.close(directory, entry)
        return empty
