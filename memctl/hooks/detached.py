"""Start memctl's own work so that it survives the hook, its host and the terminal.

On the hot path: imports nothing but os, sys and `memctl.places`.
"""

import os
import sys

from memctl import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

BOOT = "from memctl.__main__ import main; main()"
"""What `python -c` runs. `-m memctl` would import runpy, a third of a bare start; `-I` keeps a repository's
own modules and the environment from shadowing anything."""

AGAIN = 300.0
"""Seconds between two extractions of one running session where the host also tells when it ends."""

AGAIN_OWN = 1800.0
"""The same where the agent's own model is asked and no host tells when a session ends: each is a call."""

WAIT = 120
"""Seconds that the last extraction of a session waits for an earlier one that still runs."""


def command(*arguments: str) -> list[str]:
    """The argument list that runs this very memctl again, in any environment."""
    return [sys.executable, "-I", "-c", BOOT, *arguments]


def due(directory: str, key: str, seconds: float, now: float) -> bool:
    """Whether `key` was last started at least `seconds` ago; if so it counts as started now."""
    path = _marker(directory, key)
    try:
        if abs(now - os.stat(path, follow_symlinks=False).st_mtime) < seconds:
            return False
    except OSError:
        pass  # never started
    try:
        places.make_private(os.path.dirname(path))
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        os.close(os.open(path, flags, 0o600))
        os.utime(path, (now, now))
    except OSError:
        return True
    return True


def _marker(directory: str, key: str) -> str:
    return os.path.join(places.started_markers(directory), places.digest(key))


def start(
    arguments: list[str],
    cwd: str,
    *,
    lock: str = "",
    wait: bool = False,
    first: "Callable[[], object] | None" = None,
) -> None:
    """Run `arguments` in `cwd`, in a session of its own, with no standard streams; call `first` before.

    With `lock` (a path), only while no other holder of it runs: `wait` waits for that one, else the new
    process gives up. The caller returns as soon as the child is on its own; errors of the child are its own.
    """

    def become() -> None:
        """What the child does: it ends as the program of `arguments`, and comes back from here only by an
        error."""
        if first is not None:
            first()
        os.chdir(cwd)
        if lock:
            _hold(lock, wait)
        os.execv(arguments[0], arguments)  # noqa: S606 - an argument list of our own, no shell

    aside(become)


def ask_own_model(agent: str, cwd: str, directory: "str | None") -> None:
    """Have the CLI of `agent` asked about what waits in the project of `cwd`, one call of all at a time.

    What the project in which this runs put into the environment stays behind: it may be another one by now.
    """
    where = ("--dir", directory) if directory else ()
    command_line = command("hooks", "background", agent, "--quiet", "-C", cwd, *where)
    lock = os.path.join(places.state_dir(), "own-model.busy")
    start(command_line, cwd, lock=lock, wait=True, first=_clean)


def _clean() -> None:
    from memctl.agents import table
    from memctl.hooks import environment

    for folder in dict.fromkeys((*table.told_roots(), os.getcwd())):
        environment.clean_given(folder)


def start_and_wait(arguments: list[str], cwd: str, seconds: float, spare: float) -> bool:
    """As `start`, and wait until the process ends: at most so many `seconds`, and no longer than leaves
    `spare` seconds of this process's own alarm. Whether it ended; else it goes on by itself."""
    import _signal as signal
    import select

    left = signal.getitimer(signal.ITIMER_REAL)[0]
    patience = min(seconds, left - spare) if left else seconds
    done, held = os.pipe()

    def become() -> None:
        """As in `start`, with the pipe open by which the caller sees the end."""
        os.chdir(cwd)
        os.set_inheritable(held, True)  # it closes when the process ends
        os.execv(arguments[0], arguments)  # noqa: S606 - an argument list of our own, no shell

    try:
        aside(become, keep=held)
        os.close(held)
        return bool(select.select([done], [], [], max(patience, 0))[0])
    finally:
        os.close(done)


def aside(work: "Callable[[], object]", keep: int = 256) -> None:
    """Call `work` in a process of its own that no host waits for; the caller goes on at once. Of what is
    open the descriptor `keep` alone stays."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork() == 0:
            _forget_the_host(keep)
            os.umask(0o077)
            work()
    except BaseException:  # noqa: BLE001, S110 - a forked child must never return into the hook
        pass
    finally:
        os._exit(0)


def _forget_the_host(keep: int) -> None:
    """Stop the hook's alarm, close what it had open, and leave no stream that a host could wait for."""
    import _signal as signal  # the `signal` module costs an enum import

    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.closerange(3, keep)
    os.closerange(keep + 1, 256)


def _hold(lock: str, wait: bool) -> None:
    """Take the lock into the process that follows: it is released when that one ends, however it ends."""
    from memctl.store.disk import flock

    places.make_private(os.path.dirname(lock))
    handle = flock.take(lock, WAIT if wait else 0)
    if handle is None:
        os._exit(0)  # the other one does the work
    os.set_inheritable(handle, True)
