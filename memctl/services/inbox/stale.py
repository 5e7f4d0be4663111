"""Memories whose evidence changed or is gone, offered for review: keep, mend or remove."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from memctl.domain.memory import Memory
from memctl.domain.proposal import Evidence, Proposal, Target
from memctl.errors import MemctlError
from memctl.services.evidence.verification import Verified, verify
from memctl.services.inbox.door import InboxDoor
from memctl.services.inbox.provenance import Measured
from memctl.store.state.inbox import Inbox
from memctl.store.state.resolve import Place

ENGINE = "verify"

CHANGED = Measured("what it rests on changed: remove it, or reject this to keep it")


@dataclass(frozen=True)
class StaleOffers:
    """What the inbox lacks: `new` offers, and the ids of those whose evidence is as it was, `gone`."""

    new: tuple[Proposal, ...] = ()
    gone: frozenset[str] = frozenset()


def offer(place: Place, memories: Sequence[Memory], root: str, now: float) -> list[Proposal]:
    """Put a proposal into the inbox for every memory whose evidence no longer stands; returns the new ones.

    Raises WriteFailed.
    """
    door = _door(place, memories, root, now)
    if door is None:
        return []
    door.put()
    return door.taken


def due(place: Place, memories: Sequence[Memory], root: str, now: float) -> StaleOffers:
    """What `offer` would put into the inbox and take out of it. Nothing is written.

    One that was rejected ("keep it") does not come back until its evidence changes again. Offers of which the
    evidence is as it was again are taken out.
    """
    door = _door(place, memories, root, now)
    return StaleOffers() if door is None else StaleOffers(tuple(door.taken), frozenset(door.leaving))


def _door(place: Place, memories: Sequence[Memory], root: str, now: float) -> InboxDoor | None:
    """The inbox's door with every offer taken; None where evidence says nothing.

    A repository that cannot be read is the doctor's to report.
    """
    if not any("evidence" in memory.metadata for memory in memories):
        return None
    try:
        drafts = [_draft(verified) for verified in verify(memories, root) if verified.is_bad]
    except MemctlError:
        return None
    offered = [e.proposal for e in Inbox(place.directory).entries()[0] if e.proposal.engine == ENGINE]
    still = {(draft.name, draft.evidence) for draft in drafts}
    leaving = [p.id for p in offered if (p.name, p.evidence) not in still]
    door = InboxDoor(place, now, memories=memories, leaving=leaving, limit=None)
    for draft in drafts:
        door.take(draft, CHANGED)
    return door


def _draft(verified: Verified) -> Proposal:
    """The proposal to remove a memory that its evidence no longer carries."""
    memory = verified.memory
    bad = [c for c in verified.evidence if c.state in ("changed", "gone")]
    return Proposal(
        id="",
        operation="delete",
        name=memory.stem,
        type=memory.type or "project",
        description=memory.description,
        body="",
        evidence=tuple(Evidence(os.fsdecode(os.fsencode(c.source.text)), c.note or c.state) for c in bad),
        origin="tool",
        targets=(Target(memory.file),),
        engine=ENGINE,
    )
