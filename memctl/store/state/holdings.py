"""What of the state goes into a backup, and putting it back beside what is there.

Everything but what is derived (`seen`, locks, markers, what was read of sessions; their memories, in which a
person may have written, are in it), what concerns sessions that run now, and what was
shown or approved (`inbox/shown`, `approved.json`), which held for the files of then. What is there already is
never replaced, whoever put it there in the meantime: of two entries of one name the one that is there stays.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from memctl import places
from memctl.domain.times import write_second
from memctl.store.disk import files, lock
from memctl.store.search import anticipated
from memctl.store.state import entries, tombstones

QUERIES = "anticipated.jsonl"
KEY = "tombstones/key"

_FOLDERS = {
    "inbox": re.compile(r"[0-9a-f]{4,40}\.json"),
    "inbox/decided": re.compile(r"[0-9a-f]{4,40}\.json"),
    "inbox/rejected": re.compile(r"[0-9a-f]{4,40}\.json"),
    "tombstones": re.compile(r"[0-9a-f]{4,40}\.json|key"),
    "cursors": re.compile(r"[0-9a-f]{4,64}"),
    "spool": re.compile(r"[0-9a-f]{4,40}\.json"),
}
"""Folder of the state -> the names that memctl gives files there."""

_SESSION = re.compile(r"(sessions/[0-9a-f]{24})/(?:summary\.(?:md|json)|versions/[0-9]{6,9}\.md)")
"""The memory of a session, in which a person may have written, and its versions: path -> its folder."""

_EACH_MAX = 64 * 1024 * 1024

Held = tuple[str, bytes]


def held(directory: str) -> Iterator[Held]:
    """(path below the state, content) of each file that belongs into a backup, in order of the paths."""
    state = places.store_state(directory)
    for folder, names in _FOLDERS.items():
        for name in _names(os.path.join(state, folder)):
            if names.fullmatch(name):
                yield f"{folder}/{name}", files.read_regular(os.path.join(state, folder, name), _EACH_MAX)[0]
    for path in _session_files(state):
        yield path, files.read_regular(os.path.join(state, path), _EACH_MAX)[0]
    if os.path.exists(os.path.join(state, QUERIES)):
        yield QUERIES, files.read_regular(os.path.join(state, QUERIES), anticipated.SIZE_MAX)[0]


def put_back(directory: str, found: Iterable[Held], now: float) -> None:
    """Put back what is not there; nobody decides on the inbox meanwhile. Raises OSError, Locked."""
    state = places.make_private(places.store_state(directory))
    with lock.held(directory, "restore", name="review.lock"):
        _put_back(directory, state, found, now)


def _session_files(state: str) -> Iterator[str]:
    """The paths of what belongs to the memories of sessions, in order."""
    try:
        folders = sorted(os.listdir(os.path.join(state, "sessions")))
    except OSError:
        return
    for name in folders:
        for folder in (f"sessions/{name}", f"sessions/{name}/versions"):
            paths = (f"{folder}/{file}" for file in _names(os.path.join(state, folder)))
            yield from filter(_SESSION.fullmatch, paths)


def _put_back(directory: str, state: str, found: Iterable[Held], now: float) -> None:
    there = {path.rpartition("/")[0].removesuffix("/versions") for path in _session_files(state)}
    for path, content in _with_own_key(state, dict(found)).items():
        folder, _, name = path.rpartition("/")
        session = _SESSION.fullmatch(path)
        if session and session[1] not in there:  # versions of two texts are not mixed
            whole_folder = places.make_private(os.path.join(state, folder))
            files.create_private(os.path.join(whole_folder, name), content)
        if path == QUERIES:
            _put_queries(directory, content, now)
        elif folder in _FOLDERS and _FOLDERS[folder].fullmatch(name):
            whole = _unapproved(name, content) if folder.startswith("inbox") else content
            if whole is not None:
                files.create_private(
                    os.path.join(places.make_private(os.path.join(state, folder)), name), whole
                )


def _with_own_key(state: str, given: dict[str, bytes]) -> dict[str, bytes]:
    """`given`, with the key of the rejections first: where there is one already, each keeps its own."""
    key = given.pop(KEY, None)
    if key is None:
        return given
    try:
        own = files.read_regular(os.path.join(state, *KEY.split("/")), 64)[0]
    except FileNotFoundError:
        return {KEY: key} | given
    for path in (name for name in given if name.startswith("tombstones/")):
        given[path] = tombstones.with_key(given[path], key, own)
    return given


def _unapproved(name: str, content: bytes) -> bytes | None:
    """A proposal as it waits, without a verdict: what a file says was approved is none. None for no entry."""
    entry = entries.decode(name, content)
    if entry is None or entry.approval is None:
        return None if entry is None else content
    return entries.encode(replace(entry, approval=None))


def _put_queries(directory: str, content: bytes, now: float) -> None:
    """Those of contents that have none here; of a line only what memctl writes there is believed."""
    path = places.queries_file(directory)
    there = anticipated.read(path)
    about = {"model": "backup", "at": write_second(now)}
    found = {key: line for key, line in anticipated.parse(content).items() if key not in there}
    anticipated.put(path, [{**line, **about} for line in found.values() if line["queries"]])


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in files.names(folder) if os.path.isfile(os.path.join(folder, name)))
    except OSError:
        return []
