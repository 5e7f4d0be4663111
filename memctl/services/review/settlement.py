"""The inbox as a person left it in one text: what stands there is accepted, as it was or in other words, and
what was taken out is rejected. All of it is one change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from memctl.domain import TYPES
from memctl.domain.proposal import Proposal, weakest
from memctl.errors import Conflict, MemctlError, Refused
from memctl.format import topic
from memctl.format.sheet import Block, Problem
from memctl.services.review import plan, unified
from memctl.services.review.approvals import Approvals, alone, as_one
from memctl.services.review.binding import Binding
from memctl.services.review.plan import Planned, sealed
from memctl.services.review.verdicts import Offer, Review, Verdict, refuse_agent
from memctl.services.write.door import WriteDoor
from memctl.store.state.entries import Entry

DESCRIPTION_MAX = 150
"""Characters of a description: with its title it has to fit a line of the index."""


@dataclass(frozen=True)
class Left:
    """A proposal that waits on, and why."""

    proposal: Proposal
    why: str


@dataclass
class Settlement:
    """What a person decided on all of an inbox. `reworded` has each proposal as it was and as it is now."""

    accepted: list[Offer] = field(default_factory=list)
    reworded: list[tuple[Offer, Offer]] = field(default_factory=list)
    rejected: list[Offer] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    @property
    def results(self) -> list[tuple[Offer, Offer]]:
        """Each proposal that is accepted, as it was offered and as it will be."""
        return [*((offer, offer) for offer in self.accepted), *self.reworded]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is decided."""
        return not (self.accepted or self.reworded or self.rejected)


def block(offer: Offer, mark: str, comments: Sequence[str] = ()) -> Block:
    """What accepting `offer` makes of its memory, as a block called `mark`; what says nothing has no text."""
    proposal, after = offer.planned.proposal, offer.planned.after
    title = f"{proposal.operation} {proposal.name}"
    if not proposal.kind.writes or after is None:
        return Block(mark, {}, title=title, comments=comments)
    memory = topic.decode(after, offer.planned.file)
    fields = {"name": proposal.name, "type": memory.type or proposal.type, "description": memory.description}
    if proposal.kind.is_skill:
        del fields["type"]
    return Block(mark, fields, _plain(memory.body), title, comments)


def _plain(body: str) -> str:
    """`body` with plain line ends, where all of its own are those of Windows."""
    return body.replace("\r\n", "\n") if _is_windows(body) else body


def _is_windows(body: str) -> bool:
    return "\n" in body and body.count("\r\n") == body.count("\n") == body.count("\r")


class Settling:
    """Reads what a person made of `offers`, each of which stood in the text as the block of the same key.

    Raises Refused where an agent runs this that may not decide.
    """

    def __init__(self, review: Review, offers: dict[str, Offer]) -> None:
        self.review = review
        self.offers = offers
        self.door = WriteDoor(review.place)
        self.refused: Refused | None = None  # why the guard would not take what was read last
        refuse_agent(self.door.actor)

    def read(self, blocks: Iterable[Block]) -> tuple[Settlement, list[Problem]]:
        """What `blocks` say is to be done, and what of them cannot be."""
        found, problems = Settlement(), []
        self.refused = None
        seen: set[str] = set()
        for one in blocks:
            offer = self.offers.get(one.id)
            if offer is None or one.id in seen:
                said = "stands here twice" if offer else "is no proposal of this text"
                problems.append(Problem(one.line, f"{one.id} {said}"))
                continue
            seen.add(one.id)
            try:
                result = self._result(offer, one)
            except _Unreadable as error:
                problems.append(error.problem)
            except MemctlError as error:  # the guard's, or a memory that cannot be read
                self.refused = error if isinstance(error, Refused) else self.refused
                problems.append(Problem(one.line, error.message + (f" ({error.hint})" if error.hint else "")))
            else:
                found.accepted += [offer] if result is None else []
                found.reworded += [] if result is None else [(offer, result)]
        found.rejected = [offer for mark, offer in self.offers.items() if mark not in seen]
        return found, problems

    def _result(self, offer: Offer, said: Block) -> Offer | None:
        """`offer` in the person's words; None where they are those that stood there."""
        asked = block(offer, said.id)
        if _is_same(said, asked):
            return None
        _check(offer.planned.proposal, said, asked)
        changed = self._changed(offer, said)
        result = self.review.offer(replace(offer.entry, proposal=changed))
        if result.planned.change is None:
            raise _Unreadable(said.line, f"{result.planned.note}: delete the block to reject it")
        self.door.examine(result.planned.change, now=self.review.now)
        return result

    def _changed(self, offer: Offer, said: Block) -> Proposal:
        proposal, after = offer.planned.proposal, offer.planned.after
        was = topic.decode(after or b"", offer.planned.file)
        body = said.body.strip("\n") + "\n"
        if _is_windows(was.body):
            body = body.replace("\n", "\r\n")
        values = {key: value.strip() for key, value in said.fields.items()}
        type_ = values.get("type", proposal.type)
        made = plan.reworded(proposal, values["name"], type_, values["description"], body)
        if self.door.origin != "person":
            made = replace(made, origin=weakest((made.origin, self.door.origin)) or self.door.origin)
        return replace(made, retype=made.retype if made.retype != was.type else "")

    def difference(self, offer: Offer, result: Offer) -> list[str]:
        """How `result` differs from `offer`, both as if they were made now, as a unified diff; where it got
        the name of a memory, what it does to that."""
        at, store = self.review.now, self.review.store
        first, second = (plan.plan(store, one.planned.proposal, at) for one in (offer, result))
        is_there = bool(second.before) and first.file != second.file
        return unified.diff(second) if is_there else unified.between(first, second)

    def without_rivals(self, found: Settlement) -> None:
        """Leave what touches a file that another accepted proposal touches: it was shown against what that
        one replaces."""
        taken: dict[str, str] = {}
        for offer, result in list(found.results):
            change = result.planned.change
            files = [operation.file.casefold() for operation in change.operations] if change else []
            rival = next((taken[file] for file in files if file in taken), None)
            if rival is not None:
                why = f"{rival} changes the same memory: look at it after that"
                _leave(found, offer, why)
            taken |= {} if rival else dict.fromkeys(files, offer.planned.proposal.name)

    def without_changed(self, found: Settlement) -> list[Entry]:
        """Leave what is no longer what stood in the text; returns what arrived meanwhile."""
        fresh = {offer.entry.proposal.id: offer for offer in self.review.offers()[0]}
        for offer in self.offers.values():
            there = fresh.get(offer.entry.proposal.id)
            if there is None:
                _leave(found, offer, "it was decided in another review meanwhile")
            elif sealed(there.planned) != sealed(offer.planned):
                _leave(found, offer, "it or its memory changed meanwhile")
        known = {offer.entry.proposal.id for offer in self.offers.values()}
        return [offer.entry for one, offer in fresh.items() if one not in known]

    def without_unvouched(self, found: Settlement) -> None:
        """Leave of what was not touched whatever `--accept all` does not take, and what is not what was
        proposed: nobody may have looked at it."""
        left = {entry.proposal.id for entry in self.review.left_by_all([o.entry for o in found.accepted])}
        for offer in found.accepted:
            if (offer.changed or offer.planned.stale) and offer.entry.seal != sealed(offer.planned):
                left.add(offer.entry.proposal.id)
        for offer in [o for o in found.accepted if o.entry.proposal.id in left]:
            _leave(found, offer, "--yes takes what `--accept all` takes: accept it by its id")

    def carry_out(self, found: Settlement) -> list[Verdict]:
        """Do all of it as one change: accept, and then reject. What changed since is left, in `found.left`.

        Raises Refused (guard), WriteFailed, Locked; nothing is decided then.
        """
        approvals = Approvals(self.review.place)
        with alone(self.review.directory):
            approvals.resume(self.review.now)
            at = self.review.now
            chosen = self._still(found, at)
            rejected = [offer.entry for offer in found.rejected]
            verdicts = []
            if chosen:
                self.door.examine(as_one([one.change for _, one in chosen if one.change]), now=at)
                marked = approvals.mark(chosen, at, self.door.actor, together=True)
                try:
                    applied = approvals.carry_out_together(marked, self.review.now, rejected)
                except MemctlError:
                    approvals.end()
                    raise
                approvals.end()
                done = [applied, *(None for _ in marked[1:])]
                verdicts = [
                    Verdict(replace(entry, approval=None), "accepted", one)
                    for entry, one in zip(marked, done, strict=True)
                ]
            return verdicts + [self._reject(entry, at) for entry in rejected]

    def _still(self, found: Settlement, at: float) -> list[tuple[Entry, Planned]]:
        """What is accepted and would still do what was shown; the rest is left, also of what is rejected."""
        binding = Binding(self.review.directory)
        chosen = []
        for offer, result in [*found.results, *((offer, offer) for offer in found.rejected)]:
            try:
                there = binding.unchanged(offer.entry)
                planned = plan.plan(self.review.store, result.planned.proposal, at)
            except Conflict as error:
                _leave(found, offer, error.message)
                continue
            if sealed(planned) != sealed(result.planned):
                _leave(found, offer, "it or its memory changed meanwhile")
            elif offer not in found.rejected:
                chosen.append((replace(there, proposal=planned.proposal), planned))
        return chosen

    def _reject(self, entry: Entry, at: float) -> Verdict:
        """Reject as `Review.reject` does, which keeps the text for a while: an undo of the change that it
        stands beside brings it back, and so does the person."""
        self.review.tombstones.bury(entry.proposal, "", at)
        self.review.inbox.reject(entry.proposal.id, at)
        return Verdict(entry, "rejected")


class _Unreadable(Exception):
    """What a person wrote that cannot be done."""

    def __init__(self, line: int, message: str) -> None:
        self.problem = Problem(line, message)


def _is_same(said: Block, asked: Block) -> bool:
    """Whether it says what stood there, but for blanks and empty lines at its ends, which editors change."""
    fields = [{key: value.strip() for key, value in one.fields.items()} for one in (said, asked)]
    return fields[0] == fields[1] and said.body.rstrip("\n ") == asked.body.rstrip("\n ")


def _check(proposal: Proposal, said: Block, asked: Block) -> None:
    """Raise _Unreadable for what no memory can say."""
    if not asked.fields:
        raise _Unreadable(said.line, f"a {proposal.operation} has no text to edit")
    for key in said.fields.keys() ^ asked.fields.keys():
        line = said.where.get(key, said.line)
        raise _Unreadable(line, f"{key}: is no field here" if key in said.fields else f"{key}: is missing")
    values = {key: value.strip() for key, value in said.fields.items()}
    if "type" in values and values["type"] not in TYPES:
        raise _Unreadable(said.where["type"], f"no such type: {values['type']}; one of {', '.join(TYPES)}")
    if values["name"] != asked.fields["name"] and (not proposal.is_new or proposal.kind.is_skill):
        raise _Unreadable(said.where["name"], "what is there keeps its name; `memctl mv` renames a memory")
    if len(values["description"]) > max(DESCRIPTION_MAX, len(asked.fields["description"])):
        many = len(values["description"])
        raise _Unreadable(
            said.where["description"], f"{many} characters; a description has at most {DESCRIPTION_MAX}"
        )
    if not said.body.strip():
        raise _Unreadable(said.line, "its text is empty: delete the whole block to reject it")


def _leave(found: Settlement, offer: Offer, why: str) -> None:
    """Take `offer` out of what is decided."""
    if offer.planned.proposal.id in {one.proposal.id for one in found.left}:
        return
    found.accepted = [one for one in found.accepted if one is not offer]
    found.reworded = [pair for pair in found.reworded if pair[0] is not offer]
    found.rejected = [one for one in found.rejected if one is not offer]
    found.left.append(Left(offer.planned.proposal, why))
