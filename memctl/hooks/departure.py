"""What goes when memctl is taken out of an agent, from one place of its settings or from both."""

from memctl.agents.table import Agent, hooked
from memctl.errors import MemctlError, Refused
from memctl.hooks import install, presence, teaching
from memctl.hooks.rewrite import Rewrite


def plans(
    agent: Agent, roots: list[str | None], kinds: list[str], *, force: bool
) -> tuple[list[Rewrite], list[str]]:
    """What goes from each of `roots` (None: the person's own), each file once, and a sentence on what stays.

    Hooks, skill and paragraph, or only the `kinds` that are named. Raises MemctlError for a file that cannot
    be read; one of a project is a sentence where that was not asked for alone.
    """
    found: dict[str, Rewrite] = {}
    staying: list[str] = []
    for root in roots:
        try:
            going, left = _leaving(agent, root, roots, kinds, force)
        except MemctlError as error:
            if root is None or len(roots) == 1:
                raise
            staying.append(error.message)
            continue
        found |= {plan.path: plan for plan in going}
        staying += left
    return list(found.values()), staying


def _leaving(
    agent: Agent, root: str | None, roots: list[str | None], kinds: list[str], force: bool
) -> tuple[list[Rewrite], list[str]]:
    if kinds:
        going = teaching.plans(agent, root, kinds, remove=True, force=force)
        for plan in going:
            reader = None if force or not plan.changes else _reader(agent, plan.path, root, roots)
            if reader:
                raise Refused(_shared(plan.path, reader), hint="--force takes it from both", slug="shared")
        return going, []
    taught, staying = teaching.leftover(agent, root, force=force)
    going = []
    for plan in taught:
        reader = None if force else _reader(agent, plan.path, root, roots)
        going += [] if reader else [plan]
        staying += [_shared(plan.path, reader)] if reader else []
    # the settings last: their record says which folders were made, and what is taught lies in these too
    return [*going, install.plan(agent, root, remove=True)], staying


def _reader(agent: Agent, path: str, root: str | None, roots: list[str | None]) -> Agent | None:
    """Another agent in which memctl is installed, and that is taught by the same file; None where none is."""
    for other in hooked():
        if other.name == agent.name or all(one.path != path for one in teaching.look(other, root)):
            continue
        if any(presence.look(other, level).state != "absent" for level in {None, *roots}):
            return other
    return None


def _shared(path: str, reader: Agent) -> str:
    return f"{path} stays: {reader.title} reads it too, and memctl is installed there"
