"""Finishing what a killed command left in the journal, and applying what was kept in the spool.

Used under the lock before every change, by the doctor, and by the first verb that comes after a crash.
"""

import os
from collections.abc import Callable, Iterable

from memctl import places
from memctl.domain.change import Applied, Remove, Write
from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import INDEX
from memctl.domain.skill_file import is_skill
from memctl.errors import Conflict, Locked, MemctlError, WriteFailed
from memctl.format import pointers
from memctl.format.pointers import Redact
from memctl.store.disk import files, lock
from memctl.store.disk.folder import Found
from memctl.store.disk.oserrors import write_failed
from memctl.store.history import git, records
from memctl.store.state import leavings, standings
from memctl.store.write import journal
from memctl.store.write.opened import Opened, opened
from memctl.store.write.transaction import Transaction


def repair(directory: str, *, now: float, redact: Redact = str) -> list[str]:
    """Finish what a killed command left; one sentence for each repair and each change kept in the spool.

    Two listings when there is nothing to do. While another command is at work it is left to that one. Never
    raises what stands in the way of a repair: it is one of the sentences, and a verb that writes meets it.
    """
    repaired: list[str] = []
    try:
        repaired = finish(directory, now=now, wait=0.0, redact=redact)
    except Locked:
        pass
    except MemctlError as error:
        repaired = [f"an interrupted change waits to be finished: {error.message}"]
    return repaired + [_kept(directory, entry) for entry in journal.kept(directory)]


def finish(directory: str, *, now: float, wait: float = lock.WAIT, redact: Redact = str) -> list[str]:
    """Finish what a killed command left; a sentence for each repair. Raises Locked, WriteFailed, Damaged."""
    if not journal.names(directory):
        return []
    with opened(directory, "recover", now=now, wait=wait, redact=redact) as at:
        return recover(at)


def recover(at: Opened) -> list[str]:
    """Finish what a killed command left; a sentence for each repair. Nothing to do costs one listing."""
    if not journal.names(at.directory):
        return []
    journal.clear_leavings(at.directory)
    leavings.clear(at.directory, at.now)
    left, unreadable = journal.entries(at.directory)
    notes = [_keep_version(at.directory, content) for content in at.folder.sweep(_is_lost(at.directory))]
    notes += [_put_away(at.directory, name) for name in unreadable]
    for entry in left:
        for file in filter(is_skill, entry.files):
            lost = at.skills().tidy(file, _is_lost(at.directory))
            notes += [_keep_version(at.directory, content) for content in lost]
        if entry.bringing is None:  # what concerns two places is finished under both locks, by `bringing`
            notes += _finish(at, entry)
    return notes + (_erase_on(at) if journal.ERASURE in journal.names(at.directory) else [])


def _erase_on(at: Opened) -> list[str]:
    """Finish what is being erased for good. What stands in its way is said and stands in nobody else's."""
    from memctl.store.write import erasing  # rare, and it knows every room that keeps a text

    try:
        erasure = journal.begun_erasure(at.directory)
        if erasure is None:
            return []
        went = erasing.finish(at, erasure)
    except (MemctlError, OSError) as error:
        return [f"an erasure for good is unfinished, and every command that writes tries again: {error}"]
    return ["finished an interrupted erasure for good", *(f"{words} went with it" for words in went)]


def check_erased(directory: str, files: Iterable[str]) -> None:
    """Raise Conflict where one of `files` is still being erased for good: it would go with what is to go."""
    try:
        erasure = journal.begun_erasure(directory)
    except MemctlError:
        return  # it has been said, and nothing can be done about it here
    if erasure is None:
        return
    for file in files:
        if file in erasure.names or file in dict(erasure.renames):
            hint = "memctl doctor --fix says what stands in its way; take another name meanwhile"
            raise Conflict(f"{file} is being erased for good, which is unfinished", hint=hint)


def _finish(at: Opened, entry: journal.Entry) -> list[str]:
    """Roll one interrupted change forward, or keep it in the spool when that is impossible."""
    if not entry.change.operations or (git.program() and records.knows(at.directory, entry.id)):
        journal.drop(at.directory, entry)
        return []
    try:
        _roll_forward(at, entry)
    except (OSError, Conflict, WriteFailed) as error:
        reason = write_failed(error, "").slug if isinstance(error, OSError) else error.slug
        journal.set_aside(at.directory, entry, reason)
        return [f"an interrupted {journal.describe(entry)} could not be finished: {error}"]
    return [f"finished an interrupted {journal.describe(entry)}; memctl undo takes it back"]


def _roll_forward(at: Opened, entry: journal.Entry) -> Applied:
    """Apply a change of which a part may be done. Raises Conflict when a file is neither old nor new."""
    transaction = Transaction(at, entry.change)
    transaction.read()
    done = tuple(o.file for o in entry.change.operations if _is_done(o, transaction.found[o.file]))
    for file in done:
        transaction.before[file] = None  # so that its pointer is derived again
    if git.program():
        transaction.before.update(records.contents(at.directory, records.tip(at.directory), done))
        transaction.look_for_recent()
    transaction.record_outside((*done, *_own_index(transaction)))
    try:
        return transaction.perform(entry)
    except BaseException:
        transaction.put_back()
        raise


def _is_done(operation: Write | Remove, found: Found | None) -> bool:
    """Whether the operation has been carried out; False when it has not. Raises Conflict otherwise."""
    content = None if found is None else found.content
    if content == (operation.content if isinstance(operation, Write) else None):
        return True
    if (None if content is None else fingerprint(content)) == operation.expect:
        return False
    raise Conflict(f"{operation.file} was changed by someone else since then")


def _own_index(transaction: Transaction) -> tuple[str, ...]:
    """The index, when what it says is what the interrupted try made of it."""
    at, change = transaction.at, transaction.change
    if not git.program() or not pointers.derives(change):
        return ()
    old = records.contents(at.directory, records.tip(at.directory), (INDEX,))[INDEX]
    found = transaction.found[INDEX]
    order = standings.order(at.directory, at.now, at.redact)
    made = pointers.after(old, change, transaction.before, at.redact, order)
    return (INDEX,) if made.content == (None if found is None else found.content) else ()


def _is_lost(directory: str) -> Callable[[bytes], bool]:
    """Says of a version that was being replaced whether the history lacks it."""
    return lambda content: not (git.program() and records.has_blob(directory, content))


def _keep_version(directory: str, content: bytes) -> str:
    """Somebody wrote into a file in the moment in which a killed writer was replacing it."""
    folder = places.make_private(os.path.join(places.store_state(directory), "found"))
    path = os.path.join(folder, os.urandom(6).hex() + ".md")
    files.write_private(path, content)
    return f"a version that was being replaced when memctl was killed is kept in {path}"


def _put_away(directory: str, name: str) -> str:
    """Move something that is no journal entry out of the way, where a person can look at it."""
    state = places.store_state(directory)
    target = os.path.join(places.make_private(os.path.join(state, "unreadable")), name)
    os.rename(os.path.join(state, journal.JOURNAL, name), target)
    return f"a journal entry could not be read; it was moved to {target}"


def _kept(directory: str, entry: journal.Entry) -> str:
    path = os.path.join(places.store_state(directory), journal.SPOOL, entry.id + ".json")
    why = {
        "changed": "the files had changed meanwhile",
        "": "interrupted",
        journal.RESTORED: "a backup brought it",
    }.get(entry.reason, entry.reason)
    what = f"a {journal.describe(entry)} was not written ({why}) and is kept in {path}"
    return f"{what}; memctl doctor --fix applies it, --drop-kept {entry.id} throws it away"


def apply_spooled(directory: str, entry_id: str, *, now: float, redact: Redact = str) -> Applied:
    """Apply a change that was kept, as `apply` would have; it leaves the spool when that succeeds.

    Raises NotFound for an unknown id, Conflict when the files have moved on (drop it, or apply it by
    hand), and what `apply` raises.
    """
    with opened(directory, "doctor", now=now, wait=lock.WAIT, redact=redact) as at:
        entry = journal.find_kept(directory, entry_id)
        recover(at)
        check_erased(directory, entry.files)
        applied = _roll_forward(at, entry)
        journal.drop(directory, entry, journal.SPOOL)
    return applied
