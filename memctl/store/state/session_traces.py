"""Taking what is to be gone for good out of what was kept of sessions.

It is derived and made again from their transcripts, but for what a person wrote into a session memory: of
that the lines alone go that hold it.
"""

import json
import os
from collections.abc import Callable

from memctl import places
from memctl.domain.erasure import Erasure, tells
from memctl.store.disk import files
from memctl.store.state import delivery

_NEEDED = ("key", "lock", "swept", "summary.json")
"""What says nothing, or by digests alone, and what is left of a session memory needs."""

Finds = Callable[[bytes], bool]


def erase(state: str, erasure: Erasure, finds: Finds) -> None:
    """Take it out of the sessions that it came from, and of those that say a sentence of it.

    Raises OSError.
    """
    sentences = erasure.sentences

    def says(raw: bytes) -> bool:
        return finds(raw) or tells(raw, sentences)

    for folder, _, names in os.walk(os.path.join(state, "sessions")):
        if os.path.basename(folder) != "versions":
            paths = [os.path.join(folder, name) for name in names]
            old = os.path.join(folder, "versions")
            paths += [os.path.join(old, name) for name in _listed(old)]
            if _is_of(folder, erasure.sessions) or any(says(_read(path)) for path in paths):
                _clear(folder, paths, says)
    last = os.path.join(state, delivery.LAST)
    raw = _read(last)
    ids = {session[: delivery.ID].encode() for session in erasure.sessions}
    if says(raw) or not ids.isdisjoint(raw.split(b"\n")):
        files.discard(last)


def _is_of(folder: str, sessions: tuple[str, ...]) -> bool:
    session = _document(os.path.join(folder, "gathered.json")).get("session")
    return isinstance(session, str) and session in sessions


def _clear(folder: str, paths: list[str], says: Finds) -> None:
    listed = _document(os.path.join(folder, "summary.json")).get("derived")
    derived = {str(one) for one in listed} if isinstance(listed, list) else set()
    for path in paths:
        if path.endswith(".md"):
            raw = _read(path)
            kept = b"\n".join(
                line for line in raw.split(b"\n") if not says(line) and not _is_derived(line, derived)
            )
            if kept != raw:
                files.write_private(path, kept)
        elif os.path.basename(path) not in _NEEDED or says(_read(path)):
            files.discard(path)


def _is_derived(line: bytes, derived: set[str]) -> bool:
    return bool(line.strip()) and places.digest(line.decode("utf-8", "replace")) in derived


def _document(path: str) -> dict[str, object]:
    try:
        found = json.loads(_read(path))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _listed(folder: str) -> list[str]:
    try:
        return files.names(folder)
    except OSError:
        return []


def _read(path: str) -> bytes:
    try:
        return files.read_regular(path, files.BODY_MAX)[0]
    except OSError:
        return b""
