"""What the header of a result says of where it comes from: times, origin, evidence, what it replaces."""

from collections.abc import Mapping, Sequence

from memctl.domain import times
from memctl.domain.memory import Memory
from memctl.domain.proposal import Proposal, weakest
from memctl.format.scalars import Value

EVIDENCE_MAX = 20
"""Entries of evidence that a header keeps, the latest."""


def replaced(memory: Memory, by: Mapping[str, str]) -> dict[str, Value | None]:
    """What the header of a replaced memory says; `by` has the memory that replaces each one."""
    told: dict[str, Value | None] = {"supersededBy": by[memory.stem]}
    if memory.stem in by.values():
        told["supersedes"] = superseding(memory, by)
    return told


def superseding(memory: Memory, by: Mapping[str, str]) -> Value:
    """What `memory` replaces, with what it did before."""
    older = [name for name, successor in by.items() if successor == memory.stem and name != memory.stem]
    names = list(dict.fromkeys([*listed(memory.metadata.get("supersedes")), *older]))
    return names[0] if len(names) == 1 else names


def time_of(memory: Memory, key: str) -> str:
    """A time of its header, else when it was changed last."""
    said = memory.metadata.get(key)
    return said if isinstance(said, str) else times.write(memory.modified)


def about(proposal: Proposal, carried: Sequence[Memory], now: float) -> dict[str, Value]:
    """Time, origin and evidence for the header; the evidence of what is carried stays.

    What several say, or one says with a word more, is as good as the weakest of them.
    """
    evidence = [entry for memory in carried for entry in listed(memory.metadata.get("evidence"))]
    for item in proposal.evidence:
        own = item.turn if proposal.engine == "git" else f"{proposal.session or 'session'}#{item.turn}"
        evidence.append(own)
    origins = [proposal.origin]
    if proposal.kind.adds or len(carried) > 1:
        origins += [str(memory.metadata.get("origin")) for memory in carried]
    told: dict[str, Value] = {
        "modified": times.write(now),
        "origin": weakest(origins) or proposal.origin,
    }
    if evidence:
        told["evidence"] = ", ".join(list(dict.fromkeys(evidence))[-EVIDENCE_MAX:])
    return told


def listed(value: object) -> list[str]:
    """A header's value as a list: it may be one, or a text with commas."""
    return (
        [str(v) for v in value] if isinstance(value, list) else [p for p in str(value or "").split(", ") if p]
    )
