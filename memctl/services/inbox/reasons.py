"""Why a draft does not become a proposal."""

from collections.abc import Mapping
from dataclasses import dataclass

from memctl.domain.finding import Finding
from memctl.domain.proposal import RUN_MAX

REASONS = {
    "shape": "not a usable proposal",
    "evidence": "the quoted evidence does not stand in the named turns",
    "name": "the name is not one safe path segment",
    "target": "there is no such memory to change",
    "secret": "holds a secret",
    "guard": "refused by the guard",
    "known": "is known already",
    "rejected": "was rejected before",
    "limit": f"over the limit of {RUN_MAX} proposals per run",
}
"""Slug -> sentence."""


@dataclass(frozen=True)
class Dropped:
    """A draft that the door did not let in: one of REASONS, what the guard found, and which rejection
    stops it."""

    reason: str
    findings: tuple[Finding, ...] = ()
    by: str = ""  # id of the proposal that was rejected


def sentences(dropped: Mapping[str, int]) -> list[str]:
    """One sentence for each reason, with its count: what `extract` says on stderr."""
    said = [f"{count} dropped: {REASONS[reason]}" for reason, count in sorted(dropped.items())]
    more = "; `memctl review --list --rejected` lists what was"
    return [one + more if one.endswith(REASONS["rejected"]) else one for one in said]
