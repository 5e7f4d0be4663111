"""The one way for a new proposal into the inbox.

A proposer's answer is a draft. What is out of shape, what its evidence does not carry, what the guard
refuses, what is known already, what was rejected before and what is over the limit is dropped and counted;
the rest is given its id, and `put` writes it.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from memctl.domain import skill_file
from memctl.domain.finding import Finding
from memctl.domain.memory import DESCRIPTION_MAX, TYPES, Memory
from memctl.domain.proposal import RUN_MAX, TIERS, Part, Proposal, Target, identified, is_shaped
from memctl.services import guard
from memctl.services.inbox import succession
from memctl.services.inbox.novelty import Memories, as_update, same_words
from memctl.services.inbox.provenance import Provenance
from memctl.services.inbox.reasons import Dropped
from memctl.services.ownership import registration
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import arrivals
from memctl.store.state.inbox import Inbox
from memctl.store.state.resolve import Place
from memctl.store.state.tombstones import Tombstones


class InboxDoor:
    """The door of the inbox of `place`, open for one run: `take` every draft, then `put`.

    `leaving` are the ids of proposals that go when this run's come. At most `limit` drafts are taken.
    """

    def __init__(
        self,
        place: Place,
        now: float,
        *,
        memories: Sequence[Memory] | None = None,
        leaving: Collection[str] = (),
        limit: int | None = RUN_MAX,
    ) -> None:
        self.place = place
        self.now = now
        self.memories = MemoryStore(place.directory).memories()[0] if memories is None else memories
        self.taken: list[Proposal] = []
        self.dropped: Counter[str] = Counter()  # by reason, see `reasons.REASONS`
        self._known = Memories(self.memories)
        self._inbox = Inbox(place.directory)
        self.leaving = leaving
        self._limit = limit
        self._waiting = [e.proposal for e in self._inbox.entries()[0] if e.proposal.id not in leaving]
        self._tombstones = Tombstones(place.directory)
        self._buried = self._tombstones.load()

    def take(self, draft: Proposal, provenance: Provenance) -> Proposal | Dropped:
        """The proposal that `draft` becomes, or why it becomes none. Nothing is written yet."""
        result = self._checked(draft, provenance)
        if isinstance(result, Dropped):
            self.dropped[result.reason] += 1
        else:
            self.taken.append(result)
        return result

    def leave(self, unwanted: Collection[str], reason: str) -> None:
        """Take back what turned out to be `unwanted`, by id, for a `reason` of REASONS."""
        kept = [one for one in self.taken if one.id not in unwanted]
        self.dropped[reason] += len(self.taken) - len(kept)
        self.dropped = +self.dropped
        self.taken = kept

    def put(self) -> None:
        """Write what was taken, durably, and remember whose directory it is. Raises WriteFailed, Refused."""
        if self.taken:
            registration.register(self.place)
        for gone in self.leaving:
            self._inbox.drop(gone)
        for proposal in self.taken:
            arrivals.put(self.place.directory, proposal)

    def sealed(self) -> dict[str, str]:
        """What was taken, for a change that brings it along instead of `put`: the two are one step then."""
        return arrivals.sealed(self.taken)

    def _checked(self, draft: Proposal, provenance: Provenance) -> Proposal | Dropped:
        if self._limit is not None and len(self.taken) >= self._limit:  # first: thousands may follow
            return Dropped("limit")
        if not _is_usable(draft):
            return Dropped("shape")
        origin = provenance.origin(draft)
        if origin is None:
            return Dropped("evidence")
        draft = replace(
            draft,
            origin=origin,
            created=self.now + len(self.taken) / 1e6,  # so that they stay in order
            why=guard.redact(draft.why or provenance.why),
            description=draft.description if draft.kind.writes else guard.redact(draft.description),
        )
        findings = _findings(draft)
        placed = _refused(findings) or self._placed(draft)
        if isinstance(placed, Dropped):
            return placed
        if placed.kind.splits != bool(placed.parts):
            return Dropped("name")
        if placed.body != draft.body:  # with a memory's own text, which nobody has looked at
            refused = _refused(guard.check_text(placed.body))
            if refused:
                return refused
        said = dict.fromkeys((*draft.findings, *(f.message for f in findings)))
        return self._decided(replace(placed, findings=tuple(said)))

    def _placed(self, draft: Proposal) -> Proposal | Dropped:
        """The draft with its targets as they are now, and with a name that is theirs or free and safe."""
        if draft.kind.is_skill:
            return draft  # it stands beside the memories, and is compared with none
        if not draft.targets:
            return self._created(draft)
        found = [m for m in (self._known.find(target.name) for target in draft.targets) if m]
        if len({memory.stem for memory in found}) < len(draft.targets):
            return Dropped("target")
        draft = self._parted(draft) if draft.kind.splits else _guarded(draft, found)
        draft = replace(draft, targets=_as_they_are(draft.targets, found))
        if not draft.kind.makes:
            return replace(draft, name=found[0].stem)
        return self._named(draft) if draft.is_new or len(found) == 1 else draft

    def _parted(self, draft: Proposal) -> Proposal:
        """A split with names for its parts that no memory has and none will have."""
        parts: list[Part] = []
        for part in draft.parts:
            new = self._named(replace(draft, name=part.name))
            taken = {one.name for one in parts}
            if isinstance(new, Dropped) or new.name in taken:
                return replace(draft, parts=())  # out of shape: it is dropped
            parts.append(replace(part, name=new.name))
        return replace(draft, parts=tuple(parts))

    def _created(self, draft: Proposal) -> Proposal | Dropped:
        """What says nearly what a memory says already is an update of it, or nothing new."""
        if self._known.say(draft):
            return Dropped("known")
        target = self._known.meant(draft)
        if not (target and succession.says_more(target)):
            # a model says itself what its draft replaces: it is only reminded of what is beyond doubt
            sure = draft.engine == "llm"
            after = succession.succeeding(MemoryStore(self.place.directory), draft, self.now, sure=sure)
            if after is not None:
                return self._named(after) if after.kind.makes else after
        return self._named(draft) if target is None else succession.guarded(as_update(draft, target), target)

    def _named(self, draft: Proposal) -> Proposal | Dropped:
        """The draft with a name that no memory has and none will have. A rename gets the one it asks for."""
        taken = {m.stem.casefold() for m in self.memories}
        if draft.kind.writes:
            others = (*self._waiting, *self.taken)
            taken |= {p.name.casefold() for p in others if p.kind.makes}
            taken |= {part.name.casefold() for p in others for part in p.parts}
        name, number = draft.name, 2
        while name.casefold() in taken:
            name, number = f"{draft.name}-{number}", number + 1
        found = guard.check_name(name, [m.file for m in self.memories])
        unsafe = "/" in name or any(f.severity == "error" for f in found)
        if unsafe or (name != draft.name and not draft.kind.writes):
            return Dropped("name")
        return replace(draft, name=name)

    def _decided(self, placed: Proposal) -> Proposal | Dropped:
        """The proposal, unless the person has decided on it or is going to."""
        proposal = identified(placed)
        rejected = self._tombstones.stops(proposal, self._buried)
        if rejected:
            return Dropped("rejected", by=rejected)
        if any(_is_same(proposal, other) for other in (*self._waiting, *self.taken)):
            return Dropped("known")
        return proposal


def _guarded(draft: Proposal, found: Sequence[Memory]) -> Proposal:
    """The draft, put beside the one memory that it would change where that is a rule that protects."""
    changes = draft.kind.writes and not draft.kind.adds and not draft.is_dreamt
    return succession.guarded(draft, found[0]) if changes and len(found) == 1 else draft


def _as_they_are(targets: Sequence[Target], found: Sequence[Memory]) -> tuple[Target, ...]:
    """The targets with the names and the versions of the memories that they name."""
    named = {target.name: memory.stem for target, memory in zip(targets, found, strict=True)}
    seen = zip(targets, found, strict=True)
    return tuple(Target(m.stem, m.fingerprint, named.get(target.by, "")) for target, m in seen)


def _is_usable(draft: Proposal) -> bool:
    """Whether the draft has what its operation needs, each in one piece."""
    if not is_shaped(draft.operation, len(draft.targets)) or not draft.name.strip():
        return False
    kind = draft.kind
    if kind.tiers != (draft.tier in TIERS):
        return False
    if kind.is_skill != skill_file.is_shaped(draft.file) or kind.splits != bool(draft.parts):
        return False
    if not kind.writes:
        return bool(draft.evidence) or not kind.removes
    return draft.type in TYPES and bool(draft.fact.strip()) and _is_described(draft)


def _is_described(draft: Proposal) -> bool:
    """Whether the description is one line, there, and short enough; a memory's own may be as it is."""
    if "\n" in draft.description or "\r" in draft.description:
        return False
    if draft.full or draft.is_dreamt:
        return True
    return len(draft.description) <= DESCRIPTION_MAX and bool(draft.description or draft.kind.adds)


def _findings(draft: Proposal) -> list[Finding]:
    """What the guard says of everything that the inbox would hold."""
    found = list(_of_texts(draft)) + guard.check_size(len(draft.fact.encode("utf-8", "surrogatepass")))
    for text in _of_structure(draft):
        found += [f for f in guard.check_text(text, where="evidence") if f.severity == "error"]
    if draft.kind.removes:  # it saves nothing
        return [f for f in found if f.id.startswith("secret")]
    return found


def _of_texts(draft: Proposal) -> Iterator[Finding]:
    texts = {"name": draft.name, "description": draft.description, "body": draft.body}
    for where, text in texts.items():
        yield from guard.check_text(text, where=where)
    if draft.statement:
        yield from guard.check_text(draft.statement)
    for part in draft.parts:
        for where, text in (("name", part.name), ("description", part.description), ("body", part.body)):
            yield from guard.check_text(text, where=where)


def _of_structure(draft: Proposal) -> Iterator[str]:
    yield draft.session or ""
    yield from (target.name for target in draft.targets)
    for item in draft.evidence:
        yield from (item.turn, item.quote)


def _refused(findings: Sequence[Finding]) -> Dropped | None:
    errors = tuple(f for f in findings if f.severity == "error")
    if not errors:
        return None
    return Dropped("secret" if any(f.id.startswith("secret") for f in errors) else "guard", errors)


def _is_same(one: Proposal, other: Proposal) -> bool:
    """Whether two proposals are for the same thing."""
    if one.id == other.id:
        return True
    if (one.operation, one.type, one.file) != (other.operation, other.type, other.file):
        return False
    if one.is_dreamt and other.is_dreamt:
        return one.targets == other.targets
    if not one.kind.writes:
        return (one.name, one.others, one.tier) == (other.name, other.others, other.tier)
    return same_words(one.fact, other.fact) and (one.name == other.name or not one.kind.adds)
