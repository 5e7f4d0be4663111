"""The verdicts: accept, reject, later, and taking the last one back.

What a person was shown is what is saved: a proposal that would do anything else by now, whether its own
text changed or a file that it touches, is shown anew and never carried out. Each verdict is given under the
lock of the inbox, on the entry as it is then.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from memctl import settings
from memctl.agents.actor import PERSON
from memctl.domain.change import Applied
from memctl.domain.proposal import Proposal, is_guessed, is_own, is_vouched, weakest
from memctl.errors import Conflict, NotFound, Refused
from memctl.services import guard
from memctl.services.inbox import returned
from memctl.services.inbox.stale import StaleOffers
from memctl.services.review import loss, plan, policy, safety, unified
from memctl.services.review.approvals import Approvals, alone
from memctl.services.review.binding import Binding, refuse_rivals
from memctl.services.review.plan import Planned, sealed
from memctl.services.write import undo as history
from memctl.services.write.door import WriteDoor
from memctl.store.history import records as past
from memctl.store.memory.memories import MemoryStore
from memctl.store.state.entries import Entry
from memctl.store.state.inbox import Inbox
from memctl.store.state.resolve import Place
from memctl.store.state.tombstones import PREFIX_MIN, Rejection, Tombstones

AUTO = "auto"
"""The actor of what the person's own policy accepts unasked."""


@dataclass(frozen=True)
class Offer:
    """One proposal as it is shown: what accepting it would do now."""

    entry: Entry
    planned: Planned
    diff: tuple[str, ...]

    @property
    def shown(self) -> Entry:
        """The entry in line with the files, since that is the diff that is shown, and sealed."""
        return replace(self.entry, proposal=self.planned.proposal, seal=sealed(self.planned))

    @property
    def changed(self) -> bool:
        """Whether the entry was written over since it was proposed: in an editor, or where it lies."""
        return not is_own(self.entry.proposal)


@dataclass(frozen=True)
class Verdict:
    """What was decided on a proposal, so that it can be taken back."""

    entry: Entry
    verdict: str  # accepted | rejected | later
    applied: Applied | None = None
    note: str = ""  # why nothing was left to do


class Review:
    """The inbox of one memory directory and the verdicts on it.

    Each verdict is stamped with the time at which it is given: a person may think for an hour. `now` (seconds
    since the epoch) stands in for the clock.
    """

    def __init__(self, place: Place, *, now: float | None = None) -> None:
        self.place = place
        self.directory = place.directory
        self._fixed = now
        self.inbox = Inbox(self.directory)
        self.tombstones = Tombstones(self.directory)
        self.store = MemoryStore(self.directory)
        self.due = StaleOffers()  # shown among the offers though not in the inbox yet, or not shown any more
        self._approvals = Approvals(place)
        self._binding = Binding(self.directory)

    @property
    def now(self) -> float:
        """Seconds since the epoch, by the clock unless a time was given."""
        return time.time() if self._fixed is None else self._fixed

    def finish(self) -> list[str]:
        """Complete approvals that a killed command left, and take back in what was undone since; one sentence
        for each.

        Raises WriteFailed, Locked, Damaged.
        """
        if not self.inbox.is_unfinished():  # looking takes no lock, and writes nothing
            return []
        with alone(self.directory):
            notes = self._approvals.resume(self.now)
            back = returned.reconcile(self.directory)
        return notes + [f"{entry.proposal.name} is back in the inbox: it was undone" for entry in back]

    def offers(self) -> tuple[list[Offer], list[str]]:
        """Everything that waits, the oldest first, put-off ones last; and files that hold no proposal."""
        entries, damaged = self.inbox.entries()
        entries = [e for e in entries if e.proposal.id not in self.due.gone]
        entries += [Entry(proposal) for proposal in self.due.new]
        waiting = sorted((e for e in entries if e.approval is None), key=lambda e: e.later)
        return [self.offer(e) for e in waiting], damaged

    def left(self) -> int:
        """How many proposals wait in the inbox."""
        return sum(entry.approval is None for entry in self.inbox.entries()[0])

    def offer(self, entry: Entry) -> Offer:
        """`entry` against the files as they are."""
        planned = plan.plan(self.store, entry.proposal, self.now)
        return Offer(entry, planned, tuple(unified.diff(planned)))

    def offered(self, proposals: Sequence[Proposal]) -> list[Offer]:
        """What accepting each of `proposals` would do, whether or not it is in the inbox."""
        return [self.offer(Entry(proposal)) for proposal in proposals]

    def find(self, wanted: str) -> Offer:
        """The offer whose id starts with `wanted`, or what was rejected. Raises NotFound, Ambiguous."""
        try:
            return self.offer(self.inbox.find(wanted, self.due.new))
        except NotFound:
            kept = self.inbox.rejected()
            found = [one for one in kept if len(wanted) >= PREFIX_MIN and one.startswith(wanted.lower())]
            if len(found) != 1:
                raise
            return self.offer(kept[found[0]])

    def show(self, offer: Offer) -> None:
        """Remember that `offer` is shown to whoever decides: from now on only this is accepted by its id."""
        if _may_accept(WriteDoor(self.place).actor):
            self.inbox.remember(offer.entry.proposal.id, sealed(offer.planned))

    def accept(self, entries: Sequence[Entry], *, actor: str | None = None) -> list[Verdict]:
        """Accept every one of `entries`, in the name of `actor`: of whoever runs this, unless it is given.

        Raises Conflict when one would do anything else than what was shown, or than what was proposed where
        it was never shown: then nothing is written, and it waits to be shown. Raises Refused (guard, an agent
        that may not), WriteFailed, Locked.
        """
        door = WriteDoor(self.place, actor or "")
        refuse_agent(door.actor)
        with alone(self.directory):
            self._approvals.resume(self.now)
            at = self.now
            offers = [(entry, self._binding.as_shown(entry, at)) for entry in entries]
            self._binding.refuse_stale(offers)
            refuse_rivals(offers)
            examined = [door.examine(p.change, now=at) if p.change else None for _, p in offers]
            marked = self._approvals.mark(offers, at, door.actor)
            applied = self._approvals.carry_out_all(marked, examined, self.now)
        return [
            Verdict(replace(entry, approval=None), "accepted", done, planned.note)
            for entry, done, (_, planned) in zip(marked, applied, offers, strict=True)
        ]

    def reject(self, entry: Entry, reason: str = "") -> Verdict:
        """Reject: a tombstone without its content stays for good, the proposal itself for some weeks.

        Raises Conflict when another review was faster, WriteFailed.
        """
        with alone(self.directory):
            self._binding.unchanged(entry)
            self.tombstones.bury(entry.proposal, guard.redact(reason), self.now)
            self.inbox.reject(entry.proposal.id, self.now)
        return Verdict(entry, "rejected")

    def rejection(self, wanted: str) -> Rejection:
        """The rejection whose id starts with `wanted`. Raises NotFound, Ambiguous."""
        return self.tombstones.find(wanted)

    def reopen(self, rejection: Rejection) -> Entry | None:
        """Take back a rejection: the proposal waits again, which is returned. None where it is not kept any
        more: then what it was about may be proposed again.

        Raises Refused where an agent runs this: it was the person who said no.
        """
        actor = WriteDoor(self.place).actor
        if not _may_accept(actor):
            raise Refused(
                f"{actor} runs this, and what was rejected is the person's to open again",
                hint=f"ask the person to run: memctl review --reopen {rejection.id}",
                slug="approval",
            )
        with alone(self.directory):
            entry = self.inbox.rejected().get(rejection.id)
            self.tombstones.unbury(rejection.id)
            if entry is not None:  # it waits whatever the history says of what it was rejected beside
                self.inbox.bring_back(replace(entry, taken_back=""))
        return entry

    def later(self, entry: Entry) -> Verdict:
        """Put off: it stays, behind the others. Raises as `reject`."""
        with alone(self.directory):
            there = self._binding.unchanged(entry)
            self.inbox.put(replace(there, later=there.later + 1))
        return Verdict(entry, "later")

    def dismiss(self, entry: Entry) -> None:
        """Take out what has nothing left to do. Raises WriteFailed."""
        with alone(self.directory):
            self.inbox.drop(entry.proposal.id)

    def edit(self, entry: Entry, content: bytes) -> Entry:
        """`entry` with the person's own text, which is shown again before it is accepted.

        Raises NotFound (emptied), Refused (guard), Conflict when another review was faster, WriteFailed.
        """
        changed = plan.edited(entry.proposal, content)
        door = WriteDoor(self.place)
        if door.origin != "person":
            changed = replace(changed, origin=weakest((changed.origin, door.origin)) or door.origin)
        change = plan.plan(self.store, changed, self.now).change
        if change is not None:
            door.examine(change, now=self.now)
        with alone(self.directory):
            kept = replace(self._binding.unchanged(entry), proposal=changed)
            self.inbox.put(kept)
        return kept

    def take_back(self, verdict: Verdict) -> str:
        """Undo a verdict of this run; returns what was done as a sentence.

        An accepted proposal is undone in the files only while it is the last change. Raises Conflict.
        """
        entry = verdict.entry
        with alone(self.directory):
            if verdict.applied is not None:
                self._undo_change(entry)
                returned.reconcile(self.directory)
            elif verdict.verdict == "later":
                self.inbox.put(replace(self._binding.unchanged(entry), later=entry.later))
            else:
                self.tombstones.unbury(entry.proposal.id)
                self.inbox.bring_back(entry)
        return f"{entry.proposal.name} is back in the inbox"

    def _undo_change(self, entry: Entry) -> None:
        last = past.log(self.directory, 1)
        if not last or f"proposal {entry.proposal.id}" not in last[0].why:
            raise Conflict(
                "something else changed since", hint="`memctl log` and `memctl undo` show and undo it"
            )
        history.undo(WriteDoor(self.place), 1, now=self.now)

    def left_by_all(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those of `entries` that `--accept all` does not take: what is not the person's own words, and of
        what is about memories that there are whatever loses something, or a person would want to be asked
        about."""
        looked_at = [self.offer(e).planned for e in entries if e.proposal.is_dreamt]
        safe = safety.safe(self.store, looked_at, self.now)
        return [
            e for e in entries if not (e.proposal.id in safe if e.proposal.is_dreamt else self._passes(e))
        ]

    def _passes(self, entry: Entry) -> bool:
        proposal = entry.proposal
        return passes_all(entry) and not (proposal.full and loss.loses(self.offer(entry).planned))

    def automatic(self, proposals: Sequence[Proposal], approval: Mapping[str, str]) -> list[Verdict]:
        """Accept those of `proposals` that the user's policy lets pass unasked; the others stay.

        A failure leaves its proposal in the inbox for a person.
        """
        done = []
        for proposal in proposals:
            if policy.decide(proposal, approval) != "auto":
                continue
            try:
                done += self.accept([self.inbox.find(proposal.id)], actor=AUTO)
            except (Conflict, NotFound, Refused):
                continue
        return done


def passes_all(entry: Entry) -> bool:
    """Whether `--accept all` takes it: what nobody vouches for, a removal, and what the rules delete or
    put in the place of another memory, has to be named by its id."""
    one = entry.proposal
    return is_vouched(one) and one.engine != "verify" and not is_guessed(one)


def _may_accept(actor: str) -> bool:
    """Whether `actor` may approve: the person and their policy always, an agent where they said so."""
    return actor in (PERSON, AUTO) or settings.load().agents_accept


def refuse_agent(actor: str, verb: str = "review") -> None:
    """Raise Refused where an agent decides what is the person's to decide, with `verb`."""
    if not _may_accept(actor):
        raise Refused(
            f"{actor} runs this, and what is proposed is the person's to accept; nothing was written",
            hint=f"ask the person to look at it with `memctl {verb}`",
            slug="approval",
        )
