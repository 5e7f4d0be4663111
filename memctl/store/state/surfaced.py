"""What a conversation has already been shown, so that it is not shown again.

One small file per session in the state directory of a memory directory: the relative paths of the shown
topic files, one a line, only ever appended to. On the hot path: imports nothing but os and hot
modules. A record that cannot be read or written is as good as none: showing a memory twice is
better than failing.
"""

import os

from memctl import places
from memctl.store.disk.files import read_regular

RECORD_MAX = 256 * 1024
"""Bytes of one session's record that are read."""

SESSIONS_KEPT = 200
"""Records kept per memory directory; the oldest go first."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def _folder(directory: str) -> str:
    return os.path.join(places.store_state(directory), "surfaced")


def _record(directory: str, session: str) -> str:
    """The record's path; the session id comes from outside, so only its hash names a file."""
    return os.path.join(_folder(directory), places.digest(session))


def seen(directory: str, session: str) -> frozenset[str]:
    """The topic files that `session` was shown, as paths relative to `directory`."""
    return frozenset(_read(_record(directory, session))) if session else frozenset()


def _read(path: str) -> list[str]:
    try:
        raw, _ = read_regular(path, RECORD_MAX)
    except OSError:
        return []
    return [line for line in os.fsdecode(raw).split("\n") if line]


def add(directory: str, session: str, files: "list[str] | tuple[str, ...]") -> None:
    """Remember that `session` was shown `files`."""
    if not session or not files:
        return
    text = "".join(file + "\n" for file in files if "\n" not in file)
    try:
        places.make_private(_folder(directory))
        handle = os.open(_record(directory, session), _FLAGS, 0o600)
        try:
            os.write(handle, os.fsencode(text))
        finally:
            os.close(handle)
    except OSError:
        return


def clear(directory: str, session: str) -> None:
    """Forget that `session` was shown anything: its context was compacted or cleared.

    That the memories were of use stays known: the record goes on under a name that no session has.
    """
    if not session:
        return
    record = _record(directory, session)
    try:
        os.rename(record, f"{record}.{os.urandom(6).hex()}")
    except OSError:
        return


def used(directory: str) -> dict[str, float]:
    """When each topic file was last shown in any session, in seconds since the epoch.

    Old records are removed on the way.
    """
    return {file: times[0] for file, times in uses(directory).items()}


def uses(directory: str) -> dict[str, list[float]]:
    """When each topic file was shown, once for each session of the last SESSIONS_KEPT, the newest first.

    Old records are removed on the way.
    """
    records = []
    try:
        with os.scandir(_folder(directory)) as found:
            records = [(item.stat(follow_symlinks=False).st_mtime, item.path) for item in found]
    except OSError:
        return {}
    records.sort(reverse=True)
    times: dict[str, list[float]] = {}
    for when, path in records[:SESSIONS_KEPT]:
        for file in set(_read(path)):
            times.setdefault(file, []).append(when)
    for _, path in records[SESSIONS_KEPT:]:
        try:
            os.unlink(path)
        except OSError:
            continue
    return times
