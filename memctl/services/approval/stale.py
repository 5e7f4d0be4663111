"""Memories whose evidence changed or is gone, offered for review: keep, mend or remove."""

import os
from collections.abc import Sequence
from dataclasses import replace

from memctl.domain.memory import Memory
from memctl.domain.proposal import Evidence, Proposal
from memctl.errors import MemctlError
from memctl.services.verify import Verified, verify
from memctl.store.inbox import Entry, Inbox, make_id
from memctl.store.tombstones import Tombstones

ENGINE = "verify"


def offer(directory: str, memories: Sequence[Memory], root: str, now: float) -> list[Proposal]:
    """Put a proposal into the inbox for every memory whose evidence no longer stands; returns the new ones.

    One that was rejected ("keep it") does not come back until its evidence changes again. Offers of which the
    evidence is as it was again are taken out.
    """
    if not any("evidence" in memory.metadata for memory in memories):
        return []
    try:
        found = [proposal(v, now) for v in verify(memories, root) if v.is_bad]
    except MemctlError:
        return []  # a repository that cannot be read is the doctor's to report
    inbox, tombstones = Inbox(directory), Tombstones(directory)
    waiting = {e.proposal.id for e in inbox.entries()[0] if e.proposal.engine == ENGINE}
    for gone in waiting - {p.id for p in found}:
        inbox.drop(gone)
    buried = tombstones.load()
    new = [p for p in found if p.id not in waiting and not tombstones.stops(p, buried)]
    for one in new:
        inbox.put(Entry(one))
    return new


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
