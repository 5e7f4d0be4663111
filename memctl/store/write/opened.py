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
from memctl.store.write.shelf import Shelf


@dataclass(frozen=True)
class Opened:
    """The directory, its opened folder, the descriptor of the held lock, the time (seconds since 1970)."""

    directory: str
    folder: Folder
    lock: int
    now: float
    redact: Redact
    shelves: contextlib.ExitStack  # holds what `shelf` opened

    def shelf(self) -> Shelf:
        """Where skills lie, opened when one is asked for."""
        return self.shelves.enter_context(Shelf())


@contextlib.contextmanager
def opened(directory: str, verb: str, *, now: float, wait: float, redact: Redact) -> Iterator[Opened]:
    """Lock and open the directory, which is made when it is missing; `verb` is what others are told.

    Raises Locked after `wait` seconds, WriteFailed for what the system refuses.
    """
    with lock.held(directory, verb, wait=wait) as held:
        try:
            places.make_private(os.path.abspath(directory))
            with Folder(directory) as folder, contextlib.ExitStack() as shelves:
                try:
                    yield Opened(directory, folder, held, now, redact, shelves)
                finally:
                    if folder.untidy:
                        journal.note_untidy(directory, now)
        except OSError as error:
            raise write_failed(error, directory) from error
