"""What is kept of each session of a memory directory: a private folder each, below `sessions/`.

`gathered.json` is what was read of it, so that it is not read twice; what else is made of a session lies
beside it and goes with it. All of it is derived: what is damaged, or of another version, counts as missing.
Values of secrets are known again in it by digests under a random key of each session, which lies there too.
"""

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from memctl import places
from memctl.domain.transcript import Session
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed
from memctl.store.state import delivery

VERSION = 2
"""Of what is gathered; an older one is read anew."""

STATE_MAX = 32 * 1024 * 1024
"""Bytes of one session's state that are read."""

KEY_BYTES = 32

DAY = 86_400

_GATHERED = "gathered.json"
_KEY = "key"
_SWEPT = "swept"


@dataclass(frozen=True)
class State:
    """What is kept of one session: by which agent, its id, how many turns were read, when."""

    agent: str
    session: str
    turns: int
    at: float


class SessionStates:
    """The states of one memory directory."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self.folder = os.path.join(places.store_state(directory), "sessions")

    def folder_of(self, agent: str, session: str) -> str:
        """Where what belongs to a session lies: by agent and id, so that a session file may be moved."""
        return delivery.folder(self._directory, agent, session)

    def key(self, session: Session) -> bytes:
        """The key of the digests in what is gathered of `session`; a new one where none is kept yet."""
        try:
            found, _ = files.read_regular(os.path.join(self.folder_of(session.agent, session.id), _KEY), 64)
        except (OSError, ValueError):
            found = b""
        return found if len(found) == KEY_BYTES else os.urandom(KEY_BYTES)

    def load(self, session: Session, key: bytes) -> dict[str, Any] | None:
        """What was gathered of `session` under `key`, None when there is nothing that counts."""
        found = _read(self.folder_of(session.agent, session.id))
        kept = found.get("kept")
        return kept if isinstance(kept, dict) and found.get("key") == _mark(key) else None

    def keep(self, session: Session, kept: dict[str, Any], key: bytes, turns: int, now: float) -> None:
        """Keep it durably, with its key. Raises WriteFailed."""
        about = {"version": VERSION, "agent": session.agent, "session": session.id, "turns": turns, "at": now}
        content = json.dumps(about | {"key": _mark(key), "kept": kept}, ensure_ascii=False)
        folder = self.folder_of(session.agent, session.id)
        try:
            places.make_private(folder)
            if self.key(session) != key:
                files.write_private(os.path.join(folder, _KEY), key)
            files.write_private(os.path.join(folder, _GATHERED), content.encode("utf-8", "replace"))
        except OSError as error:
            raise write_failed(error, folder) from error

    def all(self) -> list[State]:
        """Every session of which something is kept, the latest first."""
        found = []
        for name in _names(self.folder):
            about = _read(os.path.join(self.folder, name))
            if about:
                values = about.get("agent"), about.get("session"), about.get("turns"), about.get("at")
                agent, session, turns, at = values
                if isinstance(agent, str) and isinstance(session, str):
                    read = turns if isinstance(turns, int) else 0
                    found.append(State(agent, session, read, at if isinstance(at, float) else 0.0))
        return sorted(found, key=lambda state: state.at, reverse=True)

    def forget(self, agent: str, session: str) -> bool:
        """Remove all that is kept of a session; whether there was anything. Raises WriteFailed."""
        folder = self.folder_of(agent, session)
        if not os.path.lexists(folder):
            return False
        try:
            if delivery.left_open(self._directory, 0)[0] == session[: delivery.ID]:
                os.unlink(delivery.last_file(self._directory))
            shutil.rmtree(folder)
        except OSError as error:
            raise write_failed(error, folder) from error
        return True

    def sweep(self, now: float, days: float) -> int:
        """Remove the sessions that were not written to for `days` (0: none), at most once a day; how many.

        The marks of what hooks started go likewise: the longest that any of them counts is a day.
        """
        mark = os.path.join(self.folder, _SWEPT)
        if days <= 0 or now - _changed(mark) < DAY or not os.path.isdir(self.folder):
            return 0
        gone = 0
        for name in _names(self.folder):
            folder = os.path.join(self.folder, name)
            if name != _SWEPT and now - _latest(folder) > days * DAY:
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
        _remove_older(places.started_markers(self._directory), now - days * DAY)
        try:
            files.write_private(mark, b"")
            os.utime(mark, (now, now))
        except OSError:
            pass  # the next one sweeps again
        return gone


def _mark(key: bytes) -> str:
    """By which a key is known again: two that write at once leave nothing under the other's key."""
    return places.blake2b(b"", digest_size=12, key=key).hexdigest()


def _read(folder: str) -> dict[str, Any]:
    try:
        raw, _ = files.read_regular(os.path.join(folder, _GATHERED), STATE_MAX)
        found = json.loads(raw)
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and found.get("version") == VERSION else {}


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _remove_older(folder: str, time: float) -> None:
    """Remove the files of `folder` that were written before `time`; what cannot be removed stays."""
    for name in _names(folder):
        path = os.path.join(folder, name)
        if _changed(path) < time:
            with suppress(OSError):
                os.unlink(path)


def _latest(folder: str) -> float:
    """When anything in `folder` was written to last."""
    return max((_changed(os.path.join(folder, name)) for name in _names(folder)), default=_changed(folder))


def _changed(path: str) -> float:
    try:
        return os.stat(path, follow_symlinks=False).st_mtime
    except OSError:
        return 0.0
