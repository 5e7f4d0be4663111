"""What is installed where: each agent's file, user or project level, and the command in it."""

import os
import shlex

from memctl import places
from memctl.agents.dialects import Dialect
from memctl.hooks import detached, rewrite

TIMEOUT = 10
"""Seconds that the host is told to wait: well over memctl's own deadline."""

_LAUNCHERS = ("env", "uv", "uvx", "pipx", "py")


def path(dialect: Dialect, root: str | None) -> str:
    """The file, links resolved: people keep such files in a repository of their own.

    `root` is the project for its own settings, else the person's are meant. Raises Refused for a link that
    leads out of the project.
    """
    if root:
        return rewrite.inside(os.path.join(root, dialect.project_file), root)
    return os.path.realpath(os.path.join(base(dialect), dialect.user_file))


def base(dialect: Dialect) -> str:
    """The folder of the person's own settings of an agent."""
    variable, folder = dialect.base
    return (places.named(variable) if variable else "") or os.path.join(os.path.expanduser("~"), folder)


def command(agent: str, *event: str) -> str:
    """The shell command that the host runs: an absolute interpreter, isolated, whatever its environment."""
    return shlex.join(detached.command("hook", agent, *event))


def commands(agent: str, dialect: Dialect) -> dict[str, str]:
    """Host event -> the command for it: the same for all, but for a host that does not name the event."""
    names = dialect.names_events
    return {event: command(agent, *[event] * names) for event, _ in dialect.events}


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
    at = words.index("hook") if "hook" in words else 0
    before = words[:at]
    if not before or words[at + 1 : at + 2] != [agent]:
        return False
    if os.path.basename(before[-1]) != "memctl" and before[-1] != detached.BOOT:
        return False
    launcher = os.path.basename(before[0])
    return len(before) == 1 or launcher.startswith("python") or launcher in _LAUNCHERS
