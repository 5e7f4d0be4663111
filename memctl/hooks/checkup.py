"""Whether the hooks that are installed still work, as findings for the doctor."""

from collections.abc import Iterator

from memctl.agents.table import Agent, hooked
from memctl.domain.finding import Finding
from memctl.errors import MemctlError
from memctl.hooks import git_hooks, silence, status, teaching

_SAYS = {
    "broken": "the program that it starts is not there",
    "outdated": "it is of another memctl",
    "partial": "some events are missing or stand twice",
}


def check(root: str, now: float) -> Iterator[Finding]:
    """Findings about the hooks of every agent, at user and project level, and of the repository `root`; and
    about what came of them.

    Hooks that are not installed are no finding. Starts no hook; `hooks test` does.
    """
    for agent in hooked():
        for level in (None, root):
            yield from _agent(agent, level)
            yield from _lessons(agent, level)
    yield from _git(root)
    yield from silence.check(root, now)


def _agent(agent: Agent, root: str | None) -> Iterator[Finding]:
    repair = f"memctl hooks install {agent.name}" + (" --project" if root else "")
    try:
        found = status.status(agent, root)
    except MemctlError as error:
        yield Finding("hooks.unreadable", "warning", error.message, None, None, error.hint)
        return
    if found.state in _SAYS:
        message = f"the {agent.name} hook in {found.path} is {found.state}: {_SAYS[found.state]}"
        yield Finding(f"hooks.{found.state}", "warning", message, None, None, repair)


def _lessons(agent: Agent, root: str | None) -> Iterator[Finding]:
    """A skill or paragraph of another memctl may name what this one has no more."""
    for lesson in teaching.look(agent, root):
        if lesson.state == "outdated":
            option = f"--{lesson.kind.replace('_', '-')}" + (" --project" if root else "")
            message = f"what {lesson.path} teaches is of another memctl"
            repair = f"memctl hooks install {agent.name} {option}"
            yield Finding("hooks.lesson", "note", message, None, None, repair)


def _git(root: str) -> Iterator[Finding]:
    try:
        states = git_hooks.states(root)
    except MemctlError:
        return  # no repository, or hooks that another tool manages
    for hook, state in states.items():
        if state == "outdated":
            message = f"the git hook {hook} is outdated: {_SAYS[state]}"
            yield Finding("hooks.outdated", "warning", message, None, None, "memctl hooks install git")
