"""What is installed where: each agent's settings file, user or project level, and the entries in it."""

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from memctl.agents.dialects import claude_code, codex, cursor, gemini
from memctl.hooks import detached
from memctl.store.state.resolve import claude_base

TIMEOUT = 10
"""Seconds that the host is told to wait: well over memctl's own deadline."""


@dataclass(frozen=True)
class Target:
    """One agent's settings file and the form of its entries."""

    agent: str
    events: tuple[str, ...]
    entry: Callable[[str], object]  # command line -> the entry of one event
    user: Callable[[], str]
    project: Callable[[str], str]  # project root -> file
    comments: bool = False  # whether the host reads comments in it
    fresh: str = "{}"  # what a new file starts from
    note: str = ""  # what else the person has to do


def _group(command: str) -> object:
    return {"hooks": [{"type": "command", "command": command, "timeout": TIMEOUT}]}


def _gemini(command: str) -> object:
    return {"hooks": [{"name": "memctl", "type": "command", "command": command, "timeout": TIMEOUT * 1000}]}


def _cursor(command: str) -> object:
    return {"command": command, "timeout": TIMEOUT}


def _home(variable: str, folder: str, file: str) -> Callable[[], str]:
    def find() -> str:
        base = os.environ.get(variable) if variable else None
        return os.path.join(base or os.path.join(os.path.expanduser("~"), folder), file)

    return find


def _below(*parts: str) -> Callable[[str], str]:
    return lambda root: os.path.join(root, *parts)


TARGETS = {
    target.agent: target
    for target in (
        Target(
            "claude-code",
            tuple(claude_code.EVENTS),
            _group,
            lambda: os.path.join(claude_base(), "settings.json"),
            _below(".claude", "settings.local.json"),  # Claude Code keeps this one out of git
        ),
        Target(
            "codex",
            tuple(codex.EVENTS),
            _group,
            _home("CODEX_HOME", ".codex", "hooks.json"),
            _below(".codex", "hooks.json"),
            note="Codex runs a new hook only once you have approved it: confirm it in codex under /hooks.",
        ),
        Target(
            "gemini",
            tuple(gemini.EVENTS),
            _gemini,
            _home("", ".gemini", "settings.json"),
            _below(".gemini", "settings.json"),
            comments=True,
        ),
        Target(
            "cursor",
            tuple(cursor.EVENTS),
            _cursor,
            _home("", ".cursor", "hooks.json"),
            _below(".cursor", "hooks.json"),
            fresh='{\n  "version": 1\n}',
        ),
    )
}


def command(agent: str) -> str:
    """The shell command that the host runs: an absolute interpreter, isolated, whatever its environment."""
    return shlex.join(detached.command("hook", agent))


_LAUNCHERS = ("env", "uv", "uvx", "pipx", "py")


def is_own(command_line: object, agent: str) -> bool:
    """Whether a command line of the settings is memctl's own for `agent`, of this or an older version.

    Older ones called the console script or `python -m memctl`, perhaps through a launcher.
    """
    if not isinstance(command_line, str) or "memctl" not in command_line:
        return False
    try:
        words = shlex.split(command_line)
    except ValueError:
        return False
    if "hook" not in words or words[words.index("hook") + 1 : words.index("hook") + 2] != [agent]:
        return False
    before = words[: words.index("hook")]
    if not before or (os.path.basename(before[-1]) != "memctl" and before[-1] != detached.BOOT):
        return False
    launcher = os.path.basename(before[0])
    return len(before) == 1 or launcher.startswith("python") or launcher in _LAUNCHERS
