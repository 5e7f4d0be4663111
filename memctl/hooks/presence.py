"""Where something of memctl is in an agent: its hooks, and what teaches it to save, in both places."""

from dataclasses import dataclass

from memctl.agents.table import Agent
from memctl.errors import MemctlError
from memctl.hooks import targets, teaching
from memctl.hooks.status import PROJECT, USER, Status, status
from memctl.hooks.teaching import Lesson


@dataclass(frozen=True)
class Presence:
    """One place: what its settings say, and which skill and paragraph lie beside them."""

    status: Status
    lessons: tuple[Lesson, ...] = ()

    @property
    def is_any(self) -> bool:
        """Whether anything of memctl is there, or may be."""
        taught = any(lesson.state in teaching.PRESENT for lesson in self.lessons)
        return taught or self.status.state != "absent"


def places(agent: Agent, root: str) -> list[str | None]:
    """The two places of the agent's settings, as other functions take them: None for the person's own, and
    the project `root`, unless that is one and the same file."""
    dialect = agent.dialect()
    try:
        same = targets.path(dialect, root) == targets.path(dialect, None)
    except MemctlError:
        same = False
    return [None] if same else [None, root]


def look(agent: Agent, root: str | None) -> Status:
    """As `status`; what cannot be read is a state, with the reason as its note."""
    try:
        return status(agent, root)
    except MemctlError as error:
        return Status(agent.name, "", "unreadable", note=error.message, scope=PROJECT if root else USER)


def everywhere(agent: Agent, roots: list[str | None]) -> list[Presence]:
    """What is there in each of the places; where nothing is in any, that nothing is in the first."""
    found = [Presence(look(agent, root), tuple(teaching.look(agent, root))) for root in roots]
    return [one for one in found if one.is_any] or found[:1]
