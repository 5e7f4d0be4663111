"""Keeping git's own garbage collection out of a repository while it is written anew.

One that runs would put objects of the old history into the new one by its path. Git keeps a second one out
by the file `gc.pid`, written under `gc.pid.lock`; so do we, and wait for one that runs already.
"""

import contextlib
import os
import socket
import time
from collections.abc import Iterator

from memctl.errors import Locked
from memctl.store.disk import files

WAIT = 30.0
"""Seconds that a running collection is waited for; a large history takes some."""


@contextlib.contextmanager
def kept_out(repository: str) -> Iterator[None]:
    """No `git gc` runs or begins in `repository` meanwhile. Raises Locked, OSError."""
    mark = os.path.join(repository, "gc.pid")
    deadline = time.monotonic() + WAIT
    while not _taken(mark):
        if time.monotonic() > deadline:
            raise Locked(f"git tidies up the history in {repository}", hint="try again when it is done")
        time.sleep(0.05)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if files.read_regular(mark, 500)[0] == _signature():  # it may have gone with the old repository
                files.discard(mark)


def _taken(mark: str) -> bool:
    try:
        handle = os.open(mark + ".lock", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    try:
        if _runs(mark):
            os.unlink(mark + ".lock")
            return False
        files.write_all(handle, _signature())
        os.rename(mark + ".lock", mark)
        return True
    finally:
        os.close(handle)


def _signature() -> bytes:
    return f"{os.getpid()} {socket.gethostname()}\n".encode()


def _runs(mark: str) -> bool:
    """Whether the process that a mark names is alive; one of another machine is taken for dead."""
    try:
        pid, host = files.read_regular(mark, 500)[0].decode("utf-8", "replace").split()[:2]
        if host == socket.gethostname():
            os.kill(int(pid), 0)
            return True
    except (OSError, ValueError):
        pass
    return False
