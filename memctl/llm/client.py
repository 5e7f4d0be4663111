"""An agent's client as a plain model: what a call of one is, and the one that is ready-made as a command."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from memctl.llm.provider import Prompt


@dataclass(frozen=True)
class Call:
    """One call of a client: arguments after the program, what goes to its stdin, variables besides."""

    arguments: list[str]
    text: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Client:
    """One agent's command line. `ask(prompt, model, folder)` gives the call that runs in `folder`, which is
    empty; it may `put` files beside that. Raises ModelFailed where the client cannot be asked."""

    program: str
    command: str  # as people know it
    small: str  # its name for a small model; "": its own settings name one
    to: str  # who gets what is sent, when the person has not set the client up otherwise
    ask: Callable[[Prompt, str, str], Call]
    tells: str = ""  # what its answer names of its cost: "price", "tokens", or nothing


_CLAUDE = (
    "--output-format", "json", "--no-session-persistence", "--tools", "", "--strict-mcp-config",
    "--setting-sources", "", "--disable-slash-commands", "--safe-mode",
)  # fmt: skip
"""Claude Code 2.1 as a plain model: no tools, no servers, no user or project settings and so no hooks, no
CLAUDE.md, nothing recorded. The login stays usable, unlike under `--bare`."""


def _claude(prompt: Prompt, model: str, folder: str) -> Call:
    arguments = ["-p", *_CLAUDE, "--model", model, "--system-prompt", prompt.system]
    # keeps it from asking a second model for a title of the session, and from reporting
    quiet = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
    return Call(arguments, prompt.user, quiet)


CLAUDE = Client("claude", "claude -p", "haiku", "Anthropic", _claude, "price")
"""Claude Code; `haiku` is its alias for the small model."""


def put(folder: str, name: str, text: str) -> str:
    """A file of memctl's own beside the empty folder in which the client runs; calls come one at a time."""
    path = os.path.join(os.path.dirname(folder), name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path
