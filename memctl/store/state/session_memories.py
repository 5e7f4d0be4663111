"""The session memory on disk: `summary.md` in the folder of its session, with the versions before it.

A person may open and edit the file. It is replaced as a whole, so that a killed writer leaves the old one,
and what it replaces is kept as a version.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from memctl import places
from memctl.domain.transcript import Session
from memctl.errors import Locked
from memctl.store.disk import files, flock
from memctl.store.disk.oserrors import write_failed
from memctl.store.state.sessions import SessionStates

FILE = "summary.md"

_ABOUT = "summary.json"
_VERSIONS = "versions"

VERSIONS_KEPT = 20
"""Earlier versions that can be undone; the oldest go first."""

SIZE_MAX = 1024 * 1024
"""Bytes that are read of a text that a person may have edited; one of ours has about 50,000."""


class SessionMemory:
    """That of one session."""

    def __init__(self, states: SessionStates, session: Session) -> None:
        self.folder = states.folder_of(session.agent, session.id)
        self.path = os.path.join(self.folder, FILE)

    @contextmanager
    def locked(self, wait: float) -> Iterator[None]:
        """One writer at a time. Raises Locked after `wait` seconds, WriteFailed."""
        try:
            places.make_private(self.folder)
            handle = flock.take(os.path.join(self.folder, "lock"), wait)
        except OSError as error:
            raise write_failed(error, self.folder) from error
        if handle is None:
            raise Locked("the session memory is being updated", hint="try again when it is done")
        try:
            yield
        finally:
            os.close(handle)

    def text(self) -> str:
        """What stands there; "" where nothing does."""
        try:
            raw, _ = files.read_regular(self.path, SIZE_MAX)
        except OSError:
            return ""
        return raw.decode("utf-8", "replace")

    def about(self) -> dict[str, Any]:
        """What was noted with the last version."""
        try:
            raw, _ = files.read_regular(os.path.join(self.folder, _ABOUT), SIZE_MAX)
            found = json.loads(raw)
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def note(self, about: dict[str, Any]) -> None:
        """Keep `about`. Raises WriteFailed."""
        try:
            files.write_private(os.path.join(self.folder, _ABOUT), json.dumps(about).encode())
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def write(self, text: str) -> None:
        """Replace the text; the one before is kept as a version. Raises WriteFailed."""
        before = self.text()
        try:
            if before:
                folder = places.make_private(os.path.join(self.folder, _VERSIONS))
                numbers = self._versions()
                name = f"{numbers[-1] + 1 if numbers else 1:06}.md"
                files.write_private(os.path.join(folder, name), before.encode("utf-8"))
                for number in numbers[: len(numbers) + 1 - VERSIONS_KEPT]:
                    files.discard(os.path.join(folder, f"{number:06}.md"))
            files.write_private(self.path, text.encode("utf-8", "replace"))
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def undo(self) -> bool:
        """Put the version before back, in one step; whether there was one. Raises WriteFailed."""
        numbers = self._versions()
        if not numbers:
            return False
        try:
            os.replace(os.path.join(self.folder, _VERSIONS, f"{numbers[-1]:06}.md"), self.path)
            places.sync_folder(self.folder)
        except OSError as error:
            raise write_failed(error, self.folder) from error
        return True

    def _versions(self) -> list[int]:
        try:
            names = files.names(os.path.join(self.folder, _VERSIONS))
        except OSError:
            return []
        return sorted(int(name[:-3]) for name in names if name.endswith(".md") and name[:-3].isdigit())
