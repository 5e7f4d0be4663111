"""What is laid out to be brought into another memory directory: one of its own, for as long as that takes.

Whoever lays out holds a kernel lock beside it. What nobody holds was left by a killed command: where it was
being brought that is finished, else it goes, with what the state holds of it.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

from memctl import places
from memctl.format.pointers import Redact
from memctl.store.disk import flock
from memctl.store.disk.oserrors import write_failed
from memctl.store.write import bringing, journal

_LOCK = "lock"


@contextlib.contextmanager
def laid_out() -> Iterator[str]:
    """An empty memory directory, which is gone afterwards unless it is being brought. What the system refuses
    meanwhile is raised as WriteFailed."""
    try:
        above, handle = _made()
        try:
            yield places.make_private(os.path.join(above, "memory"))
        finally:
            _remove(above)
            os.close(handle)
            _tidy()
    except OSError as error:
        raise write_failed(error, "the copy") from error


def settle(*, now: float, redact: Redact = str) -> list[str]:
    """Finish or remove what killed commands left; a sentence for each that could not be, or was, finished."""
    notes = []
    for above in left():
        with contextlib.suppress(OSError):
            handle = flock.take(os.path.join(above, _LOCK), 0.0)
            if handle is None:
                continue  # somebody is at work there
            try:
                notes += bringing.repair(os.path.join(above, "memory"), now=now, redact=redact)
                _remove(above)
            finally:
                os.close(handle)
    _tidy()
    return notes


def left() -> list[str]:
    """The folders of all that is laid out, by commands at work or by killed ones."""
    base = places.copies()
    with contextlib.suppress(OSError):
        return [os.path.join(base, name) for name in sorted(os.listdir(base))]
    return []


def _made() -> tuple[str, int]:
    """A folder of its own, and the descriptor that holds its lock."""
    while True:
        with contextlib.suppress(FileNotFoundError):  # who tidied up took it for a killed command's
            above = tempfile.mkdtemp(dir=places.make_private(places.copies()))
            handle = flock.take(os.path.join(above, _LOCK), 0.0)
            if handle is not None:
                return above, handle


def _remove(above: str) -> None:
    """Remove what is not being brought: the state first, which is found by the folder."""
    directory = os.path.join(above, "memory")
    if not journal.names(directory):
        shutil.rmtree(places.store_state(directory), ignore_errors=True)
        shutil.rmtree(above, ignore_errors=True)


def _tidy() -> None:
    with contextlib.suppress(OSError):
        os.rmdir(places.copies())
