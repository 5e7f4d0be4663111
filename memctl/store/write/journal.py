"""What a writer is about to do, on disk before it does it; and what could not be done, kept.

`journal/` holds at most one entry: the change that is being applied. An entry that is still there when
the lock is free belongs to a killed writer. `spool/` holds changes that could not be applied (disk full,
no permission, the files moved on): nothing that somebody said to save is dropped in silence. Both hold
one JSON file per change, so that moving an entry from one to the other is one rename.
"""

import base64
import contextlib
import json
import os
import shutil
import time
from dataclasses import dataclass
from typing import Any

from memctl import places
from memctl.domain.change import Change, Remove, Write
from memctl.domain.erasure import Erasure
from memctl.errors import Damaged, NotFound
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed
from memctl.store.state import approved

JOURNAL = "journal"
SPOOL = "spool"
_SUFFIX = ".json"

RESTORED = "restored"
"""Why a change is kept that a backup brought: the guard is asked before it is applied, for anybody may have
written it."""

ERASURE = "erasure"
"""The name in the journal of what is being erased for good: no change, and finished after those."""


@dataclass(frozen=True)
class Entry:
    """One change with its id, when it was begun (seconds since the epoch), and why it was not done."""

    id: str
    change: Change
    at: float
    reason: str = ""
    bringing: dict[str, Any] | None = None  # what comes from another directory, see `store.write.bringing`

    @property
    def files(self) -> tuple[str, ...]:
        """The topic files that the change is about."""
        return tuple(operation.file for operation in self.change.operations)


def new(change: Change, now: float) -> Entry:
    """An entry for `change` with a fresh id."""
    return Entry(os.urandom(8).hex(), change, now)


def put(directory: str, entry: Entry, place: str = JOURNAL) -> None:
    """Write the entry durably. Raises OSError."""
    folder = places.make_private(os.path.join(places.store_state(directory), place))
    files.write_private(os.path.join(folder, entry.id + _SUFFIX), encode(entry))


def note_untidy(directory: str, now: float) -> None:
    """Leave word that temporary files could not be removed: an entry of no operations. Never raises."""
    with contextlib.suppress(OSError):
        put(directory, new(Change("tidy", ()), now))


def drop(directory: str, entry: Entry, place: str = JOURNAL) -> None:
    """Remove the entry; the caller has seen to what it says. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_path(directory, entry, place))


def close(directory: str, entry: Entry) -> None:
    """As `drop`, durably: where the history could not tell that it was done. Raises OSError."""
    drop(directory, entry)
    places.sync_folder(os.path.join(places.store_state(directory), JOURNAL))


def set_aside(directory: str, entry: Entry, reason: str) -> None:
    """Move the entry from the journal to the spool, with the reason. Raises OSError.

    Where there is no room to write the reason down, the entry is moved as it is.
    """
    try:
        put(directory, Entry(entry.id, entry.change, entry.at, reason), SPOOL)
    except OSError:
        folder = places.make_private(os.path.join(places.store_state(directory), SPOOL))
        os.rename(_path(directory, entry, JOURNAL), os.path.join(folder, entry.id + _SUFFIX))
        places.sync_folder(folder)
        return
    drop(directory, entry)


def names(directory: str, place: str = JOURNAL) -> list[str]:
    """File names of the entries: one listing, for a command that only wants to know whether any is left."""
    try:
        found = files.names(os.path.join(places.store_state(directory), place))
    except OSError:
        return []
    return sorted(found)


def entries(directory: str, place: str = JOURNAL) -> tuple[list[Entry], list[str]]:
    """The entries, oldest first, and the names of files there that are no entries."""
    folder = os.path.join(places.store_state(directory), place)
    good, bad = [], []
    for name in names(directory, place):
        if name == ERASURE:
            continue
        try:
            raw, _ = files.read_regular(os.path.join(folder, name), 1 << 30)
            good.append(decode(name.removesuffix(_SUFFIX), raw))
        except (OSError, ValueError, KeyError, TypeError):
            bad.append(name)
    return sorted(good, key=lambda e: (e.at, e.id)), bad


def kept(directory: str) -> list[Entry]:
    """The changes that could not be applied and are kept, oldest first."""
    return entries(directory, SPOOL)[0]


def find_kept(directory: str, entry_id: str) -> Entry:
    """The kept change with this id. Raises NotFound."""
    for entry in kept(directory):
        if entry.id == entry_id:
            return entry
    raise NotFound(f"no change {entry_id} is kept in the spool")


def drop_kept(directory: str, entry_id: str) -> None:
    """Throw away a change that was kept. Raises NotFound and WriteFailed."""
    try:
        drop(directory, find_kept(directory, entry_id), SPOOL)
    except OSError as error:
        raise write_failed(error, "the spool") from error


def begin_erasure(directory: str, erasure: Erasure) -> None:
    """Note durably what is to be erased: from now on it is finished, whatever happens. Raises OSError."""
    folder = places.make_private(os.path.join(places.store_state(directory), JOURNAL))
    files.write_private(os.path.join(folder, ERASURE), erasure.encode())


def begun_erasure(directory: str) -> Erasure | None:
    """What is being erased and has not been finished. Raises Damaged where that cannot be read."""
    path = os.path.join(places.store_state(directory), JOURNAL, ERASURE)
    try:
        return Erasure.decode(files.read_regular(path, 1 << 30)[0])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "remove the file and forget for good again"
        raise Damaged(f"{path} says what is being erased, and cannot be read: {error}", hint=hint) from None


def end_erasure(directory: str) -> None:
    """It is done. Raises OSError."""
    folder = os.path.join(places.store_state(directory), JOURNAL)
    os.unlink(os.path.join(folder, ERASURE))
    places.sync_folder(folder)


def clear_leavings(directory: str) -> None:
    """Remove temporary files of the state directory; what they were to become never began."""
    for place in ("", JOURNAL):
        for name in names(directory, place):
            if name.endswith(".tmp") and not name.startswith(approved.NAME):  # under a lock of its own
                path = os.path.join(places.store_state(directory), place, name)
                if not files.discard(path):
                    shutil.rmtree(path, ignore_errors=True)  # a repository that was being made


def _path(directory: str, entry: Entry, place: str) -> str:
    return os.path.join(places.store_state(directory), place, entry.id + _SUFFIX)


def encode(entry: Entry) -> bytes:
    """The bytes of the file of `entry`."""
    change = entry.change
    document = {
        "schema": 1,
        "at": entry.at,
        "reason": entry.reason,
        "verb": change.verb,
        "why": change.why,
        "actor": change.actor,
        "session": change.session,
        "renames": change.renames,
        "undoes": change.undoes,
        "redoes": change.redoes,
        "operations": [_operation(o) for o in change.operations],
        "bringing": entry.bringing,
    }
    return json.dumps(document, indent=1).encode("ascii")


def _operation(operation: Write | Remove) -> dict[str, str | None]:
    content = base64.b64encode(operation.content).decode("ascii") if isinstance(operation, Write) else None
    return {"file": operation.file, "expect": operation.expect, "content": content}


def decode(entry_id: str, raw: bytes) -> Entry:
    """The entry that a file holds. Raises ValueError, KeyError, TypeError or AttributeError."""
    document = json.loads(raw)
    operations: list[Write | Remove] = []
    for item in document["operations"]:
        if item["content"] is None:
            operations.append(Remove(item["file"], item["expect"]))
        else:
            operations.append(Write(item["file"], base64.b64decode(item["content"]), item["expect"]))
    change = Change(
        verb=document["verb"],
        operations=tuple(operations),
        renames=tuple((old, new) for old, new in document["renames"]),
        why=document["why"],
        actor=document["actor"],
        session=document["session"],
        undoes=tuple(document.get("undoes", ())),  # 0.1.0 wrote none
        redoes=tuple(document.get("redoes", ())),
    )
    at, reason = float(document["at"]), document["reason"]
    return Entry(entry_id, change, at, reason, document.get("bringing"))


def describe(entry: Entry) -> str:
    """The change in a few words: `save of prefer-pnpm.md (2026-11-20 02:31 UTC)`."""
    shown = ", ".join(entry.files[:3]) + (f" and {len(entry.files) - 3} more" if len(entry.files) > 3 else "")
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(max(0.0, entry.at)))
    return f"{entry.change.verb} of {shown} ({when})"
