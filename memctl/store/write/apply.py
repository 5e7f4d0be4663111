"""The one door to disk: every change to a memory directory goes through `apply`.

Under the lock: finish what a killed command left, record what changed outside memctl, compare every file
with what the change expects, write the change to the journal, then the files, then the index (removals
the other way round: a crash can leave an unlisted file, never a pointer to nothing), then the history.
Only after the commit is on disk is the change acknowledged and its journal entry dropped. A failure
before that puts the old files back.
"""

import contextlib
import os
from collections.abc import Callable, Iterator

from memctl import places
from memctl.domain.change import Applied, Change, Remove, Write
from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import INDEX
from memctl.errors import Conflict, Locked, MemctlError, NotFound, WriteFailed
from memctl.format import pointers
from memctl.store.disk import files, lock
from memctl.store.disk.folder import Folder, Found, check_path
from memctl.store.disk.oserrors import write_failed
from memctl.store.history import git, records
from memctl.store.history.commits import Recorder
from memctl.store.write import journal
from memctl.store.write.transaction import Job


def apply(directory: str, change: Change, *, wait: float = lock.WAIT, now: float) -> Applied:
    """Apply `change` to the memory directory, all of it or none; durable and undoable on return.

    `now` is the time that the history notes, in seconds since the epoch; `wait` bounds how long another
    writer is waited for. Raises Conflict (a file is not what the change expects), Locked, Refused (a
    target is a link or lies outside), WriteFailed (the change is kept in the spool where that was
    possible) and Damaged.
    """
    for operation in change.operations:
        check_path(operation.file)
    with lock.held(directory, change.verb, wait=wait) as held, _opened(directory, now) as folder:
        notes = _recover(directory, folder, held, now)
        job = Job(directory, folder, change, held, now)
        applied = job.run()
    job.maintain()
    return Applied(applied.commit, applied.files, applied.outside, (*notes, *applied.warnings))


def record_outside(directory: str, now: float, *, wait: float = lock.WAIT) -> tuple[str, ...]:
    """What `history.snapshot_outside` does."""
    git.required()
    with lock.held(directory, "look", wait=wait) as held, _opened(directory, now) as folder:
        _recover(directory, folder, held, now)
        return Recorder(directory, held).outside(now, {})


@contextlib.contextmanager
def _opened(directory: str, now: float) -> Iterator[Folder]:
    """The memory directory, made when it is missing; OSErrors become WriteFailed."""
    try:
        places.make_private(os.path.abspath(directory))
        with Folder(directory) as folder:
            try:
                yield folder
            finally:
                if folder.untidy:
                    journal.note_untidy(directory, now)
    except OSError as error:
        raise write_failed(error, directory) from error


def recover(directory: str, *, now: float, wait: float = 0.0) -> list[str]:
    """Finish what a killed command left; one sentence for each repair and each change kept in the spool.

    Two listings when there is nothing to do. While another command is at work it is left to that one. Never
    raises what stands in the way of a repair: it is one of the sentences, and a verb that writes meets it.
    """
    repaired: list[str] = []
    try:
        repaired = finish(directory, now=now, wait=wait)
    except Locked:
        pass
    except MemctlError as error:
        repaired = [f"an interrupted change waits to be finished: {error.message}"]
    return repaired + [_kept(directory, entry) for entry in spooled(directory)]


def finish(directory: str, *, now: float, wait: float = lock.WAIT) -> list[str]:
    """Finish what a killed command left; a sentence for each repair. Raises Locked, WriteFailed, Damaged."""
    if not journal.names(directory):
        return []
    with lock.held(directory, "recover", wait=wait) as held, _opened(directory, now) as folder:
        return _recover(directory, folder, held, now)


def _recover(directory: str, folder: Folder, held: int, now: float) -> list[str]:
    if not journal.names(directory):
        return []
    journal.clear_leavings(directory)
    left, unreadable = journal.entries(directory)
    notes = [_keep_version(directory, content) for content in folder.sweep(_is_lost(directory))]
    notes += [_put_away(directory, name) for name in unreadable]
    for entry in left:
        notes += _finish(directory, folder, entry, held, now)
    return notes


def _finish(directory: str, folder: Folder, entry: journal.Entry, held: int, now: float) -> list[str]:
    """Roll one interrupted change forward, or keep it in the spool when that is impossible."""
    if not entry.change.operations or (git.program() and records.knows(directory, entry.id)):
        journal.drop(directory, entry)
        return []
    try:
        _roll_forward(directory, folder, entry, held, now)
    except (OSError, Conflict, WriteFailed) as error:
        reason = write_failed(error, "").slug if isinstance(error, OSError) else error.slug
        journal.set_aside(directory, entry, reason)
        return [f"an interrupted {journal.describe(entry)} could not be finished: {error}"]
    return [f"finished an interrupted {journal.describe(entry)}"]


def _roll_forward(directory: str, folder: Folder, entry: journal.Entry, held: int, now: float) -> Applied:
    """Apply a change of which a part may be done. Raises Conflict when a file is neither old nor new."""
    job = Job(directory, folder, entry.change, held, now)
    job.read()
    done = tuple(o.file for o in entry.change.operations if _is_done(o, job.found[o.file]))
    for file in done:
        job.before[file] = None  # so that its pointer is derived again
    if git.program():
        job.before.update(records.contents(directory, records.tip(directory), done))
        job.look_for_recent()
    job.record_outside((*done, *_own_index(directory, job)))
    try:
        return job.perform(entry)
    except BaseException:
        job.put_back()
        raise


def _is_done(operation: Write | Remove, found: Found | None) -> bool:
    """Whether the operation has been carried out; False when it has not. Raises Conflict otherwise."""
    content = None if found is None else found.content
    if content == (operation.content if isinstance(operation, Write) else None):
        return True
    if (None if content is None else fingerprint(content)) == operation.expect:
        return False
    raise Conflict(f"{operation.file} was changed by someone else since then")


def _own_index(directory: str, job: Job) -> tuple[str, ...]:
    """The index, when what it says is what the interrupted try made of it."""
    if not git.program() or not pointers.derives(job.change):
        return ()
    old = records.contents(directory, records.tip(directory), (INDEX,))[INDEX]
    found = job.found[INDEX]
    made = pointers.after(old, job.change, job.before, {})[0]
    return (INDEX,) if made == (None if found is None else found.content) else ()


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


def spooled(directory: str) -> list[journal.Entry]:
    """The changes that could not be applied and are kept, oldest first."""
    return journal.entries(directory, journal.SPOOL)[0]


def _kept(directory: str, entry: journal.Entry) -> str:
    path = os.path.join(places.store_state(directory), journal.SPOOL, entry.id + ".json")
    why = {"changed": "the files had changed meanwhile", "": "interrupted"}.get(entry.reason, entry.reason)
    what = f"a {journal.describe(entry)} was not written ({why}) and is kept in {path}"
    return f"{what}; memctl doctor --fix applies it, --drop-kept {entry.id} throws it away"


def apply_spooled(directory: str, entry_id: str, *, wait: float = lock.WAIT, now: float) -> Applied:
    """Apply a change that was kept, as `apply` would have; it leaves the spool when that succeeds.

    Raises NotFound for an unknown id, Conflict when the files have moved on (drop it, or apply it by
    hand), and what `apply` raises.
    """
    with lock.held(directory, "doctor", wait=wait) as held, _opened(directory, now) as folder:
        entry = _spooled_entry(directory, entry_id)
        _recover(directory, folder, held, now)
        applied = _roll_forward(directory, folder, entry, held, now)
        journal.drop(directory, entry, journal.SPOOL)
    return applied


def drop_spooled(directory: str, entry_id: str) -> None:
    """Throw away a change that was kept. Raises NotFound and WriteFailed."""
    try:
        journal.drop(directory, _spooled_entry(directory, entry_id), journal.SPOOL)
    except OSError as error:
        raise write_failed(error, "the spool") from error


def _spooled_entry(directory: str, entry_id: str) -> journal.Entry:
    for entry in spooled(directory):
        if entry.id == entry_id:
            return entry
    raise NotFound(f"no change {entry_id} is kept in the spool")
