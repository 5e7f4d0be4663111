"""The state of two memory directories made one: what is kept about the first is kept about the second too.

Every step leaves what it reads as it is and does nothing the second time, so that a union that was killed is
simply made again; who asked for it removes the first state when it is whole.

| kept | becomes |
| --- | --- |
| `inbox/`, `inbox/decided/` | both; of one proposal in both, or decided here, this directory's |
| `tombstones/` | both, each with the key that it was made with |
| `cursors/` | per session every turn that was looked at from either |
| `surfaced/` | per session everything that was shown from either |
| `anticipated.jsonl` | both; of one content in both, what this directory has |
| `spool/` and everything else | both; of two files of one name, the second under a free name |
| the history | joined by `store.history.joining` |
| lock, journal, record of the project, `seen` | this directory's: they say nothing of the other's content |
"""

import os
from collections.abc import Callable

from memctl import places
from memctl.store.disk import files
from memctl.store.search import anticipated
from memctl.store.state import cursors, tombstones
from memctl.store.state.registry import FILE

OWN = frozenset(
    ("lock", "lock.queue", "journal", FILE, "seen", "history.git", "extract.lock", "anticipated.jsonl.lock")
)
"""What is about the place and not about the memories, or is joined elsewhere."""

FILE_MAX = 1 << 30
"""Bytes of one file of the state that are read."""

Join = Callable[[bytes, bytes], bytes]
"""(this directory's bytes, the other's) -> the bytes that say both."""


def join(source: str, target: str) -> None:
    """Take what the state folder `source` keeps into the state folder `target`. Raises OSError."""
    for name in sorted(_names(source)):
        if name not in OWN and not name.endswith(".tmp"):
            _take(os.path.join(source, name), os.path.join(target, name), name)


def _take(source: str, target: str, name: str) -> None:
    """One thing of the state, into its place in the other one."""
    if os.path.isdir(source) and not os.path.islink(source):
        places.make_private(target)
        for item in sorted(_names(source), key=lambda n: (n != "key", n)):  # before what was made with it
            if not item.endswith(".tmp"):
                _take(os.path.join(source, item), os.path.join(target, item), f"{name}/{item}")
        places.sync_folder(target)
        return
    if os.path.islink(source) or not os.path.isfile(source):
        return  # memctl keeps nothing of that kind
    folder, _, last = name.rpartition("/")
    if folder == "inbox" and _is_settled(os.path.dirname(target), last):
        return
    if folder == "tombstones":
        _bury(source, target, last)
    elif not os.path.lexists(target):
        _copy(source, target)
    elif folder in ("cursors", "surfaced") or name == "anticipated.jsonl":
        _write_joined(source, target, {"cursors": cursors.joined, "surfaced": _lines}.get(folder, _queries))
    elif folder not in ("inbox", "inbox/decided", "started"):
        _copy_beside(source, target)


def _names(folder: str) -> list[str]:
    try:
        return files.names(folder)
    except FileNotFoundError:
        return []


def _copy(source: str, target: str) -> None:
    """A second name for the same bytes, or a copy of them: state is only ever replaced, but for
    `surfaced`."""
    content, stat = files.read_regular(source, FILE_MAX)
    files.write_private(target, content)
    os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _copy_beside(source: str, target: str) -> None:
    content = files.read_regular(source, FILE_MAX)[0]
    stem, dot, ending = target.rpartition(".")
    number, free = 1, target
    while os.path.lexists(free):
        if files.read_regular(free, FILE_MAX)[0] == content:
            return
        number += 1
        free = f"{stem}-{number}.{ending}" if dot and "/" not in ending else f"{target}-{number}"
    _copy(source, free)


def _is_settled(inbox: str, name: str) -> bool:
    """Whether this directory has decided on the proposal of that file name already."""
    buried = os.path.join(os.path.dirname(inbox), "tombstones", name)
    return os.path.exists(os.path.join(inbox, "decided", name)) or os.path.exists(buried)


def _bury(source: str, target: str, name: str) -> None:
    """A tombstone goes on under the key that it was made with; the key itself only where there is none
    yet."""
    if name == "key":
        if not os.path.exists(target):
            _copy(source, target)
    elif not os.path.exists(target):
        content = files.read_regular(source, FILE_MAX)[0]
        key = os.path.join(os.path.dirname(source), "key")
        own = os.path.join(os.path.dirname(target), "key")
        if os.path.exists(key) and os.path.exists(own):
            keys = (files.read_regular(key, 64)[0], files.read_regular(own, 64)[0])
            content = tombstones.with_key(content, *keys)
        files.write_private(target, content)


def _write_joined(source: str, target: str, join: Join) -> None:
    theirs, stat = files.read_regular(source, FILE_MAX)
    ours, own_stat = files.read_regular(target, FILE_MAX)
    content = join(ours, theirs)
    if content != ours:
        files.write_private(target, content)
        newest = max(stat.st_mtime_ns, own_stat.st_mtime_ns)  # when it was last shown
        os.utime(target, ns=(newest, newest))


def _lines(ours: bytes, theirs: bytes) -> bytes:
    known = ours.split(b"\n")
    new = [line for line in theirs.split(b"\n") if line and line not in known]
    return b"".join([ours, b"" if not ours or ours.endswith(b"\n") else b"\n", *(b + b"\n" for b in new)])


def _queries(ours: bytes, theirs: bytes) -> bytes:
    known = anticipated.keys(ours)
    new = [line for line in theirs.split(b"\n") if anticipated.keys(line) - known]
    return b"".join([ours, b"" if not ours or ours.endswith(b"\n") else b"\n", *(b + b"\n" for b in new)])
