"""One writer at a time per memory directory: a kernel lock on a file in the state directory.

flock, because the kernel releases it when the holder dies, however it dies: there is no stale lock to
judge by a process id. What the file says (who, what, since when) is only for the message. A git process
that a writer starts inherits the descriptor, so the lock also outlasts a writer that is killed while its
git still works.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator

from memctl import places
from memctl.errors import Locked
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed

WAIT = 10.0
"""Seconds that a writer waits for another one (THREATS: none refused while the lock waits this long)."""


@contextlib.contextmanager
def held(directory: str, verb: str, *, wait: float = WAIT) -> Iterator[int]:
    """Hold the lock of the memory directory; yields the descriptor that children may inherit.

    Raises Locked after `wait` seconds, naming the holder, and WriteFailed when the state directory cannot
    be written or locked.
    """
    import time

    deadline = time.monotonic() + wait
    try:
        path = os.path.join(files.private_folder(places.store_state(directory)), "lock")
        handle = _in_turn(path, deadline)
    except OSError as error:
        raise write_failed(error, "the lock of this memory directory") from error
    if handle is None:
        raise Locked(
            f"{directory} is being changed by {_holder(path)}; waited {wait:g} s",
            hint="try again when it is done",
        )
    try:
        _sign(handle, verb)
        yield handle
    finally:
        os.close(handle)


def _in_turn(path: str, deadline: float) -> int | None:
    """Lock `path` after those who came before: whoever waits for the lock holds the queue meanwhile.

    Without it a process that saves again and again takes the lock each time before those whom its release
    has woken are on their feet.
    """
    queue = _locked(path + ".queue", deadline)
    if queue is None:
        return None
    try:
        return _locked(path, deadline)
    finally:
        os.close(queue)


def _locked(path: str, deadline: float) -> int | None:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            got = _flock(handle, deadline)
        except BaseException:
            os.close(handle)
            raise
        if not got:
            os.close(handle)
            return None
        if _same_file(handle, path):
            return handle
        os.close(handle)  # the state directory was swapped under us: lock the file that is there now


def _flock(handle: int, deadline: float) -> bool:
    """Lock `handle` before `deadline`; a handle that times out is closed by whoever still waits on it."""
    import time

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


def _sign(handle: int, verb: str) -> None:
    import time

    text = f"{os.getpid()} {verb} {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\n"
    with contextlib.suppress(OSError):  # only for the message of those who wait
        os.pwrite(handle, text.encode().ljust(80), 0)


def _holder(path: str) -> str:
    try:
        raw, _ = files.read_regular(path, 200)
        pid, verb, since = raw.decode("utf-8", "replace").split()[:3]
    except (OSError, ValueError):
        return "another process"
    return f"process {pid} (memctl {verb}, since {since})"
