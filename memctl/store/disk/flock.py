"""A kernel lock on a file, for whatever one process at a time may do.

flock, because the kernel releases it when the holder dies, however it dies: there is no stale lock to judge
by a process id. On the hot path: imports nothing but os, fcntl and errno.
"""

import errno
import fcntl
import os
import time


def take(path: str, seconds: float) -> "int | None":
    """Lock `path`, a file that is made when it is missing, waiting at most so many `seconds`.

    Returns a descriptor that holds the lock until it is closed; None when another process kept it for so
    long. Raises OSError when the file cannot be made or locked.
    """
    deadline = time.monotonic() + seconds
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            got = _lock(handle, deadline)
        except BaseException:
            os.close(handle)
            raise
        if got and _same_file(handle, path):
            return handle
        os.close(handle)  # locked, but swapped for another file under us: lock the one that is there now
        if not got:
            return None


def _lock(handle: int, deadline: float) -> bool:
    """Lock `handle` before `deadline`; a handle that times out is closed by whoever still waits on it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
    return deadline > time.monotonic() and _Waiter(handle).wait(deadline - time.monotonic())


class _Waiter:
    """Waits in the kernel's queue from a thread: polling would let a late comer pass early ones."""

    def __init__(self, handle: int) -> None:
        import threading

        self._handle = os.dup(handle)  # the same lock; the caller's descriptor may be closed meanwhile
        self._guard = threading.Lock()
        self._done = threading.Event()
        self._error: OSError | None = None
        self._given_up = False
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX)
        except OSError as error:
            self._error = error
        with self._guard:
            if self._given_up:
                fcntl.flock(self._handle, fcntl.LOCK_UN)
            self._done.set()
        os.close(self._handle)

    def wait(self, seconds: float) -> bool:
        """Whether the lock was had within `seconds`; when not, it is let go as soon as it comes.

        Raises OSError where the file system knows no locks.
        """
        try:
            self._done.wait(seconds)
        finally:
            with self._guard:
                self._given_up = not self._done.is_set()
        if self._error is not None:
            raise self._error
        return not self._given_up


def _same_file(handle: int, path: str) -> bool:
    ours = os.fstat(handle)
    try:
        there = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)
