"""Erasing for good, under the lock: files, history, spool, and whatever else is kept of them.

Each step may be done twice, so that one that was killed is simply done again from the beginning. Nothing of
it can be undone.
"""

import contextlib
from dataclasses import replace

from memctl.domain.change import Change, Remove, Write
from memctl.domain.erasure import Erasure
from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import INDEX
from memctl.errors import MemctlError
from memctl.format import topic
from memctl.store.disk.oserrors import write_failed
from memctl.store.history import git, rewriting
from memctl.store.history.commits import git_dir
from memctl.store.memory.listing import scan
from memctl.store.search import removal
from memctl.store.state import traces
from memctl.store.write import journal
from memctl.store.write.opened import Opened
from memctl.store.write.transaction import Transaction


def finish(at: Opened, erasure: Erasure) -> tuple[str, ...]:
    """Erase it everywhere and drop the note that says so; a few words on each thing that went with it.

    Raises WriteFailed, Damaged, Conflict, Locked.
    """
    change = _change(at, erasure)
    if change is not None:
        Transaction(at, change).run()
    try:
        commits = _rewrite_histories(at, erasure)
        went = _erase_spool(at.directory, erasure)
        went += traces.erase(at.directory, erasure, commits)
        traces.erase_set_aside(at.directory, erasure)
        removal.erase(at.directory, erasure)
        journal.end_erasure(at.directory)
    except OSError as error:
        raise write_failed(error, "what is left of the erased text") from error
    return tuple(went)


def _rewrite_histories(at: Opened, erasure: Erasure) -> dict[str, str]:
    if git.program() is None:
        return {}
    commits = rewriting.rewrite(git_dir(at.directory), erasure, at.lock, at.now)
    for aside in traces.set_aside(at.directory):
        with contextlib.suppress(MemctlError, OSError):  # one that is damaged is named afterwards
            rewriting.rewrite(aside, erasure, at.lock, at.now)
    return commits


def _change(at: Opened, erasure: Erasure) -> Change | None:
    """What takes it out of the files that are there; None when nothing is left in them."""
    if erasure.values:
        return _without_values(at, erasure)
    found = {file: at.folder.read(file) for file in erasure.names}
    gone = tuple(Remove(file, fingerprint(f.content)) for file, f in found.items() if f is not None)
    return Change("forget", gone, actor=erasure.actor) if gone else None


def _without_values(at: Opened, erasure: Erasure) -> Change | None:
    operations: list[Write | Remove] = []
    renames = []
    for file in [*(entry[0] for entry in scan(at.directory)[0]), INDEX]:
        found = at.folder.read(file)
        if found is None:
            continue
        new, content = erasure.renamed(file), erasure.clean(found.content)
        seen = fingerprint(found.content)
        if new != file:
            operations += [Write(new, content, None), Remove(file, seen)]
            renames.append((file, new))
        elif content != found.content:
            operations.append(Write(file, content, seen))
    if not operations:
        return None
    return Change("forget", tuple(operations), tuple(renames), actor=erasure.actor)


def _erase_spool(directory: str, erasure: Erasure) -> list[str]:
    """What could not be written and is kept: without the values, or without what was about the memories.

    A few words on each that lost something. Raises OSError.
    """
    finds, gone = traces.finder(erasure), traces.gone(directory, erasure)
    went = []
    for entry in journal.kept(directory):
        change = entry.change
        if erasure.values:
            said = (o.content for o in change.operations if isinstance(o, Write))
            if any(
                map(finds, (*said, change.why.encode("utf-8", "replace"), " ".join(entry.files).encode()))
            ):
                clean = tuple(_clean(o, erasure) for o in change.operations)
                kept = replace(change, operations=clean, why="")
                journal.put(directory, replace(entry, change=kept), journal.SPOOL)
            continue
        rest = tuple(o for o in change.operations if o.file not in gone and not _says(o, erasure))
        if rest == change.operations:
            continue
        went.append(f"a kept {journal.describe(entry)}")
        if rest:
            kept = replace(change, operations=rest, why="")
            journal.put(directory, replace(entry, change=kept), journal.SPOOL)
        else:
            journal.drop(directory, entry, journal.SPOOL)
    return went


def _says(operation: Write | Remove, erasure: Erasure) -> bool:
    if isinstance(operation, Remove):
        return False
    memory = topic.decode(operation.content, "")
    return erasure.says(memory.description, memory.body)


def _clean(operation: Write | Remove, erasure: Erasure) -> Write | Remove:
    file = erasure.renamed(operation.file)
    if isinstance(operation, Remove):
        return Remove(file, operation.expect)
    return Write(file, erasure.clean(operation.content), operation.expect)
