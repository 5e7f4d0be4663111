"""Run another program as a model: the prompt on its stdin, its answer from stdout, killed at a deadline.

A program is found by absolute path or on PATH outside the working tree, and started without a shell, so that
nothing that comes with a repository decides what runs.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from memctl import programs
from memctl.errors import ModelFailed
from memctl.llm.deadline import late
from memctl.llm.pipe import communicate

GUARD = "MEMCTL_IN_PROVIDER"
"""Set for everything that a provider starts: memctl's hooks do nothing and no model is asked below it, so
that an agent used as a provider cannot call memctl, which calls the agent, and so on."""

_NESTED = ("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "CLAUDE_CODE_SESSION_ID")
"""How Claude Code marks what runs inside it; it refuses to start, or joins the outer session, with these."""


def refuse_inside() -> None:
    """Raise ModelFailed where memctl itself runs below a provider."""
    if os.environ.get(GUARD):
        raise ModelFailed("memctl was called by its own provider; no model is asked from there")


def program(word: str, slug: str = "unavailable") -> str:
    """The absolute path of the program `word`. A relative one could be a file of whatever repository this is.

    Raises ModelFailed (`slug`) when it is not installed.
    """
    word = os.path.expanduser(word)
    if os.path.isabs(word):
        return word
    found = programs.find(word)
    if found is None:
        raise ModelFailed(
            f"the provider's command {word} is not installed",
            hint="give its name on PATH or its absolute path",
            slug=slug,
        )
    return found


def run(
    words: Sequence[str], text: str, environment: Mapping[str, str], cwd: str, until: float, deadline: float
) -> tuple[bytes, bytes, int | None]:
    """Run the program `words` with `text` on its stdin; its stdout, stderr and exit code.

    `until` (time.monotonic) is when its whole process group is killed, `deadline` seconds after it was asked.
    The code is None while it still writes: it was cut, not failed. Raises ModelFailed.
    """
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=environment_of(environment),
            start_new_session=True,
        )
    except OSError as error:
        raise ModelFailed(f"cannot run {words[0]}: {error.strerror}") from error
    try:
        out, err = communicate(process, text.encode(), until)
        return out, err, process.poll()
    except TimeoutError:
        raise late(deadline) from None
    finally:
        _end(process)


def environment_of(more: Mapping[str, str]) -> dict[str, str]:
    """What a provider's program is started with: `more` over the person's own, without the marks of a session
    of Claude Code, with a PATH that leaves the working tree out."""
    own = {k: v for k, v in os.environ.items() if k not in _NESTED}
    return {**own, **more, "PATH": programs.path(), GUARD: "1"}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the whole group: the command may have left children that hold the pipes."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):  # in an uninterruptible sleep: init will reap it
        process.wait(0.5)
