"""Any command as a provider: the prompt on its stdin, JSON (or text with JSON in it) on its stdout.

`claude` is ready-made: Claude Code answers with the user's subscription, without tools, settings, hooks,
servers or a recorded session. The command comes from the user's own configuration only. It is split like
shell words and runs in the home directory; its whole process group is killed at the deadline.
"""

import os
import shlex
import time

from memctl.errors import ModelFailed
from memctl.llm import child, printout
from memctl.llm.child import GUARD as GUARD
from memctl.llm.client import CLAUDE, Call
from memctl.llm.provider import Prompt, Reply

_READY_MADE: tuple[list[str], ...] = ([], ["-p"], ["--print"])
"""What may follow `claude` for memctl to give the rest; any other arguments are the person's own."""


class CommandProvider:
    """Runs `command` once per prompt.

    `{model}` in it stands for `model`. A bare `claude` or `claude -p` gets the flags that make Claude Code a
    plain model, and its small model when none is given; any other command is run as it is written.
    """

    name = "command"

    def __init__(self, command: str, model: str | None = None) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise ModelFailed(f"the provider's command cannot be read: {error}") from error
        if not self._words:
            raise ModelFailed("the provider's command is empty", hint="memctl config set command 'claude -p'")
        is_claude = os.path.basename(self._words[0]) == CLAUDE.program and self._words[1:] in _READY_MADE
        self._client = CLAUDE if is_claude else None
        self.model = model or (CLAUDE.small if is_claude else None)

    def warm(self) -> None:
        """Find the program; raises ModelFailed when it is not installed or memctl runs inside a provider."""
        child.refuse_inside()
        child.program(self._words[0])

    def ask(self, prompt: Prompt, deadline: float) -> Reply:
        """Answer `prompt` within `deadline` seconds; see `Provider.ask`."""
        started = time.monotonic()
        self.warm()
        call = self._call(prompt)
        words = [child.program(self._words[0]), *call.arguments]
        out, err, code = child.run(
            words, call.text, call.environment, _neutral(), started + deadline, deadline
        )
        return printout.read(out, err, code, prompt, self.model, time.monotonic() - started)

    def _call(self, prompt: Prompt) -> Call:
        if self._client is not None:
            return self._client.ask(prompt, self.model or self._client.small, _neutral())
        words = [word.replace("{model}", self.model or "") for word in self._words[1:]]
        return Call(words, f"{prompt.system}\n\n{prompt.user}\n")


def _neutral() -> str:
    home = os.path.expanduser("~")
    return home if os.path.isdir(home) else "/"
