"""Fails or kills the n-th call that reaches the operating system, for n = 0, 1, 2, ...

The product calls `os.write`, `os.fsync` and their like by name at run time, so a forked child can put a
counter in front of each of them. Starting git is such a call too; a kill there is tried before git starts,
while it runs, and after it has ended.
"""

import errno
import fcntl
import gc
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from memctl.store.disk import exchange

WRITES = ("write", "pwrite", "fsync", "rename", "link", "unlink", "mkdir", "chmod", "fchmod")
READS = ("read", "stat", "fstat", "scandir")
CREATES = os.O_CREAT | os.O_WRONLY | os.O_RDWR
KILLED = 137
ERRORS = ("ENOSPC", "EIO", "EACCES", "EMFILE", "EROFS", "ENOLCK")


@dataclass
class Tripwire:
    """Counts calls; at number `at` (from 0) does `how`: "kill" (after the call), "torn" (half of a write),
    "mid-git" (git is killed too), "orphan" (git has heard everything and goes on alone), or an errno's name.

    `forever` goes on failing every later call. `reads` counts reading calls too.
    """

    at: int = -1
    how: str = "kill"
    forever: bool = False
    reads: bool = False
    count: int = 0
    log: tuple[str, ...] = ()

    def install(self) -> None:
        """Put the counter in front of the calls of this process (a forked child)."""
        for name in WRITES + (READS if self.reads else ()):
            setattr(os, name, self._wrap(name, getattr(os, name)))
        os.open = self._wrap_open(os.open)
        exchange.exchange = self._wrap("exchange", exchange.exchange)
        fcntl.flock = self._wrap("flock", fcntl.flock)
        subprocess.Popen = self._popen(subprocess.Popen)

    def _due(self, name: str) -> bool:
        due = self.count == self.at or (self.forever and 0 <= self.at < self.count)
        self.count += 1
        self.log += (name,)
        return due

    def _wrap(self, name: str, real: Callable) -> Callable:
        def call(*args, **kwargs):
            if not self._due(name):
                return real(*args, **kwargs)
            if self.how == "torn" and name == "write":
                real(args[0], bytes(args[1])[: len(args[1]) // 2])
            elif self.how == "kill":
                real(*args, **kwargs)
            elif self.how not in ("torn", "mid-git", "orphan"):
                raise OSError(getattr(errno, self.how), os.strerror(getattr(errno, self.how)))
            os._exit(KILLED)

        return call

    def _wrap_open(self, real: Callable) -> Callable:
        counted = self._wrap("open", real)

        def call(path, flags, *args, **kwargs):
            if flags & CREATES or self.reads:
                return counted(path, flags, *args, **kwargs)
            return real(path, flags, *args, **kwargs)

        return call

    def _popen(self, real: type) -> type:
        wire = self

        class Popen(real):
            def __init__(self, args, *rest, **kwargs):
                if wire._due("git"):
                    if wire.how in ("kill", "torn"):
                        os._exit(KILLED)  # before it starts
                    if wire.how not in ("mid-git", "orphan"):
                        said = os.strerror(getattr(errno, wire.how))
                        args = ["sh", "-c", f"echo 'fatal: {said}' >&2; exit 128"]
                super().__init__(args, *rest, **kwargs)
                if wire.how == "mid-git" and wire.count - 1 == wire.at:
                    self.send_signal(signal.SIGKILL)
                    os._exit(KILLED)

            def communicate(self, *args, **kwargs):
                if wire.how == "orphan" and wire.count - 1 == wire.at and not args and not kwargs:
                    self.stdin.close()
                    os._exit(KILLED)
                return super().communicate(*args, **kwargs)

            def wait(self, *args, **kwargs):
                code = super().wait(*args, **kwargs)
                if not getattr(self, "_seen_end", False):
                    self._seen_end = True
                    if wire._due("git-ended") and wire.how in ("kill", "torn"):
                        os._exit(KILLED)
                return code

        return Popen


def in_child(work: Callable[[], int], wire: Tripwire | None = None) -> int:
    """Run `work` in a forked child under `wire`; returns its exit status (70 for an unexpected exception)."""
    child = os.fork()
    if child == 0:
        gc.disable()  # it would touch, and so copy, every page of the test run
        code = 70
        try:
            sys.stdout = sys.stderr = sys.__stderr__
            if wire is not None:
                wire.install()
            code = work()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
