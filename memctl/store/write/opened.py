"""A memory directory that is locked and opened for writing: what every step of a write works on."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from memctl import places
from memctl.format.pointers import Redact
from memctl.store.disk import lock
from memctl.store.disk.folder import Folder
from memctl.store.disk.oserrors import write_failed
from memctl.store.write import journal
from memctl.store.write.skill_writing import SkillFolder


@dataclass(frozen=True)
class Opened:
    """The directory, its opened folder, the descriptor of the held lock, the time (seconds since 1970)."""

    directory: str
    folder: Folder
    lock: int
    now: float
    redact: Redact
    opening: contextlib.ExitStack  # holds what `skills` opened

    def skills(self) -> SkillFolder:
        """Where skills lie, opened when one is asked for."""
        return self.opening.enter_context(SkillFolder())


@contextlib.contextmanager
def opened(directory: str, verb: str, *, now: float, wait: float, redact: Redact) -> Iterator[Opened]:
    """Lock and open the directory, which is made when it is missing; `verb` is what others are told.

    Raises Locked after `wait` seconds, WriteFailed for what the system refuses.
    """
    with lock.held(directory, verb, wait=wait) as held:
        try:
            places.make_private(os.path.abspath(directory))
            with Folder(directory) as folder, contextlib.ExitStack() as opening:
                try:
                    yield Opened(directory, folder, held, now, redact, opening)
                finally:
                    if folder.untidy:
                        journal.note_untidy(directory, now)
        except OSError as error:
            raise write_failed(error, directory) from error
