"""Better descriptions as proposals: a model, a chat or a person words one, and the person decides."""

from collections.abc import Mapping

from memctl.domain.memory import DESCRIPTION_MAX, Memory
from memctl.domain.proposal import Proposal, Target, weakest
from memctl.format.caption import says_nothing
from memctl.services.inbox.door import InboxDoor
from memctl.services.inbox.provenance import Stated
from memctl.store.state.resolve import Place

WHY = "its description is missing or says nothing"


def propose(place: Place, described: Mapping[str, str], now: float) -> list[Proposal]:
    """Put what was written for these files into the inbox of `place`; returns what waits there now.

    The text of a memory stays. Raises WriteFailed, Refused.
    """
    if not described:
        return []
    door = InboxDoor(place, now, limit=None)
    for memory in door.memories:
        said = " ".join(described.get(memory.file, "").split())
        if said and not says_nothing(said, memory.stem) and not memory.cut:
            door.take(_draft(memory, said), Stated(_origin(memory), WHY))
    door.put()
    return door.taken


def _draft(memory: Memory, said: str) -> Proposal:
    return Proposal(
        id="",
        operation="update",
        name=memory.stem,
        type=memory.type or "project",
        description=said
        if len(said) <= DESCRIPTION_MAX
        else said[: DESCRIPTION_MAX - 1].rpartition(" ")[0] + "…",
        body=memory.body,
        evidence=(),
        origin="",
        targets=(Target(memory.stem),),
        engine="llm",
    )


def _origin(memory: Memory) -> str:
    """Whose words the memory is with the new line: a model's at best, and no better than before."""
    return weakest((str(memory.metadata.get("origin")), "agent")) or "agent"
