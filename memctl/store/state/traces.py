"""What the state directory still holds of something that is to be gone for good, and taking it out.

Beside the history, the journal and the search cache, which are seen to by their own rooms. Every file of the
state is looked at in the end: what still holds a line of it and cannot be erased is named, never passed over.
"""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from memctl import places
from memctl.domain.erasure import Erasure, hidden, tells
from memctl.domain.memory import stem
from memctl.format import topic
from memctl.store.disk import files
from memctl.store.state import approved, entries, leavings, session_traces, shown
from memctl.store.state.tombstones import Tombstones

_WHOLE = ("found", "unreadable")
"""Folders of files that nothing needs: what is kept of a killed writer for a person to look at."""

Finds = Callable[[bytes], bool]


def finder(erasure: Erasure) -> Finds:
    """Says of bytes whether they hold a line or a value of what is erased, in any form that memctl writes."""
    looked_for = needles(erasure.needles)
    return lambda raw: any(needle in raw for needle in looked_for)


def needles(texts: Iterable[str]) -> list[bytes]:
    """Every form in which memctl may have written one of `texts`."""
    return [form for text in texts for form in hidden(text)]


def holds(path: str, looked_for: list[bytes], sentences: tuple[bytes, ...] = ()) -> bool:
    """Whether the file holds one of these, read in parts. Raises OSError."""
    overlap = max([*map(len, looked_for), *(2 * len(one) for one in sentences)], default=1) - 1
    seen = b""
    for part in files.parts(path):
        seen += part
        if any(needle in seen for needle in looked_for) or tells(seen, sentences):
            return True
        seen = seen[max(0, len(seen) - overlap) :]
    return False


def below(folder: str) -> Iterator[str]:
    """Every file below `folder`, and every folder there that cannot be looked into."""
    closed: list[str] = []
    for at, _, names in os.walk(folder, onerror=lambda error: closed.append(error.filename)):
        yield from (os.path.join(at, name) for name in sorted(names))
    yield from (path for path in closed if os.path.lexists(path))


def erase(directory: str, erasure: Erasure, commits: dict[str, str]) -> list[str]:
    """Take it out of the inbox, what was decided, what was surfaced, and what recovery kept.

    `commits` are the old names of commits with their new ones, which entries mention. A proposal that would
    change an erased memory, or says a line of it, goes, and is remembered without its content as one that was
    rejected. Returns a few words on each that waited. Raises OSError, WriteFailed.
    """
    finds = finder(erasure)
    went: list[str] = []
    state = places.store_state(directory)
    for folder in (os.path.join(state, "inbox"), os.path.join(state, "inbox", "decided")):
        for path in _files(folder):
            went += _erase_entry(directory, path, erasure, finds, commits)
    went += _erase_rejected(state)
    for folder in (os.path.join(state, name) for name in _WHOLE):
        for path in _files(folder):
            if _goes_whole(path, erasure, finds):
                os.unlink(path)
    _erase_surfaced(os.path.join(state, "surfaced"), erasure)
    session_traces.erase(state, erasure, finds)
    files.discard(os.path.join(state, "seen"))  # names of files; made again from the history
    files.discard(os.path.join(state, "report.html"))  # made again by `report`
    for path in leavings.half_written(directory):
        os.unlink(path)
    _erase_seals(state)
    return went


def proposed_in(directory: str, names: set[str]) -> set[str]:
    """The ids of the sessions in which memories of these names were proposed, decided on or not."""
    inbox = os.path.join(places.store_state(directory), "inbox")
    found = (entries.read(path) for path in below(inbox) if path.endswith(".json"))
    return {
        e.proposal.session for e in found if e is not None and e.proposal.session and e.proposal.name in names
    }


def kept(directory: str) -> Iterator[str]:
    """Every file of the state, and of stores that were set aside."""
    state = places.store_state(directory)
    for top in (state, *_set_aside(state)):
        yield from below(top)


def set_aside(directory: str) -> list[str]:
    """The histories that were set aside: damaged ones, and those of a store that another one replaced."""
    state = places.store_state(directory)
    own = [os.path.join(state, name) for name in _listed(state) if name.startswith("history.git.")]
    others = [os.path.join(store, "history.git") for store in _set_aside(state)]
    return [path for path in (*own, *others) if os.path.isdir(path)]


def erase_set_aside(directory: str, erasure: Erasure) -> None:
    """Take out whole the small files of replaced stores that hold it. Raises OSError.

    What was to be decided on or written there may say more than a line: it stays, and is named, unless it is
    a proposal that says a line, or values are erased.
    """
    finds = finder(erasure)
    for store in _set_aside(places.store_state(directory)):
        _erase_rejected(store)
        for folder, folders, names in os.walk(store):
            folders[:] = [name for name in folders if not name.startswith("history.git")]
            stays = os.path.basename(folder) in ("inbox", "spool", "journal") and not erasure.values
            for path in (os.path.join(folder, name) for name in names):
                entry = entries.read(path) if stays else None
                if (erasure.is_known and not stays and finds(_read(path))) or (
                    entry is not None and erasure.says(entry.proposal.description, entry.proposal.body)
                ):
                    os.unlink(path)


def _set_aside(state: str) -> list[str]:
    stores, key = os.path.split(state)
    return [os.path.join(stores, name) for name in _listed(stores) if name.startswith(key + ".before-")]


def _erase_entry(
    directory: str, path: str, erasure: Erasure, finds: Finds, commits: dict[str, str]
) -> list[str]:
    raw = _read(path)
    document = _json(raw)
    holds = finds(raw)
    entry = entries.read(path)
    if entry is not None and not erasure.values:
        proposal = entry.proposal
        waits = os.path.basename(os.path.dirname(path)) == "inbox"
        about = {target.name for target in proposal.targets} | (set() if waits else {proposal.name})
        is_about = not about.isdisjoint(map(stem, gone(directory, erasure)))
        if is_about or erasure.says(proposal.description, proposal.body):
            Tombstones(directory).bury(proposal, "erased", time.time())
            os.unlink(path)
            return [f"the proposal {proposal.name}"] if waits else []
    elif holds and (document is None or (not erasure.values and erasure.is_known)):
        os.unlink(path)  # nothing that anyone could decide on
        return []
    if document is not None:
        new = json.dumps(_replaced(document, erasure, commits), ensure_ascii=False, indent=1) + "\n"
        if new.encode("utf-8", "surrogatepass") != raw:
            files.write_private(path, new.encode("utf-8", "surrogatepass"))
    return []


def gone(directory: str, erasure: Erasure) -> set[str]:
    """The files that mean an erased memory: not a former name that another one has now."""
    present = {file for file in erasure.files if os.path.lexists(os.path.join(directory, file))}
    return {*erasure.names} | ({*erasure.files} - present)


def _erase_rejected(state: str) -> list[str]:
    """Take out the texts of all rejected proposals: one may say what is erased in other words, by which it is
    not known again, and nobody needs them. The tombstones stay."""
    paths = list(_files(os.path.join(state, "inbox", "rejected")))
    for path in paths:
        os.unlink(path)
    return ["the texts of rejected proposals"] if paths else []


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
    names = {os.fsencode(file) for file in erasure.files}
    for path in _files(folder):
        lines = _read(path).split(b"\n")
        kept = [line for line in lines if line not in names and erasure.clean(line) == line]
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


def _goes_whole(path: str, erasure: Erasure, finds: Finds) -> bool:
    """Whether what a killed writer left is, or says, what is erased."""
    raw = _read(path)
    if erasure.values:
        return finds(raw)
    if os.path.basename(os.path.dirname(path)) == "found":
        memory = topic.decode(raw, "")
        return erasure.says(memory.description, memory.body)
    named = any(json.dumps(file).encode() in raw for file in erasure.files)
    return named or (erasure.is_known and finds(raw))


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
        return files.read_regular(path, files.BODY_MAX)[0]
    except OSError:
        return b""
