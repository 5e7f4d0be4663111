"""Keeping git's own garbage collection out of a repository while it is written anew.

One that runs would put objects of the old history into the new one by its path. Git keeps a second one out
by the file `gc.pid`, which it writes under the short-lived lock `gc.pid.lock`; so do we, and wait for one
that runs already.
"""

import contextlib
import os
import time
from collections.abc import Iterator

from memctl.errors import Locked
from memctl.store.disk import files

WAIT = 30.0
"""Seconds that a running collection is waited for; a large history takes some. A lock that is older is a
killed git's: it is held for a moment only."""


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
        if _says(mark) == _signature():  # it may have gone with the old repository
            files.discard(mark)


def runs(repository: str) -> bool:
    """Whether git tidies up `repository` now."""
    return _runs(_says(os.path.join(repository, "gc.pid")))


def _taken(mark: str) -> bool:
    """Whether no collection runs and the mark is ours. One that was about to begin has its lock still."""
    said = _says(mark)
    if said != _signature():
        if _runs(said):
            return False
        files.write_private(mark, _signature())
    try:
        age = time.time() - os.stat(mark + ".lock").st_mtime
    except FileNotFoundError:
        return _says(mark) == _signature()
    if age > WAIT:
        files.discard(mark + ".lock")
    return False


def _signature() -> bytes:
    return f"{os.getpid()} {os.uname().nodename}\n".encode()


def _says(mark: str) -> bytes:
    try:
        return files.read_regular(mark, 500)[0]
    except OSError:
        return b""


def _runs(said: bytes) -> bool:
    """Whether the process that a mark names is alive; one of another machine is taken for dead."""
    try:
        pid, host = said.decode("utf-8", "replace").split()[:2]
        if host == os.uname().nodename:
            os.kill(int(pid), 0)
            return True
    except (OSError, ValueError):
        pass
    return False
