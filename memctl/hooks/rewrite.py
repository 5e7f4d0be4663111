"""One file outside memctl's own directories that is to be changed: its text before and after.

A rewrite is made first and carried out later, so that its diff can be shown in between.
"""

import os
from dataclasses import dataclass

from memctl import places
from memctl.errors import Conflict, MemctlError, Refused, WriteFailed
from memctl.store.disk import files

FILE_MAX = 4 * 1024 * 1024
"""Bytes of a settings file or hook that is edited; a larger one is none."""


@dataclass(frozen=True)
class Rewrite:
    """One file's text before and after; None is a file that does not exist."""

    path: str
    before: str | None
    after: str | None
    moves: tuple[tuple[str, str], ...] = ()  # (from, to) of files that step aside for it or come back
    executable: bool = False

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return self.before != self.after or bool(self.moves)

    def carry_out(self) -> None:
        """Make the file what this says, if it still is what this was made from.

        Raises Conflict when it is not, WriteFailed when the disk refuses; the file is then as it was.
        """
        if read(self.path) != self.before:
            raise Conflict(f"{self.path} was changed meanwhile", hint="run the command again")
        if not self.changes:
            return
        try:
            self._write()
        except OSError as error:
            raise WriteFailed(f"{self.path}: {error.strerror}", hint="nothing was changed") from None

    def _write(self) -> None:
        if self.after is None:
            os.unlink(self.path)
        for old, new in self.moves:
            os.rename(old, new)
        if self.after is not None:
            _replace(self.path, self.after.encode(), 0o755 if self.executable else None)


def inside(path: str, root: str) -> str:
    """`path` with links resolved. Raises Refused when a link in the project leads out of it."""
    real = os.path.realpath(path)
    if os.path.commonpath([real, os.path.realpath(root)]) != os.path.realpath(root):
        raise Refused(f"{path} leads out of the project, to {real}", hint="remove that link", slug="link")
    return real


def read(path: str) -> str | None:
    """The text of a settings file or hook; None when there is none. Raises MemctlError when unreadable."""
    try:
        raw, _ = files.read_regular(path, FILE_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MemctlError(f"{path}: {error.strerror}", hint="make it a readable file") from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MemctlError(f"{path}: not UTF-8", hint="mend the file; nothing was written") from None
    if len(raw) > FILE_MAX:
        raise MemctlError(f"{path}: over {FILE_MAX // 1024 // 1024} MiB", hint="nothing was written")
    return text


def _replace(path: str, data: bytes, mode: int | None) -> None:
    """Put `data` in the place of `path`, whole or not at all.

    Without a `mode` it keeps that of a file that was there; a new one is 0600.
    """
    places.make_private(os.path.dirname(path))
    if mode is None:
        mode = os.stat(path).st_mode & 0o7777 if os.path.exists(path) else 0o600
    files.write_private(path, data, mode)
