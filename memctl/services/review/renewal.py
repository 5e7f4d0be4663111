"""A proposal in line with the files as they are now: what it says may have been said meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from memctl.domain.memory import Memory, stem
from memctl.domain.proposal import Proposal, Target
from memctl.services.inbox import novelty
from memctl.store.memory.memories import MemoryStore


@dataclass(frozen=True)
class Moot:
    """A proposal that changes nothing any more: it is `fulfilled` already, though not by it, or cannot be."""

    note: str
    fulfilled: bool = True


class MemoriesByStem:
    """The memories as the listing has them; only those that a proposal names are read."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self._entries = store.listing()[0]
        self._files = {stem(entry[0]): entry[0] for entry in self._entries}
        self._folded = {name.casefold(): name for name in self._files}

    def get(self, name: str) -> Memory | None:
        """The memory of this stem, or None."""
        file = self._files.get(name)
        return None if file is None else self.store.read(file)

    def alike(self, name: str) -> Memory | None:
        """The memory whose stem is `name` but for case, as file systems that fold case see it."""
        return self.get(self._folded.get(name.casefold(), ""))

    def named(self, targets: Sequence[Target]) -> list[Memory]:
        """Those of `targets` that are there."""
        return [memory for memory in (self.get(target.name) for target in targets) if memory]

    def saying(self, proposal: Proposal) -> Memory | None:
        """The memory that says word for word what `proposal` says, among those that were written since it was
        made: with the older ones the inbox's door compared it."""
        since = int(proposal.created * 1e9)
        written = (self.store.read(entry[0]) for entry in self._entries if entry[2] >= since)
        said = (m for m in written if novelty.says(m.body, proposal.fact))
        return next((memory for memory in said if "supersededBy" not in memory.metadata), None)

    def free(self, name: str) -> str:
        """`name`, or with the first number that makes it no memory's."""
        number, found = 2, name
        while found.casefold() in self._folded:
            found, number = f"{name}-{number}", number + 1
        return found


def in_line(proposal: Proposal, there: MemoriesByStem) -> Proposal | Moot:
    """`proposal` in line with the files: the same when nothing changed.

    Raises NotFound or Damaged when a target cannot be read.
    """
    if not proposal.targets:
        return _new(proposal, there)
    found = there.named(proposal.targets)
    if proposal.is_dreamt and not proposal.full:
        return _as_seen(proposal, found)
    if len(found) < proposal.kind.targets[0]:
        return _without_target(proposal, there)
    if proposal.full:
        return _shorter(proposal, found[0])
    if _is_done(proposal, found[0]):
        name = found[0].stem
        return Moot(f"{name} is {proposal.tier} already" if proposal.kind.tiers else says_already(name))
    return _renewed(proposal, found, there)


def _renewed(proposal: Proposal, found: Sequence[Memory], there: MemoriesByStem) -> Proposal | Moot:
    """What is still to be done, for the memories as they are."""
    targets = tuple(Target(memory.stem, memory.fingerprint) for memory in found)
    fresh = proposal if targets == proposal.targets else replace(proposal, targets=targets)
    if fresh.kind.writes and fresh.is_new:
        return _beside(fresh, there)
    if fresh is proposal or not fresh.kind.writes or fresh.kind.adds or fresh.kind.replaces:
        return fresh
    return _merged(fresh, found[0])


def _new(proposal: Proposal, there: MemoriesByStem) -> Proposal | Moot:
    """What touches no memory: one may have its name, or say it, by now."""
    taken = there.alike(proposal.name)
    if taken is not None:
        return _created_meanwhile(proposal, taken)
    other = there.saying(proposal)
    return proposal if other is None else Moot(says_already(other.stem))


def _as_seen(proposal: Proposal, found: Sequence[Memory]) -> Proposal | Moot:
    """What rests on memories alone says nothing of other versions of them: it is moot once one is another."""
    by = {target.name: target.by or proposal.name for target in proposal.targets}
    told = [m for m in found if m.metadata.get("supersededBy") == by[m.stem]]
    if proposal.kind.replaces and len(told) == len(proposal.others):
        return Moot(f"{proposal.name} replaces {', '.join(proposal.others)} already")
    seen = {target.name: target.seen for target in proposal.targets}
    changed = [name for name in seen if name not in {m.stem for m in found if m.fingerprint == seen[name]}]
    if not changed:
        return proposal
    if len(found) == 1 and _is_done(proposal, found[0]):
        return Moot(says_already(found[0].stem))
    return Moot(f"{changed[0]} was changed since; `memctl dream` looks at it anew", fulfilled=False)


def _shorter(proposal: Proposal, memory: Memory) -> Proposal | Moot:
    """A shorter body, which was counted against one version of its memory and says nothing of another."""
    if memory.metadata.get("full") == proposal.full and memory.body == proposal.body:
        return Moot(says_already(memory.stem))
    if memory.fingerprint != proposal.full:
        return Moot(f"{memory.stem} was changed since; compress it anew", fulfilled=False)
    return proposal


def _merged(proposal: Proposal, memory: Memory) -> Proposal | Moot:
    """The change of a memory that was changed meanwhile; moot where it says so by now."""
    if novelty.says(memory.body, proposal.fact):
        return Moot(says_already(memory.stem))
    if not proposal.statement:
        return proposal
    return replace(proposal, body=novelty.merged(memory.body, proposal.statement))


def _beside(proposal: Proposal, there: MemoriesByStem) -> Proposal | Moot:
    """The new memory that replaces others, with a name that is free; moot where it is there already."""
    taken = there.alike(proposal.name)
    if taken is None:
        return proposal
    told = (memory.metadata.get("supersededBy") for memory in there.named(proposal.targets))
    if novelty.says(taken.body, proposal.fact) and set(told) == {taken.stem}:
        return Moot(says_already(taken.stem))
    return replace(proposal, name=there.free(proposal.name))


def _created_meanwhile(proposal: Proposal, target: Memory) -> Proposal | Moot:
    """A memory of that name exists now: the proposal changes it, or says nothing new."""
    if novelty.says(target.body, proposal.body):
        return Moot(says_already(target.stem))
    return novelty.as_update(proposal, target)


def _without_target(proposal: Proposal, there: MemoriesByStem) -> Proposal | Moot:
    """What was to replace a memory that is gone stands for itself; the rest is moot."""
    kind = proposal.kind
    if kind.removes:
        return Moot(f"{proposal.name} is gone already")
    if not kind.writes or kind.adds or kind.targets[0] > 1 or proposal.full:
        gone = next((t.name for t in proposal.targets if there.get(t.name) is None), proposal.name)
        return Moot(f"there is no memory {gone} any more", fulfilled=False)
    return in_line(replace(proposal, operation="create", body=proposal.fact, targets=()), there)


def _is_done(proposal: Proposal, target: Memory) -> bool:
    """Whether the target is already what the proposal makes of it, though not by it."""
    kind = proposal.kind
    return (kind.adds and novelty.says(target.body, proposal.fact)) or (
        kind.tiers and target.metadata.get("tier") == proposal.tier
    )


def says_already(name: str) -> str:
    """The note for a proposal that the memory `name` makes needless."""
    return f"{name} says that already"
