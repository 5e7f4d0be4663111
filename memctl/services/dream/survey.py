"""A look at a memory directory as it is now: what may be tidied, what recall used, what waits already."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from memctl.domain import relation
from memctl.domain.memory import Memory
from memctl.domain.proposal import ORIGINS, Proposal, weakest
from memctl.services import guard
from memctl.store.state.settled import Settled

HOUR = 3600.0


@dataclass(frozen=True)
class Survey:
    """The memories of one directory at `now`. Those changed in the last `rest` seconds are left alone, and
    so is what is pinned, damaged, holds a secret, or is the subject of a proposal that waits (`busy`, by
    stem)."""

    memories: Mapping[str, Memory]  # by stem
    used: Mapping[str, float]  # file -> when a session was shown it last, in seconds since the epoch
    settled: Settled
    busy: frozenset[str]
    now: float
    rest: float

    def may(self, memory: Memory) -> bool:
        """Whether something may be proposed about `memory`."""
        if memory.stem in self.busy or memory.is_pinned or memory.cut or memory.warnings:
            return False
        return self.now - memory.modified >= self.rest and not self._is_secret(memory)

    def is_current(self, memory: Memory) -> bool:
        """Whether it holds now."""
        return not relation.header_state(memory.metadata, self.now)

    def current(self) -> list[Memory]:
        """Those that hold and may be tidied, the newest first."""
        found = (m for m in self.memories.values() if self.is_current(m) and self.may(m))
        return sorted(found, key=lambda m: (-m.modified, m.file))

    def are_settled(self, one: Memory, other: Memory) -> bool:
        """Whether a person said that both stand."""
        return self.settled.holds(one.fingerprint, other.fingerprint)

    @staticmethod
    def _is_secret(memory: Memory) -> bool:
        text = f"{memory.description}\n{memory.body}"
        return guard.redact(text) != text


def origin(memories: Iterable[Memory], by: str = "person") -> str:
    """Whose words several memories are together, the person's where one does not say; what `by` worded of
    them is no better than that."""
    said = (str(memory.metadata.get("origin")) for memory in memories)
    return weakest([by, *(one if one in ORIGINS else "person" for one in said)]) or by


def touched(proposals: Iterable[Proposal]) -> frozenset[str]:
    """The stems of the memories that `proposals` are about."""
    return frozenset(target.name for one in proposals for target in one.targets)
