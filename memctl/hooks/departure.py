"""What goes when memctl is taken out of an agent, from one place of its settings or from both."""

from memctl.agents.table import Agent
from memctl.errors import MemctlError
from memctl.hooks import install, teaching
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
            going, left = _leaving(agent, root, kinds, force)
        except MemctlError as error:
            if root is None or len(roots) == 1:
                raise
            staying.append(error.message)
            continue
        found |= {plan.path: plan for plan in going}
        staying += left
    return list(found.values()), staying


def _leaving(
    agent: Agent, root: str | None, kinds: list[str], force: bool
) -> tuple[list[Rewrite], list[str]]:
    if kinds:
        return teaching.plans(agent, root, kinds, remove=True, force=force), []
    taught, staying = teaching.leftover(agent, root, force=force)
    return [install.plan(agent, root, remove=True), *taught], staying
