"""Whether memctl is installed, in an agent or a repository, and where.

An agent has two places: the person's own settings, for every project, and those of one project. Each may call
memctl, and both do where both are set up.
"""

import os
import shlex
from dataclasses import dataclass

from memctl import programs
from memctl.agents.dialects import Dialect
from memctl.agents.table import Agent
from memctl.hooks import git_hooks, install, plugin, targets
from memctl.hooks.jsonc import Invalid, parse
from memctl.hooks.rewrite import read

USER, PROJECT = "user", "project"
"""Whose settings a file holds, in the words of scopes."""


@dataclass(frozen=True)
class Status:
    """What a settings file says about memctl. `state` is installed, outdated, partial, broken, absent or
    unreadable."""

    agent: str
    path: str
    state: str
    events: tuple[str, ...] = ()
    note: str = ""
    scope: str = USER


def status(agent: Agent, root: str | None = None) -> Status:
    """What the agent's file says: the person's own, or that of the project `root`. Raises MemctlError when it
    cannot be read."""
    dialect, scope = agent.dialect(), PROJECT if root else USER
    if dialect.plugin:
        plan = plugin.plan(agent.name, dialect, root, remove=False)
        state = "absent" if plan.before is None else "outdated" if plan.changes else "installed"
        return Status(agent.name, plan.path, state, scope=scope)
    path = targets.path(dialect, root)
    text = read(path) or ""
    try:
        found = install.commands_in(agent.name, dialect, text)
    except Invalid as error:
        raise install.unusable(path, error) from None
    if not found:
        return Status(agent.name, path, "absent", scope=scope)
    root_node = parse(text, comments=dialect.comments)
    off, group = root_node.get("disableAllHooks"), root_node.get(dialect.group)
    enabled = group.get("enabled") if group else None
    if off and off.value is True:
        note = "disableAllHooks is set in this file: no hook runs."
    elif enabled and enabled.value is False:
        note = f"{dialect.group} is not enabled in this file: none of its hooks runs."
    else:
        note = dialect.note
    return Status(agent.name, path, _state(agent.name, dialect, found), tuple(found), note, scope)


def _state(agent: str, dialect: Dialect, found: dict[str, list[str]]) -> str:
    wanted = targets.commands(agent, dialect)
    if not all(_runs(line) for lines in found.values() for line in lines):
        return "broken"
    if any(line != wanted.get(event) for event, lines in found.items() for line in lines):
        return "outdated"
    once = all(len(lines) == 1 for lines in found.values())
    return "installed" if once and found.keys() >= wanted.keys() else "partial"


def _runs(line: str) -> bool:
    """Whether the program that a command line starts is there."""
    words = shlex.split(line)
    if not words or not os.path.isabs(words[0]):
        return bool(words) and programs.find(words[0]) is not None
    return os.path.isfile(words[0]) and os.access(words[0], os.X_OK)


def of_git(cwd: str) -> Status:
    """What the hooks of the repository around `cwd` say. Raises MemctlError as `git_hooks.place` does."""
    hooks = git_hooks.states(cwd)
    on = tuple(hook for hook, state in hooks.items() if state in ("installed", "outdated"))
    state = "absent" if not on else "outdated" if "outdated" in hooks.values() else "installed"
    return Status("git", git_hooks.place(cwd).folder, state, on, scope=PROJECT)


def installed(agent: Agent, root: str | None = None) -> dict[str, str]:
    """Event -> the command line of memctl that is installed for it."""
    dialect = agent.dialect()
    if dialect.plugin:
        plan = plugin.plan(agent.name, dialect, root, remove=False)
        if plan.before is None:
            return {}
        answered = [event for event, action in dialect.events if action in ("start", "prompt")]
        own = not plan.changes  # else the file stands for the command, whatever that is
        return {event: targets.command(agent.name, event) if own else plan.path for event in answered}
    text = read(targets.path(dialect, root)) or ""
    return {event: lines[0] for event, lines in install.commands_in(agent.name, dialect, text).items()}
