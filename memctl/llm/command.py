"""Any command as a provider: the prompt on its stdin, JSON (or text with JSON in it) on its stdout.

`claude` is ready-made: Claude Code answers with the user's subscription, without tools, settings, hooks,
servers or a recorded session. The command comes from the user's own configuration only. It is split like
shell words and started without a shell, in the home directory, so that nothing that comes with a repository
decides what runs; its whole process group is killed at the deadline.
"""

import contextlib
import json
import os
import shlex
import signal
import subprocess
import time
from typing import Any

from memctl import programs
from memctl.errors import ModelFailed
from memctl.llm import reported
from memctl.llm.deadline import late
from memctl.llm.pipe import communicate
from memctl.llm.provider import Prompt, Reply, Unusable
from memctl.llm.replies import find_object, shape

GUARD = "MEMCTL_IN_PROVIDER"
"""Set for everything that a provider starts: memctl's hooks do nothing and no model is asked below it, so
that an agent used as a provider cannot call memctl, which calls the agent, and so on."""

_CLAUDE_CODE = (
    "--output-format", "json", "--no-session-persistence", "--tools", "", "--strict-mcp-config",
    "--setting-sources", "", "--disable-slash-commands", "--safe-mode",
)  # fmt: skip
"""Claude Code 2.1 as a plain model: no tools, no servers, no user or project settings and so no hooks, no
CLAUDE.md, nothing recorded. The login stays usable, unlike under `--bare`."""

_CLAUDE_ENV = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
"""Keeps it from asking a second model for a title of the session, and from reporting."""

_NESTED = ("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "CLAUDE_CODE_SESSION_ID")
"""How Claude Code marks what runs inside it; it refuses to start, or joins the outer session, with these."""


class CommandProvider:
    """Runs `command` once per prompt.

    `{model}` in it stands for `model`. A bare `claude` or `claude -p` gets the flags that make Claude Code a
    plain model; any other command is run as it is written.
    """

    name = "command"

    def __init__(self, command: str, model: str | None = None) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise ModelFailed(f"the provider's command cannot be read: {error}") from error
        if not self._words:
            raise ModelFailed("the provider's command is empty", hint="memctl config set command 'claude -p'")
        self._is_claude = os.path.basename(self._words[0]) == "claude" and self._words[1:] in (
            [],
            ["-p"],
            ["--print"],
        )
        self.model = model

    def warm(self) -> None:
        """Find the program; raises ModelFailed when it is not installed or memctl runs inside a provider."""
        if os.environ.get(GUARD):
            raise ModelFailed("memctl was called by its own provider; no model is asked from there")
        self._program()

    def ask(self, prompt: Prompt, deadline: float) -> Reply:
        """Answer `prompt` within `deadline` seconds; see `Provider.ask`."""
        started = time.monotonic()
        self.warm()
        out, err, code = self._run(prompt, started + deadline, deadline)
        return _read(out, err, code, prompt, self.model, time.monotonic() - started)

    def _run(self, prompt: Prompt, until: float, deadline: float) -> tuple[bytes, bytes, int | None]:
        text = prompt.user if self._is_claude else f"{prompt.system}\n\n{prompt.user}\n"
        try:
            process = subprocess.Popen(
                self._arguments(prompt),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=_neutral(),
                env=self._environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise ModelFailed(f"cannot run {self._words[0]}: {error.strerror}") from error
        try:
            out, err = communicate(process, text.encode(), until)
            return out, err, process.poll()  # None while it still writes: it was cut, not failed
        except TimeoutError:
            raise late(deadline) from None
        finally:
            _end(process)

    def _arguments(self, prompt: Prompt) -> list[str]:
        words = [self._program(), *self._words[1:]]
        if not self._is_claude:
            return [word.replace("{model}", self.model or "") for word in words]
        model = ["--model", self.model] if self.model else []
        return [words[0], "-p", *_CLAUDE_CODE, *model, "--system-prompt", prompt.system]

    def _program(self) -> str:
        """The program's absolute path. A relative one could be a file of whatever repository this is."""
        word = os.path.expanduser(self._words[0])
        if os.path.isabs(word):
            return word
        found = programs.find(word)
        if found is None:
            raise ModelFailed(
                f"the provider's command {self._words[0]} is not installed",
                hint="give its name on PATH or its absolute path",
            )
        return found

    def _environment(self) -> dict[str, str]:
        env = {k: v for k, v in os.environ.items() if k not in _NESTED}
        if self._is_claude:
            env = {**_CLAUDE_ENV, **env}
        return {**env, "PATH": programs.path(), GUARD: "1"}


def _neutral() -> str:
    home = os.path.expanduser("~")
    return home if os.path.isdir(home) else "/"


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


def _read(
    out: bytes, err: bytes, code: int | None, prompt: Prompt, model: str | None, seconds: float
) -> Reply:
    text = out.decode("utf-8", "replace").strip()
    envelope = _envelope(text)
    usage = reported.usage(envelope.get("usage"), envelope.get("total_cost_usd"))
    answered = envelope.get("modelUsage")
    model = reported.name(next(iter(answered), None) if isinstance(answered, dict) else None) or model
    if envelope.get("is_error") or code:
        raise _failure(envelope, err, code)
    if envelope.get("stop_reason") == "refusal":
        raise Unusable("the model declined to answer", slug="refused", usage=usage, model=model)
    try:
        data = shape(envelope.get("structured_output"), prompt.schema)
        answer = envelope.get("result")
        said = answer if isinstance(answer, str) else text
        return Reply(data or find_object(said, prompt.schema), model, usage, seconds)
    except Unusable as error:
        raise Unusable(error.message, usage=usage, model=model) from None


def _envelope(text: str) -> dict[str, Any]:
    """Claude Code's result record when that is what `text` is, else an empty one."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    records = found if isinstance(found, list) else [found]
    results = [r for r in records if isinstance(r, dict) and r.get("type") == "result"]
    return results[-1] if results else {}


def _failure(envelope: dict[str, Any], err: bytes, code: int | None) -> ModelFailed:
    given = envelope.get("api_error_status")
    status = given if isinstance(given, int) and 100 <= given <= 599 else None
    said = f"{envelope.get('result', '')} {err.decode('utf-8', 'replace')}".lower()
    if "/login" in said or "not logged in" in said:
        return ModelFailed("the provider's command is not logged in", slug="no-credentials")
    if status in (401, 403):
        return ModelFailed(f"the provider's credentials were not accepted ({status})", slug="unauthorized")
    if status == 429:
        return ModelFailed("the provider is limiting the rate of requests (429)", slug="rate-limited")
    detail = f" after status {status}" if status else ""
    return ModelFailed(f"the provider's command failed with exit code {code}{detail}")
