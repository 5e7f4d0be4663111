"""What the doctor repairs: only what is safe, and what it cannot lose anything by.

The memory directory is changed by one `Change` through the write door, so that one `undo` takes it back.
Texts are never rewritten, nothing is deleted, no name is changed: those repairs are the person's.
"""

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import replace

from memctl import places
from memctl.domain.change import Change
from memctl.domain.finding import Finding
from memctl.errors import Conflict, MemctlError, Refused
from memctl.services.write import reindex
from memctl.services.write.door import WriteDoor
from memctl.store.history import remains, repair
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import leavings
from memctl.store.write import journal
from memctl.store.write.load import Load, set_aside
from memctl.text.escape import escape

_DRIFT = (
    "index.orphan",
    "index.dead-pointer",
    "index.superseded",
    "index.tier",
    "index.over-budget",
    "index.damaged",
)


def fix(directory: str, findings: Iterable[Finding], *, now: float) -> Change | None:
    """The one change that repairs what can be repaired in the memory directory; None when nothing can.

    Pointers of the index: orphans get one; dead and damaged ones go, those to superseded memories, and those
    for which there is no room.
    """
    if not any(finding.id in _DRIFT for finding in findings):
        return None
    change = reindex.plan(MemoryStore(directory), now=now).change
    return None if change is None else replace(change, verb="doctor")


def fix_outside(door: WriteDoor, findings: Iterable[Finding], *, now: float) -> tuple[list[str], list[str]]:
    """Repair what lies outside the files' contents; returns what was done, and what could not be.

    Call it before `fix` is applied: a damaged history is made whole, interrupted changes are finished, kept
    ones are applied, looser permissions are tightened, a damaged cache is deleted.
    """
    directory, ids = door.directory, {finding.id for finding in findings}
    done: list[str] = []
    failed: list[str] = []
    for check_id, act in _REPAIRS.items():
        if check_id in ids:
            try:
                done += act(door, now)
            except MemctlError as error:
                failed.append(error.message)
            except OSError as error:
                failed.append(f"{error.filename or directory}: {error.strerror or error}")
    for finding in findings:
        if finding.id == "permission.file" and finding.file:
            path = os.path.join(directory, *finding.file.split("/"))
            (done if _tighten(path, 0o600) else failed).append(f"chmod 600 {escape(finding.file)}")
    return done, failed


def _repair_history(door: WriteDoor, now: float) -> list[str]:
    done = repair.repair(door.directory)
    if done is None:
        return []
    if done.moved is None:
        return ["the history is whole again; nothing of it is lost"]
    lost = f"; lost: {', '.join(done.lost)}" if done.lost else "; nothing of it is lost"
    changes = "1 change" if done.commits == 1 else f"{done.commits} changes"
    said = f"the history is whole again, with {changes}" if done.commits else "a new history was begun"
    return [said + lost, f"the damaged history was moved to {escape(done.moved)}"]


def _join_remains(door: WriteDoor, now: float) -> list[str]:
    return [escape(sentence) for sentence in remains.join(door.directory, now)]


def _recover(door: WriteDoor, now: float) -> list[str]:
    return door.finish(now=now)


def _apply_spooled(door: WriteDoor, now: float) -> list[str]:
    """Apply each kept change, in order; one that no longer fits stays kept and holds up no other."""
    done, misfits = [], []
    for entry in journal.kept(door.directory):
        try:
            applied = door.write_kept(entry, now=now)
        except (Conflict, Refused) as error:
            misfits.append(f"{error.message} (kept change {entry.id})")
            continue
        named = escape(", ".join(applied.files[:3]))
        done.append(f"applied a kept {entry.change.verb} of {named}; memctl undo takes it back")
    if misfits and not done:
        raise Conflict("; ".join(misfits), hint="memctl doctor --drop-kept ID throws one away")
    return done


def _join_aside(door: WriteDoor, now: float) -> list[str]:
    done = []
    for path in set_aside(door.directory):
        name = escape(os.path.basename(path))
        door.bring(Load("", path), why=f"what was kept in {name}", now=now)
        done.append(f"joined the history and the inbox that lay unread in {name}")
    return done


def _clear_leavings(door: WriteDoor, now: float) -> list[str]:
    return [f"removed {leavings.clear(door.directory, now)} half-written files of the state"]


def _delete_cache(door: WriteDoor, now: float) -> list[str]:
    os.unlink(places.cache_file(door.directory))
    return ["deleted the damaged search cache; it is rebuilt at the next recall"]


def _close_directory(door: WriteDoor, now: float) -> list[str]:
    return [f"chmod 700 {escape(door.directory)}"] if _tighten(door.directory, 0o700) else []


def _close_state(door: WriteDoor, now: float) -> list[str]:
    paths = (places.state_dir(), places.store_state(door.directory))
    return [f"chmod 700 {escape(path)}" for path in paths if _tighten(path, 0o700)]


_REPAIRS: dict[str, Callable[[WriteDoor, float], list[str]]] = {
    "permission.directory": _close_directory,
    "permission.state": _close_state,
    "history.damaged": _repair_history,
    "history.aside": _join_remains,
    "journal.open": _recover,
    "state.aside": _join_aside,
    "state.leavings": _clear_leavings,
    "spool.kept": _apply_spooled,
    "cache.damaged": _delete_cache,
}


def _tighten(path: str, mode: int) -> bool:
    """Take rights from group and others, through a descriptor: no link is followed. Whether it did."""
    kind = os.O_DIRECTORY if mode == 0o700 else 0
    follow = 0 if mode == 0o700 else os.O_NOFOLLOW  # the directory itself may be reached through a link
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | kind | follow)
    except OSError:
        return False
    try:
        found = os.fstat(handle).st_mode
        if not (stat.S_ISREG(found) or stat.S_ISDIR(found)) or not found & 0o077:
            return False
        os.fchmod(handle, stat.S_IMODE(found) & ~0o077)
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
