"""The command line of the person's own agent as a provider, with the login that they have in it.

Asked only where the person said so (`own_model` in their config.toml), with a small model, within the calls
of a day, in an empty folder that belongs to no project.
"""

import os
import time

from memctl.errors import ModelFailed
from memctl.llm import allowance, child, printout
from memctl.llm.client import Client
from memctl.llm.provider import Prompt, Reply
from memctl.places import cache_dir, make_private

_NOT_ITS_FAULT = ("refused", "cap", "paused")
"""Failures after which the client is asked again at the next occasion."""


class OwnCli:
    """Asks the client of `agent`. `patient`: nobody waits, and after a failure it is left alone a while."""

    def __init__(self, agent: str, client: Client, model: str, calls: int, *, patient: bool) -> None:
        self.name = agent
        self._client = client
        self.model: str | None = model or self._client.small or None
        self._calls = calls
        self._patient = patient

    def warm(self) -> None:
        """Find the program; raises ModelFailed when it is not installed or memctl runs inside a provider."""
        child.refuse_inside()
        child.program(self._client.program, "not-installed")

    def ask(self, prompt: Prompt, deadline: float) -> Reply:
        """Answer `prompt` within `deadline` seconds; see `Provider.ask`. A call that is killed counts too."""
        try:
            allowance.take(self.name, self._calls, time.time(), patient=self._patient)
        except OSError as error:
            raise ModelFailed("today's calls cannot be counted, so none is made", slug="cap") from error
        try:
            reply = self._ask(prompt, deadline)
        except ModelFailed as error:
            allowance.ended(self.name, time.time(), failed=error.slug not in _NOT_ITS_FAULT)
            raise
        allowance.ended(self.name, time.time(), failed=False)
        return reply

    def _ask(self, prompt: Prompt, deadline: float) -> Reply:
        started = time.monotonic()
        self.warm()
        folder = _empty_folder()
        call = self._client.ask(prompt, self.model or "", folder)
        words = [child.program(self._client.program, "not-installed"), *call.arguments]
        out, err, code = child.run(words, call.text, call.environment, folder, started + deadline, deadline)
        return printout.read(out, err, code, prompt, self.model, time.monotonic() - started)


def _empty_folder() -> str:
    """Where a client runs: no project, and a name by which people know it in the client's own lists."""
    try:
        return make_private(os.path.join(cache_dir(), "own-model", "memctl"))
    except OSError as error:
        raise ModelFailed(f"no folder to run a client in: {error.strerror}") from error
