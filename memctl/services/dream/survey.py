"""A look at a memory directory as it is now: what may be tidied, what recall used, what waits already."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from memctl.domain import relation
from memctl.domain.memory import Memory
from memctl.domain.proposal import ORIGINS, Proposal, weakest
from memctl.errors import Damaged
from memctl.format import topic
from memctl.services import guard
from memctl.store.search.compared import Compared
from memctl.store.state.settled import Settled

HOUR = 3600.0

_T = TypeVar("_T")

Progress = Callable[[str, int, int], None]
"""(words with two places, done, of how many): told again and again while it takes."""


def unheard(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True)
class Survey:
    """The memories of one directory at `now`. What was changed in the last `rest` seconds is left alone, and
    so is what is pinned, damaged or holds a secret, and what a proposal that waits is about (`busy`, by
    stem)."""

    memories: Mapping[str, Memory]  # by stem
    used: Mapping[str, float]  # file -> when a session was shown it last, in seconds since the epoch
    settled: Settled
    compared: Compared
    busy: frozenset[str]
    now: float
    rest: float
    progress: Progress = unheard

    def told(self, what: str, items: Sequence[_T]) -> Iterator[_T]:
        """`items`, one after the other, with word of how far it is: `what` has two places for numbers."""
        for done, item in enumerate(items):
            self.progress(what, done, len(items))
            yield item
        if items:
            self.progress(what, len(items), len(items))

    def may(self, memory: Memory) -> bool:
        """Whether something may be proposed about `memory`."""
        return memory.stem in self._fit

    @cached_property
    def _fit(self) -> frozenset[str]:
        return frozenset(m.stem for m in self._free if not self._rests(m) and _is_whole(m))

    @property
    def resting(self) -> int:
        """How many may be tidied but for that they were changed just now."""
        return sum(map(self._rests, self._free))

    @property
    def _free(self) -> list[Memory]:
        return [m for m in self.memories.values() if m.stem not in self.busy and not m.is_pinned]

    def _rests(self, memory: Memory) -> bool:
        return self.now - memory.modified < self.rest

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


def _is_whole(memory: Memory) -> bool:
    """Whether its file can be written again, and holds no secret, which would be copied on."""
    try:
        topic.rewrite(memory)
    except Damaged:
        return False
    text = f"{memory.description}\n{memory.body}"
    return guard.redact(text) == text


def origin(memories: Iterable[Memory], by: str = "person") -> str:
    """Whose words several memories are together, the person's where one does not say; what `by` worded of
    them is no better than that."""
    said = (str(memory.metadata.get("origin")) for memory in memories)
    return weakest([by, *(one if one in ORIGINS else "person" for one in said)]) or by


def touched(proposals: Iterable[Proposal]) -> frozenset[str]:
    """The stems of the memories that `proposals` are about."""
    return frozenset(target.name for one in proposals for target in one.targets)
