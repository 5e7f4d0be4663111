"""Memories whose evidence changed or is gone, offered for review: keep, mend or remove."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from memctl.domain.memory import Memory
from memctl.domain.proposal import Evidence, Proposal
from memctl.errors import MemctlError
from memctl.services.evidence.verification import Verified, verify
from memctl.store.state.inbox import Entry, Inbox, make_id
from memctl.store.state.tombstones import Tombstones

ENGINE = "verify"


@dataclass(frozen=True)
class Due:
    """What the inbox lacks: `new` offers, and the ids of those whose evidence is as it was, `gone`."""

    new: tuple[Proposal, ...] = ()
    gone: frozenset[str] = frozenset()


def offer(directory: str, memories: Sequence[Memory], root: str, now: float) -> list[Proposal]:
    """Put a proposal into the inbox for every memory whose evidence no longer stands; returns the new ones.

    Raises WriteFailed.
    """
    found, inbox = due(directory, memories, root, now), Inbox(directory)
    for gone in found.gone:
        inbox.drop(gone)
    for one in found.new:
        inbox.put(Entry(one))
    return list(found.new)


def due(directory: str, memories: Sequence[Memory], root: str, now: float) -> Due:
    """What `offer` would put into the inbox and take out of it. Nothing is written.

    One that was rejected ("keep it") does not come back until its evidence changes again. Offers of which the
    evidence is as it was again are taken out.
    """
    if not any("evidence" in memory.metadata for memory in memories):
        return Due()
    try:
        found = [proposal(v, now) for v in verify(memories, root) if v.is_bad]
    except MemctlError:
        return Due()  # a repository that cannot be read is the doctor's to report
    tombstones = Tombstones(directory)
    waiting = {e.proposal.id for e in Inbox(directory).entries()[0] if e.proposal.engine == ENGINE}
    buried = tombstones.load()
    new = [p for p in found if p.id not in waiting and not tombstones.stops(p, buried)]
    return Due(tuple(new), frozenset(waiting - {p.id for p in found}))


def proposal(verified: Verified, now: float) -> Proposal:
    """The proposal to remove a memory that its evidence no longer carries."""
    memory = verified.memory
    bad = [c for c in verified.evidence if c.state in ("changed", "gone")]
    draft = Proposal(
        id="",
        operation="delete",
        name=memory.stem,
        type=memory.type or "project",
        description=memory.description,
        body="",
        evidence=tuple(Evidence(os.fsdecode(os.fsencode(c.source.text)), c.note or c.state) for c in bad),
        origin="tool",
        created=now,
        expect=memory.fingerprint,
        why="what it rests on changed: remove it, or reject this to keep it",
        engine=ENGINE,
    )
    return replace(draft, id=make_id(draft))
