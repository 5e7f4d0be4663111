"""A regular expression that cannot hang: it is looked for in a child process, which the kernel ends when one
file takes too much processor time, and to which it gives no more memory than a search needs.

Python's own `re` backtracks, so that one pattern on one hostile line may take years, and looks for an
interrupt too seldom to be stopped from inside.
"""

import json
import os
import re
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from memctl.errors import MemctlError, UsageError

LIMIT = 2.0
"""Seconds of processor time for one file; 4 MiB, the most that is searched of one, take some 0.1 s."""

MEMORY = 256 * 1024 * 1024
"""Bytes that the fork may take beyond what this process has; one line of 4 MiB, which backtracking keeps its
places in, took 700 MB before its time was over; a pattern without alternatives in a repetition takes none."""

LONGEST = 1_000
"""Characters of a pattern; a longer one was not typed."""


def compiled(pattern: str) -> "re.Pattern[str]":
    """`pattern` in Python's syntax, without regard to case but within `(?-i:...)`. Raises UsageError."""
    if len(pattern) > LONGEST:
        raise UsageError(f"a pattern of more than {LONGEST:,} characters", hint="look for less")
    try:
        return re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        hint = "without -e it is looked for as it stands"
        raise UsageError(f"{pattern!r} is no regular expression: {error}", hint=hint) from None


_FULL = 3
"""Exit code of the fork when it found no more memory."""


def bounded(search: Callable[[Callable[[], object]], Any], limit: float = LIMIT) -> Any:
    """What `search(begin)` gives, which JSON must be able to say, from a fork in which `limit` seconds of
    processor time may pass between two calls of `begin`. Raises MemctlError (slug `deadline`) when more did,
    or more than MEMORY was asked for, or the fork died of something else."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(search, writing, limit)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == 0:
        return json.loads(said)
    if status in (-signal.SIGPROF, _FULL):
        most = f"{MEMORY >> 20} MiB" if status == _FULL else f"{limit:g} s"
        raise MemctlError(
            f"the pattern takes more than {most} on one memory, and was given up", slug="deadline",
            hint="write it without a repetition inside a repetition, such as (a+)+",
        )  # fmt: skip
    raise MemctlError(f"the search ended with {status}")


def _answer(search: Callable[[Callable[[], object]], Any], writing: int, limit: float) -> None:
    """In the fork: write what `search` gives, and leave; the kernel ends it when its time is over."""
    code = 1
    try:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        _confine()
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(search(lambda: signal.setitimer(signal.ITIMER_PROF, limit)), pipe)
        code = 0
    except MemoryError:
        code = _FULL
    finally:
        os._exit(code)


def _confine() -> None:
    """Let this process take MEMORY more than it has; where it cannot be seen how much that is, as on macOS,
    the time alone is limited."""
    with suppress(OSError, ValueError):
        with open("/proc/self/statm", encoding="ascii") as handle:
            there = int(handle.read().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (there + MEMORY, hard))
