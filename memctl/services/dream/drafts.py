"""What may be proposed about memories that there are, as drafts for the inbox's door, by kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memctl.domain.memory import Memory
from memctl.domain.proposal import DREAM, Evidence, Part, Proposal, Target
from memctl.services.dream.survey import origin


@dataclass(frozen=True)
class Unheeded:
    """Advice of a model that is not followed, with a reason of the inbox's door, and why in words."""

    reason: str
    said: str


def replaced(newest: Memory, by: Mapping[str, str], members: Sequence[Memory], why: str) -> Proposal:
    """Mark each of `members` as replaced; `by` says by which, by stem. No text changes."""
    targets = [Target(newest.stem), *(Target(m.stem, by=by[m.stem]) for m in members if m is not newest)]
    return _draft("supersede", newest, targets, why)


def merged(kept: Memory, others: Sequence[Memory], description: str, body: str, why: str) -> Proposal:
    """One memory that says what several said; the others are marked as replaced by it."""
    targets = [Target(memory.stem) for memory in (kept, *others)]
    return _draft("merge", kept, targets, why, description=description, body=body)


def compared(one: Memory, other: Memory, why: str) -> Proposal:
    """A paragraph in both of two memories that leads to the other one."""
    said = f"Compare [[{other.stem}]]: it says otherwise.\n"
    return _draft("annotate", one, [Target(one.stem), Target(other.stem)], why, body=said)


def changed(memory: Memory, why: str, *, description: str | None = None, body: str | None = None) -> Proposal:
    """Another description or body of one memory."""
    return _draft("update", memory, [Target(memory.stem)], why, description=description, body=body)


def shortened(memory: Memory, body: str, why: str) -> Proposal:
    """A shorter body, counted against just this version."""
    return _draft("update", memory, [Target(memory.stem)], why, body=body, full=memory.fingerprint)


def split(memory: Memory, kept: Part, parts: Sequence[Part], why: str) -> Proposal:
    """`kept` is what the memory goes on to say, each of `parts` a memory of its own."""
    return _draft(
        "split", memory, [Target(memory.stem)], why,
        description=kept.description, body=kept.body, parts=tuple(parts),
    )  # fmt: skip


def demoted(memory: Memory, why: str) -> Proposal:
    """Into the tier that answers last."""
    return _draft("move", memory, [Target(memory.stem)], why, tier="cold", body="", description="")


def removed(memory: Memory, quote: str, why: str) -> Proposal:
    """Gone, since it says so itself in the words of `quote`."""
    said = (Evidence(memory.file, quote),)
    return _draft("delete", memory, [Target(memory.stem)], why, body="", description="", evidence=said)


def _draft(
    operation: str,
    memory: Memory,
    targets: Sequence[Target],
    why: str,
    *,
    description: str | None = None,
    body: str | None = None,
    evidence: tuple[Evidence, ...] = (),
    parts: tuple[Part, ...] = (),
    tier: str = "",
    full: str = "",
) -> Proposal:
    return Proposal(
        id="",
        operation=operation,
        name=memory.stem,
        type=memory.type or "project",
        description=memory.description if description is None else description,
        body=memory.body if body is None else body,
        evidence=evidence,
        origin=origin([memory]),
        targets=tuple(targets),
        why=why,
        source=DREAM,
        tier=tier,
        full=full,
        parts=parts,
    )
