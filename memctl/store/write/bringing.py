"""What one memory directory holds, and what is kept about it, brought into another: all of it, or none yet.

The journal of the target says what is going on, and that of the source where to look. From then on every
step may be taken again, and is, by the next command that opens either place:

1. every file gets a name in the target too (`carriage`), the indexes are joined;
2. the histories are joined by one commit, which says that this is done;
3. what stood in both under one name waits in the inbox;
4. the state is joined (`store.state.union`), the project's record is written;
5. the files leave the source, then its state goes.

Both locks are held all the while, taken in the order of the two keys. Every write asks `settle` first, so
what carries is imported where something is carried.
"""

import contextlib
import itertools
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from memctl import places
from memctl.domain.change import Change
from memctl.errors import MemctlError
from memctl.format.pointers import Redact
from memctl.store.disk import files, lock
from memctl.store.disk.oserrors import write_failed
from memctl.store.history import git, records
from memctl.store.history.commits import Note, Recorder, git_dir, of_change
from memctl.store.state import registry
from memctl.store.write import journal, recovery
from memctl.store.write.load import Load, set_aside
from memctl.store.write.opened import Opened, opened


@dataclass(frozen=True)
class Arrived:
    """What came: the commit and the id of the change that say so (None where the history does not), the files
    as they are called now, and what stayed."""

    commit: str | None
    change: str | None
    files: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def bring(
    target: str, change: Change, load: Load, *, now: float, wait: float = lock.WAIT, redact: Redact = str
) -> Arrived:
    """Bring `load` into the memory directory `target`; durable and recorded on return.

    `change` has no operations: its verb, actor and reason are what the history says. Raises Locked,
    WriteFailed, Damaged, and MemctlError where there is a history to join and git is not installed;
    before anything has begun where that can be known.
    """
    for directory in filter(None, (load.source, target)):
        settle(directory, now=now, wait=wait, redact=redact)
    with _both(target, load, change.verb, now=now, wait=wait, redact=redact) as (at, source):
        for place in filter(None, (source, at)):
            recovery.recover(place)
            if git.program():
                Recorder(place.directory, place.lock).outside(now, {})
        entry = journal.Entry(journal.new(change, now).id, change, now, bringing=asdict(load))
        if load.source:
            journal.put(load.source, journal.Entry(entry.id, change, now, bringing={"target": target}))
        try:
            _fetch(at, load)
        except BaseException:
            if load.source:
                _leave(target, at.lock, load.source, entry)
            raise
        journal.put(target, entry)
        return _perform(at, entry, load)


def settle(directory: str, *, now: float, wait: float = lock.WAIT, redact: Redact = str) -> list[str]:
    """Finish what was being brought into or out of `directory`; a sentence each. Raises as `bring`.

    One listing when there is nothing to do.
    """
    if not journal.names(directory):
        return []
    notes = []
    for entry in journal.entries(directory)[0]:
        if entry.bringing is not None:
            notes += _resume(directory, entry, now=now, wait=wait, redact=redact)
    return notes


def _resume(directory: str, entry: journal.Entry, *, now: float, wait: float, redact: Redact) -> list[str]:
    assert entry.bringing is not None
    target = entry.bringing.get("target", directory)
    found = _waiting(target, entry.id) or _begun(directory, target, entry, wait)
    if found is None:
        return []
    load = _load(found)
    with _both(target, load, "recover", now=now, wait=wait, redact=redact) as (at, _):
        if _waiting(target, entry.id) is None:
            return []  # another process was faster
        recovery.recover(at)
        _perform(at, found, load)
    return [f"finished bringing the memory of {load.source or load.store} to {target}"]


def _waiting(target: str, entry_id: str) -> journal.Entry | None:
    return next((e for e in journal.entries(target)[0] if e.id == entry_id and e.bringing is not None), None)


def _begun(source: str, target: str, entry: journal.Entry, wait: float) -> journal.Entry | None:
    """The entry of the target that `entry` of the source speaks of. Where it never began `entry` goes: under
    both locks, since who begins writes the one before the other."""
    with contextlib.ExitStack() as stack:
        both = sorted({source, target}, key=places.store_key)
        held = {place: stack.enter_context(lock.held(place, "recover", wait=wait)) for place in both}
        found = _waiting(target, entry.id)
        if found is None:
            _leave(target, held[target], source, entry)
        return found


def _leave(target: str, held: int, source: str, entry: journal.Entry) -> None:
    """It never began: nothing of the source stays in the history of `target`, whose lock is `held`."""
    if os.path.isdir(git_dir(target)) and git.program():
        from memctl.store.history import joining

        joining.let_go(target, held)
    journal.drop(source, entry)


def _load(entry: journal.Entry) -> Load:
    about: dict[str, Any] = dict(entry.bringing or {})
    for key in ("roots", "commits", "remotes"):
        about[key] = tuple(about[key])
    return Load(**about)


@contextlib.contextmanager
def _both(
    target: str, load: Load, verb: str, *, now: float, wait: float, redact: Redact
) -> Iterator[tuple[Opened, Opened | None]]:
    """Both places locked and opened, the target first in what is yielded; a state folder alone needs no
    lock."""
    wanted = sorted(filter(None, (target, load.source)), key=places.store_key)
    with contextlib.ExitStack() as stack:
        held = {
            directory: stack.enter_context(opened(directory, verb, now=now, wait=wait, redact=redact))
            for directory in wanted
        }
        yield held[target], held.get(load.source)


def _fetch(at: Opened, load: Load) -> str:
    """Copy the objects of the other history; returns its last commit, "" when there is none."""
    theirs = os.path.join(load.store, "history.git")
    if not os.path.isdir(theirs):
        return ""
    from memctl.store.history import joining

    git.required()
    return joining.bring_objects(at.directory, theirs, at.lock)


def _perform(at: Opened, entry: journal.Entry, load: Load) -> Arrived:
    from memctl.store.state import arrivals, union
    from memctl.store.write.carriage import Carriage

    carriage = Carriage(load.source, at.folder, load.settled, dict(load.names), at.now)
    try:
        touched = carriage.load() if load.source else ()
        commit = _record(at, entry, load, touched)
        state = places.store_state(at.directory)
        arrivals.land(os.path.join(state, "inbox"), load.arriving)
        union.join(load.store, state)
        _register(at.directory, load)
        if load.source:
            carriage.unload()
        _take_set_aside(load.source, at.directory)
        _forget(load)
        journal.drop(at.directory, entry)
    except OSError as error:
        raise write_failed(error, at.directory) from error
    stayed = tuple(f"{path} stays where it is: {why}" for path, why in carriage.left.items())
    return Arrived(commit, entry.id if commit else None, touched, stayed)


def _record(at: Opened, entry: journal.Entry, load: Load, touched: tuple[str, ...]) -> str | None:
    """The commit that tells of it; None where nothing happened that a history would tell, and without git."""
    if git.program() is None:
        return None
    known = records.knows(at.directory, entry.id)
    if known is not None:
        return known
    change, tip = entry.change, _fetch(at, load)
    if not (tip or touched):
        return None
    from memctl.store.history import joining

    came = of_change(change, entry.id, touched)
    left = Note(records.LEFT, touched, change.actor, change.session, f"to {at.directory}")
    return joining.join(at.directory, at.lock, tip, left, came, entry.at, touched)


def _take_set_aside(source: str, target: str) -> None:
    """What 0.1.0 set aside of the source is found from the target from now on; the doctor joins it."""
    for path in set_aside(source) if source else ():
        own = path.replace(places.store_state(source), places.store_state(target), 1)
        names = itertools.chain((own,), (f"{own}-{number}" for number in itertools.count(2)))
        os.rename(path, next(name for name in names if not os.path.lexists(name)))


def _forget(load: Load) -> None:
    """What was kept about the source is kept about the target by now."""
    if os.path.isdir(load.store):
        shutil.rmtree(load.store)
        places.sync_folder(os.path.dirname(load.store))
    if load.source:
        for ending in ("", "-wal", "-shm", ".vectors", ".diagnoses", ".doubts"):
            files.discard(places.cache_file(load.source) + ending)


def _register(directory: str, load: Load) -> None:
    """The target belongs to the project from now on; what identifies it is remembered from both."""
    record = registry.read(places.store_key(directory))
    theirs = registry.read(os.path.basename(load.store))
    if not (load.roots or record.roots or theirs.roots):
        return  # the user named both directories
    record.directory, record.moving = directory, ""
    living = [root for root in record.roots if not load.roots or os.path.isdir(root)]
    record.roots = list(dict.fromkeys((*load.roots, *living)))
    record.commits = sorted({*record.commits, *theirs.commits, *load.commits})
    record.remotes = sorted({*record.remotes, *theirs.remotes, *load.remotes})
    registry.write(record)


def repair(directory: str, *, now: float, redact: Redact = str) -> list[str]:
    """As `settle`, but while another command is at work it is left to that one. Never raises what stands in
    the way: it is one of the sentences, and a verb that writes meets it."""
    try:
        return settle(directory, now=now, wait=0.0, redact=redact)
    except MemctlError as error:
        busy = error.code == 6
        return [] if busy else [f"a memory that was being brought here waits to be finished: {error.message}"]
