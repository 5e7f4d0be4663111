"""What the state directory still holds of something that is to be gone for good, and taking it out.

Beside the history, the journal and the search cache, which are seen to by their own rooms. Every file of the
state is looked at in the end: what still holds a line of it and cannot be erased is named, never passed over.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from memctl import places
from memctl.domain.erasure import Erasure, hidden
from memctl.domain.memory import stem
from memctl.store.disk import files
from memctl.store.state import approved, entries, leavings, shown
from memctl.store.state.tombstones import Tombstones

READ_MAX = 1 << 30
"""Bytes of a file of the state that are looked at."""

_WHOLE = ("found", "unreadable")
"""Folders of files that nothing needs: what is kept of a killed writer for a person to look at."""

Finds = Callable[[bytes], bool]


def finder(erasure: Erasure) -> Finds:
    """Says of bytes whether they hold a line or a value of what is erased, in any form that memctl writes."""
    needles = [form for text in erasure.needles for form in hidden(text)]
    return lambda raw: any(needle in raw for needle in needles)


def erase(directory: str, erasure: Erasure, commits: dict[str, str]) -> None:
    """Take it out of the inbox, what was decided, what was surfaced, and what recovery kept.

    `commits` are the old names of commits with their new ones, which entries mention. A proposal about an
    erased memory goes, and is remembered without its content as one that was rejected. Raises OSError,
    WriteFailed.
    """
    finds = finder(erasure)
    state = places.store_state(directory)
    for folder in (os.path.join(state, "inbox"), os.path.join(state, "inbox", "decided")):
        for path in _files(folder):
            _erase_entry(directory, path, erasure, finds, commits)
    for folder in (os.path.join(state, name) for name in _WHOLE):
        for path in _files(folder):
            if finds(_read(path)) or _names(path, erasure):
                os.unlink(path)
    _erase_surfaced(os.path.join(state, "surfaced"), erasure)
    files.discard(os.path.join(state, "seen"))  # names of files; made again from the history
    for path in leavings.half_written(directory):
        os.unlink(path)
    _erase_seals(state)


def left(directory: str, erasure: Erasure) -> list[str]:
    """The files of the state that still hold it, and folders that were set aside and could not be looked
    into: for the person to remove."""
    finds = finder(erasure)
    state = places.store_state(directory)
    found = []
    for top in (state, *_set_aside(state)):
        for folder, _, names in os.walk(top):
            paths = [os.path.join(folder, name) for name in sorted(names)]
            found += [path for path in paths if finds(_read(path))]
    return found


def set_aside(directory: str) -> list[str]:
    """The histories that were set aside: damaged ones, and those of a store that another one replaced."""
    state = places.store_state(directory)
    own = [os.path.join(state, name) for name in _listed(state) if name.startswith("history.git.")]
    others = [os.path.join(store, "history.git") for store in _set_aside(state)]
    return [path for path in (*own, *others) if os.path.isdir(path)]


def erase_set_aside(directory: str, erasure: Erasure) -> None:
    """Take out whole the small files of replaced stores that hold it. Raises OSError."""
    finds = finder(erasure)
    for store in _set_aside(places.store_state(directory)):
        for folder, folders, names in os.walk(store):
            folders[:] = [name for name in folders if not name.startswith("history.git")]
            for path in (os.path.join(folder, name) for name in names):
                if finds(_read(path)):
                    os.unlink(path)


def _set_aside(state: str) -> list[str]:
    stores, key = os.path.split(state)
    return [os.path.join(stores, name) for name in _listed(stores) if name.startswith(key + ".before-")]


def _erase_entry(directory: str, path: str, erasure: Erasure, finds: Finds, commits: dict[str, str]) -> None:
    raw = _read(path)
    document = _json(raw)
    holds = finds(raw)
    entry = entries.read(path)
    about = {stem(file) for file in erasure.files}
    if entry is not None and not erasure.values:
        proposal = entry.proposal
        if holds or proposal.name in about or about & {target.name for target in proposal.targets}:
            Tombstones(directory).bury(proposal, "erased", time.time())
            os.unlink(path)
            return
    elif holds and (document is None or not erasure.values):
        os.unlink(path)  # nothing that anyone could decide on
        return
    if document is not None:
        new = json.dumps(_replaced(document, erasure, commits), ensure_ascii=False, indent=1) + "\n"
        if new.encode("utf-8", "surrogatepass") != raw:
            files.write_private(path, new.encode("utf-8", "surrogatepass"))


def _replaced(value: Any, erasure: Erasure, commits: dict[str, str]) -> Any:
    if isinstance(value, str):
        return commits.get(value, erasure.clean_text(value))
    if isinstance(value, list):
        return [_replaced(item, erasure, commits) for item in value]
    if isinstance(value, dict):
        return {
            _replaced(key, erasure, commits): _replaced(item, erasure, commits) for key, item in value.items()
        }
    return value


def _erase_surfaced(folder: str, erasure: Erasure) -> None:
    gone = {os.fsencode(file) for file in erasure.files}
    for path in _files(folder):
        lines = _read(path).split(b"\n")
        kept = [line for line in lines if line not in gone and erasure.clean(line) == line]
        if kept != lines:
            files.write_private(path, b"\n".join(kept))


def _erase_seals(state: str) -> None:
    """Take out the seals and approvals of proposals that went: hashes of what they said."""
    inbox = os.path.join(state, "inbox")
    for path in _files(shown.folder(inbox)):
        if not os.path.exists(entries.path(inbox, os.path.basename(path))):
            os.unlink(path)
    given = os.path.join(state, approved.NAME)
    document = _json(_read(given))
    kept = document.get("approvals") if isinstance(document, dict) else None
    if isinstance(kept, dict):
        waiting = {key: kept[key] for key in kept if os.path.exists(entries.path(inbox, key))}
        if waiting != kept:
            content = json.dumps({**document, "approvals": waiting}, indent=1).encode() + b"\n"
            files.write_private(given, content)


def _names(path: str, erasure: Erasure) -> bool:
    raw = _read(path)
    return any(json.dumps(file).encode() in raw for file in erasure.files)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None


def _files(folder: str) -> Iterator[str]:
    for name in _listed(folder):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and not os.path.islink(path):
            yield path


def _listed(folder: str) -> list[str]:
    try:
        return sorted(files.names(folder))
    except OSError:
        return []


def _read(path: str) -> bytes:
    try:
        return files.read_regular(path, READ_MAX)[0]
    except OSError:
        return b""
