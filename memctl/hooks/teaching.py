"""What teaches an agent to save well: its skill, and the paragraph in its `AGENTS.md`."""

from dataclasses import dataclass

from memctl.agents.table import Agent
from memctl.errors import MemctlError, Refused, UsageError
from memctl.hooks import paragraph, skill
from memctl.hooks.rewrite import Rewrite

KINDS = {"skill": skill, "agents_md": paragraph}
"""As they are called in options and JSON, and the module of each."""

PRESENT = ("installed", "outdated", "changed")
"""States in which memctl's text is there."""


@dataclass(frozen=True)
class Lesson:
    """One of them: `state` is installed, outdated, changed (by a person), foreign, absent or unreadable."""

    kind: str
    path: str
    state: str


def look(agent: Agent, root: str | None) -> list[Lesson]:
    """What of both is there; `root` is the project for its own. Reads one file for each."""
    return [_look(kind, agent, root) for kind in KINDS]


def _look(kind: str, agent: Agent, root: str | None) -> Lesson:
    path = ""
    try:
        path = KINDS[kind].path(agent, root)
        return Lesson(kind, path, KINDS[kind].state(agent, root))
    except UsageError:
        return Lesson(kind, "", "absent")  # an agent without such a file
    except MemctlError:
        return Lesson(kind, path, "unreadable")


def plans(
    agent: Agent, root: str | None, kinds: list[str], *, remove: bool = False, force: bool = False
) -> list[Rewrite]:
    """What installing or removing these `kinds` would change. Raises Refused for what a person wrote or
    changed, unless they `force` it, and MemctlError for a file that cannot be read."""
    return [KINDS[kind].plan(agent, root, remove=remove, force=force) for kind in kinds]


def leftover(agent: Agent, root: str | None, *, force: bool) -> tuple[list[Rewrite], list[str]]:
    """What goes when all of memctl is taken out of an agent, and a sentence on each text that stays because a
    person changed it."""
    going, staying = [], []
    for lesson in look(agent, root):
        if lesson.state not in PRESENT:
            continue
        try:
            going += plans(agent, root, [lesson.kind], remove=True, force=force)
        except Refused as error:
            staying.append(f"{error.message.removesuffix('; nothing was written')} and stays; {error.hint}")
    return going, staying
