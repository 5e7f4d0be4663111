"""The state of two memory directories made one: what is kept about the first is kept about the second too.

Every step leaves what it reads as it is and does nothing the second time, so that a union that was killed is
simply made again; who asked for it removes the first state when it is whole.

| kept | becomes |
| --- | --- |
| `inbox/` and below, but `shown` | both; of one proposal in both, or decided here, this directory's |
| `inbox/shown/`, `approved.json` | this directory's: what was shown or approved held for the other's files |
| `tombstones/` | both, each with the key that it was made with |
| `cursors/` | per session every turn that was looked at from either |
| `surfaced/` | per session everything that was shown from either |
| `backlog/` | both; of one session in both, what this directory has |
| `came`, `looked-into`, `not-anticipated`, `beside` | the lines of both |
| `anticipated.jsonl` | both; of one content in both, what this directory has |
| `sessions/` | both; of one session in both, what this directory has |
| `spool/` and everything else | both; of two files of one name, the second under a free name |
| the history | joined by `store.history.joining` |
| lock, journal, record of the project, `seen` | this directory's: they say nothing of the other's content |
"""

import os
from collections.abc import Callable

from memctl import places
from memctl.store.disk import files
from memctl.store.search import anticipated
from memctl.store.state import approved, cursors, tombstones
from memctl.store.state.delivery import LAST
from memctl.store.state.registry import FILE, stores

OWN = frozenset(
    (
        *("lock", "lock.queue", "review.lock", "review.lock.queue", "extract.lock", "anticipated.jsonl.lock"),
        *("dream.lock", "dream.lock.queue"),
        *("journal", FILE, "seen", "history.git", approved.NAME, LAST),
    )
)
"""What is about the place and not about the memories, or is joined elsewhere."""

LINES = ("came", "looked-into", "not-anticipated", "beside")
"""Files of lines, each of which says something by itself."""

FILE_MAX = 1 << 30
"""Bytes of one file of the state that are read."""

Join = Callable[[bytes, bytes], bytes]
"""(this directory's bytes, the other's) -> the bytes that say both."""


def join(source: str, target: str) -> None:
    """Take what the state folder `source` keeps into the state folder `target`. Raises OSError."""
    for name in sorted(_names(source)):
        if name not in OWN:
            _take(os.path.join(source, name), os.path.join(target, name), name)


def _take(source: str, target: str, name: str) -> None:
    """One thing of the state, into its place in the other one. memctl keeps folders and regular files
    only."""
    if os.path.islink(source) or name.endswith(".tmp") or name == "inbox/shown":
        return
    if os.path.isdir(source):
        places.make_private(target)
        for item in sorted(_names(source), key=lambda n: (n != "key", n)):  # first what others need
            _take(os.path.join(source, item), os.path.join(target, item), f"{name}/{item}")
        places.sync_folder(target)
    elif os.path.isfile(source):
        _take_file(source, target, name)


def _take_file(source: str, target: str, name: str) -> None:
    folder, _, last = name.rpartition("/")
    if folder == "inbox" and _is_settled(os.path.dirname(target), last):
        return
    if folder == "tombstones" and last != "key":
        _bury(source, target)
    elif not os.path.lexists(target):
        _link(source, target)
    elif folder in ("cursors", "surfaced") or name in ("anticipated.jsonl", *LINES):
        _join(source, target, _join_of(folder, name))
    elif (
        folder not in ("inbox", "inbox/decided", "inbox/rejected", "started", "tombstones", "backlog")
        and "sessions/" not in name
    ):
        _link_beside(source, target)


def _join_of(folder: str, name: str) -> Join:
    if folder == "cursors":
        return cursors.joined
    return _lines if folder == "surfaced" or name in LINES else _queries


def _names(folder: str) -> list[str]:
    try:
        return files.names(folder)
    except FileNotFoundError:
        return []


def _link(source: str, target: str) -> None:
    """The same file under a second name, with its time; a copy where there can be none."""
    try:
        os.link(source, target)
    except OSError:
        content, stat = files.read_regular(source, FILE_MAX)
        put(target, content)
        os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _link_beside(source: str, target: str) -> None:
    content = files.read_regular(source, FILE_MAX)[0]
    number, free = 1, target
    while os.path.lexists(free):
        if files.read_regular(free, FILE_MAX)[0] == content:
            return
        number += 1
        stem, dot, ending = target.rpartition(".")
        free = f"{stem}-{number}.{ending}" if dot and "/" not in ending else f"{target}-{number}"
    _link(source, free)


def put(path: str, content: bytes) -> None:
    """Put `content` at `path`, which lies in a state folder, durably. Raises OSError.

    Until it is whole it lies beside the journal, where the recovery of a killed command clears away.
    """
    state = os.path.dirname(path)
    while os.path.dirname(state) not in (stores(), state):
        state = os.path.dirname(state)
    new = os.path.join(state, f"{os.urandom(6).hex()}.tmp")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        files.write_all(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.rename(new, path)
    places.sync_folder(os.path.dirname(path))


def _is_settled(inbox: str, name: str) -> bool:
    """Whether this directory has decided on the proposal of that file name already."""
    buried = os.path.join(os.path.dirname(inbox), "tombstones", name)
    return os.path.exists(os.path.join(inbox, "decided", name)) or os.path.exists(buried)


def _bury(source: str, target: str) -> None:
    """A tombstone goes on under the key that it was made with."""
    if os.path.exists(target):
        return
    content = files.read_regular(source, FILE_MAX)[0]
    keys = [os.path.join(os.path.dirname(path), "key") for path in (source, target)]
    if all(map(os.path.exists, keys)):
        theirs, own = (files.read_regular(key, 64)[0] for key in keys)
        content = tombstones.with_key(content, theirs, own)
    put(target, content)


def _join(source: str, target: str, join: Join) -> None:
    theirs, stat = files.read_regular(source, FILE_MAX)
    ours, own_stat = files.read_regular(target, FILE_MAX)
    content = join(ours, theirs)
    if content == ours:
        return
    put(target, content)
    newest = max(stat.st_mtime_ns, own_stat.st_mtime_ns)  # when it was last shown
    os.utime(target, ns=(newest, newest))


def _lines(ours: bytes, theirs: bytes) -> bytes:
    known = ours.split(b"\n")
    new = [line for line in theirs.split(b"\n") if line and line not in known]
    return b"".join([ours, b"" if not ours or ours.endswith(b"\n") else b"\n", *(b + b"\n" for b in new)])


def _queries(ours: bytes, theirs: bytes) -> bytes:
    known = anticipated.parse(ours).keys()
    new = [line for line in theirs.split(b"\n") if anticipated.parse(line).keys() - known]
    return b"".join([ours, b"" if not ours or ours.endswith(b"\n") else b"\n", *(b + b"\n" for b in new)])
