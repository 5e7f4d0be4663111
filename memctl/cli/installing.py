"""Putting an agent's hooks in place: what is said and shown before, and what follows."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from memctl.cli.confirming import Look, carry_out
from memctl.cli.run import Run
from memctl.errors import MemctlError

if TYPE_CHECKING:
    from memctl.agents.table import Agent
    from memctl.hooks.rewrite import Rewrite


def wire(
    run: Run, agent: "Agent", root: str | None, kinds: Sequence[str], look: Look, *, force: bool
) -> bool:
    """Put the hooks of `agent` in place, with the `kinds` that teach it; each change is shown first. Whether
    the hooks were not there before.

    `root` is the project for its own settings, None: the person's.
    """
    from memctl.hooks import hooklog, teaching, tracking
    from memctl.hooks import install as service

    hooks = service.plan(agent, root)
    plans = [hooks, *teaching.plans(agent, root, list(kinds), force=force)]
    if hooks.changes and not run.out.json:
        run.out.note(_summed_up(agent, hooks.path, root))
        for sentence in (root and tracking.sentence(hooks.path), _twice(run, agent, root)):
            if sentence:
                run.out.note(sentence)
    look = replace(look, short=partial(in_short, agent))
    if root:
        look = replace(look, more=lambda plan: {"git": tracking.state(plan.path) or None})
    carry_out(run, plans, look, "installed")
    if look.dry_run or not hooks.changes:
        return False
    hooklog.installed(agent.name)
    if agent.dialect().note:
        run.out.note(agent.dialect().note)
    return True


def _twice(run: Run, agent: "Agent", root: str | None) -> str:
    """A sentence where memctl is called from the other place of the settings already; else ""."""
    from memctl.hooks import presence

    for other in presence.places(agent, run.bare_place.root):
        found = presence.look(agent, other) if other != root else None
        if found and found.state not in ("absent", "unreadable"):
            command = f"memctl hooks remove {agent.name} {'--project' if other else '--user'}"
            return f"{found.path} calls memctl too; one is enough, and `{command}` takes that one out"
    return ""


def _summed_up(agent: "Agent", path: str, root: str | None) -> str:
    """What installing does, above the change: what is added, where, and which memories move for it."""
    from memctl.store.state import resolve

    events = ", ".join(event for event, _ in agent.dialect().events)
    said = f"{agent.title} will call memctl at {events}; that is added to {path}"
    if not agent.remembers or root is not None:
        return said
    place = resolve.resolve(os.getcwd())
    if not place.is_chosen or place.is_claude or not os.path.isdir(place.directory):
        return said
    return f"{said}; this project's memories move from {place.directory} into {agent.title}'s folder"


def in_short(agent: "Agent", plan: "Rewrite") -> list[str]:
    """A change of the agent's settings in short: each command that goes or comes, with its events.

    A plugin is a line too. Empty for what is no change of memctl's own entries: a skill, a paragraph.
    """
    from memctl.hooks import targets
    from memctl.hooks.install import SettingsPlan, commands_in
    from memctl.hooks.plugin import PluginPlan

    if isinstance(plan, PluginPlan):
        sign = "-" if plan.after is None else "+"
        events = ", ".join(event for event, _ in agent.dialect().events)
        return [f"{sign} a plugin that calls {targets.command(agent.name)}\n  at {events}"]

    if not isinstance(plan, SettingsPlan):
        return []
    before, after = (
        commands_in(agent.name, agent.dialect(), text or "") for text in (plan.before, plan.after)
    )
    return [*_calls("-", before, after), *_calls("+", after, before)]


def _calls(sign: str, here: Mapping[str, list[str]], there: Mapping[str, list[str]]) -> list[str]:
    """The commands of `here` (event -> commands) that `there` lacks: each once, with its events below it."""
    events: dict[str, list[str]] = {}
    for event, commands in here.items():
        for command in commands:
            if command not in there.get(event, ()):
                events.setdefault(command, []).append(event)
    return [f"{sign} {command}\n  at {', '.join(at)}" for command, at in events.items()]


def settle(run: Run, agent: "Agent", root: str | None, *, is_new: bool) -> None:
    """What follows once the hooks are in place: memories of this project that belong in the agent's folder go
    there at once, and a person is told of the skill, once.

    That memories cannot go there is no failure of the installation: the next command says so.
    """
    from memctl.hooks import teaching

    if root is None:
        try:
            _ = run.place
        except MemctlError as error:
            run.out.note(error.message)
    if (
        is_new
        and run.out.on_terminal
        and not any(one.state != "absent" for one in teaching.look(agent, root))
    ):
        level = "" if root is None else " --project"
        run.out.note(f"`memctl hooks install {agent.name}{level} --skill` also teaches it what to save")
