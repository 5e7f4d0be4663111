"""One writer at a time per memory directory: a kernel lock on a file in the state directory.

What the file says (who, what, since when) is only for the message. A git process that a writer starts
inherits the descriptor, so the lock also outlasts a writer that is killed while its git still works.
"""

import contextlib
import os
import time
from collections.abc import Iterator

from memctl import places
from memctl.domain import times
from memctl.errors import Locked
from memctl.store.disk import files, flock
from memctl.store.disk.oserrors import write_failed

WAIT = 10.0
"""Seconds that a writer waits for another one (within it nobody is refused)."""


@contextlib.contextmanager
def held(directory: str, verb: str, *, wait: float = WAIT, name: str = "lock") -> Iterator[int]:
    """Hold the lock of the memory directory; yields the descriptor that children may inherit. Another `name`
    is another lock.

    Raises Locked after `wait` seconds, naming the holder, and WriteFailed when the state directory cannot
    be written or locked.
    """
    deadline = time.monotonic() + wait
    try:
        path = os.path.join(places.make_private(places.store_state(directory)), name)
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
    queue = flock.take(path + ".queue", deadline - time.monotonic())
    if queue is None:
        return None
    try:
        return flock.take(path, deadline - time.monotonic())
    finally:
        os.close(queue)


def _sign(handle: int, verb: str) -> None:
    text = f"{os.getpid()} {verb} {times.write_second(time.time())}\n"
    with contextlib.suppress(OSError):  # only for the message of those who wait
        os.pwrite(handle, text.encode().ljust(80), 0)


def _holder(path: str) -> str:
    try:
        raw, _ = files.read_regular(path, 200)
        pid, verb, since = raw.decode("utf-8", "replace").split()[:3]
    except (OSError, ValueError):
        return "another process"
    return f"process {pid} (memctl {verb}, since {since})"
