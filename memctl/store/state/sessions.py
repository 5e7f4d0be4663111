"""What was gathered of each session of a memory directory, so that it is not read twice.

One file for each session, private and whole or not there at all. It is derived: what is damaged, or of
another version, counts as missing, and the session is read again.
"""

import json
import os
from typing import Any

from memctl import places
from memctl.domain.transcript import Session
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed

VERSION = 1
"""Of what is kept; an older one is read anew."""

STATE_MAX = 32 * 1024 * 1024
"""Bytes of one session's state that are read."""

SWEPT = "swept"
"""The file whose time says when the folder was last looked through."""

DAY = 86_400


class SessionStates:
    """The states of one memory directory."""

    def __init__(self, directory: str) -> None:
        self.folder = os.path.join(places.store_state(directory), "sessions")

    def load(self, session: Session) -> dict[str, Any] | None:
        """What was kept of `session`, None when there is nothing that counts."""
        try:
            raw, _ = files.read_regular(self._path(session), STATE_MAX)
            found = json.loads(raw)
        except (OSError, ValueError, RecursionError):
            return None
        right = isinstance(found, dict) and found.get("version") == VERSION
        return found["kept"] if right and isinstance(found.get("kept"), dict) else None

    def keep(self, session: Session, kept: dict[str, Any], now: float) -> None:
        """Keep it durably. Raises WriteFailed."""
        about = {"version": VERSION, "agent": session.agent, "session": session.id, "at": now, "kept": kept}
        content = json.dumps(about, ensure_ascii=False).encode("utf-8", "replace")
        try:
            places.make_private(self.folder)
            files.write_private(self._path(session), content)
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def forget(self, session: Session) -> bool:
        """Remove what was kept of `session`; whether there was anything. Raises WriteFailed."""
        try:
            os.unlink(self._path(session))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise write_failed(error, self.folder) from error
        return True

    def sweep(self, now: float, days: float) -> int:
        """Remove what was not looked at for `days` (0: nothing), at most once a day; gives how many files."""
        mark = os.path.join(self.folder, SWEPT)
        if days <= 0 or now - _changed(mark) < DAY or not os.path.isdir(self.folder):
            return 0
        gone = 0
        try:
            for name in os.listdir(self.folder):
                path = os.path.join(self.folder, name)
                if name != SWEPT and now - _changed(path) > days * DAY:
                    os.unlink(path)
                    gone += 1
            files.write_private(mark, b"")
            os.utime(mark, (now, now))
        except OSError:
            pass  # another process sweeps as well, or the next one will
        return gone

    def _path(self, session: Session) -> str:
        """By agent and session id, so that a session file may be moved."""
        return os.path.join(self.folder, places.digest(f"{session.agent}\0{session.id}") + ".json")


def _changed(path: str) -> float:
    try:
        return os.stat(path, follow_symlinks=False).st_mtime
    except OSError:
        return 0.0
