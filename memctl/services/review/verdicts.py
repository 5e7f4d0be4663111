"""The verdicts: accept, reject, later, and taking the last one back.

What a person was shown is what is saved: a proposal whose target changed since is shown anew, never written
over it.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from memctl.domain.change import Applied
from memctl.domain.proposal import Proposal, weakest
from memctl.errors import Conflict, MemctlError, NotFound, Refused
from memctl.services import guard
from memctl.services.inbox import returned
from memctl.services.inbox.stale import StaleOffers
from memctl.services.review import plan, policy, unified
from memctl.services.review.approvals import Approvals
from memctl.services.review.plan import Planned
from memctl.services.write import undo as history
from memctl.services.write.door import WriteDoor
from memctl.store.history import records as past
from memctl.store.memory.memories import MemoryStore
from memctl.store.state.entries import Entry
from memctl.store.state.inbox import Inbox
from memctl.store.state.resolve import Place
from memctl.store.state.tombstones import Tombstones


@dataclass(frozen=True)
class Offer:
    """One proposal as it is shown: what accepting it would do now."""

    entry: Entry
    planned: Planned
    diff: tuple[str, ...]

    @property
    def shown(self) -> Entry:
        """The entry in line with the files, since that is the diff that is shown."""
        return replace(self.entry, proposal=self.planned.proposal)


@dataclass(frozen=True)
class Verdict:
    """What was decided on a proposal, so that it can be taken back."""

    entry: Entry
    verdict: str  # accepted | rejected | later
    applied: Applied | None = None


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

    @property
    def now(self) -> float:
        """Seconds since the epoch, by the clock unless a time was given."""
        return time.time() if self._fixed is None else self._fixed

    def finish(self) -> list[str]:
        """Complete approvals that a killed command left, and take back in what was undone since; one sentence
        for each.

        Raises WriteFailed, Locked, Damaged.
        """
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

    def offer(self, entry: Entry) -> Offer:
        """`entry` against the files as they are."""
        planned = plan.plan(self.store, entry.proposal, self.now)
        return Offer(entry, planned, tuple(unified.diff(planned)))

    def find(self, wanted: str) -> Offer:
        """The offer whose id starts with `wanted`. Raises NotFound, Ambiguous."""
        for proposal in self.due.new:
            if wanted and proposal.id.startswith(wanted.lower()):
                return self.offer(Entry(proposal))
        return self.offer(self.inbox.find(wanted))

    def accept(self, entries: Sequence[Entry], *, actor: str | None = None) -> list[Verdict]:
        """Accept every one of `entries`, in the name of `actor`: of whoever runs this, unless it is given.

        Raises Conflict when a target changed since it was proposed: then nothing is written, and those are
        offered again with their new diff. Raises Refused (guard), WriteFailed, Locked.
        """
        at = self.now
        offers = [(entry, plan.plan(self.store, entry.proposal, at)) for entry in entries]
        self._refuse_stale(offers)
        _refuse_rivals(offers)
        door = WriteDoor(self.place, actor or "")
        examined = [door.examine(p.change, now=at) if p.change else None for _, p in offers]
        marked = self._approvals.mark(offers, at, door.actor)
        done: list[Verdict] = []
        for entry, seen in zip(marked, examined, strict=True):
            try:
                applied = self._approvals.carry_out(entry, self.now, seen)
            except MemctlError as error:
                self._approvals.unmark(marked[len(done) + 1 :])
                if done:
                    names = ", ".join(verdict.entry.proposal.name for verdict in done)
                    error.message += f"; accepted before that: {names}"
                raise
            done.append(Verdict(replace(entry, approval=None), "accepted", applied))
        return done

    def _refuse_stale(self, offers: Sequence[tuple[Entry, Planned]]) -> None:
        stale = [(entry, planned) for entry, planned in offers if planned.stale]
        if not stale:
            return
        for entry, planned in stale:
            if planned.change is None:
                self.inbox.drop(entry.proposal.id)
            else:
                self.inbox.put(replace(entry, proposal=planned.proposal, approval=None))
        names = ", ".join(planned.file for _, planned in stale[:3])
        again = [entry.proposal.id for entry, planned in stale if planned.change is not None]
        hint = f"look at the new diff with `memctl review --show {again[0]}`" if again else plan.MOOT
        raise Conflict(f"{names} changed since this was proposed; nothing was written", hint=hint)

    def reject(self, entry: Entry, reason: str = "") -> Verdict:
        """Reject: the proposal goes, a tombstone without its content stays. Raises WriteFailed."""
        self.tombstones.bury(entry.proposal, guard.redact(reason), self.now)
        self.inbox.drop(entry.proposal.id)
        return Verdict(entry, "rejected")

    def later(self, entry: Entry) -> Verdict:
        """Put off: it stays, behind the others. Raises WriteFailed."""
        self.inbox.put(replace(entry, later=entry.later + 1))
        return Verdict(entry, "later")

    def edit(self, entry: Entry, content: bytes) -> Entry:
        """`entry` with the person's own text, which is shown again before it is accepted.

        Raises NotFound (emptied), Refused (guard), WriteFailed.
        """
        changed = plan.edited(entry.proposal, content)
        door = WriteDoor(self.place)
        if door.origin != "person":
            changed = replace(changed, origin=weakest((changed.origin, door.origin)) or door.origin)
        change = plan.plan(self.store, changed, self.now).change
        if change is not None:
            door.examine(change, now=self.now)
        kept = replace(entry, proposal=changed)
        self.inbox.put(kept)
        return kept

    def take_back(self, verdict: Verdict) -> str:
        """Undo a verdict of this run; returns what was done as a sentence.

        An accepted proposal is undone in the files only while it is the last change. Raises Conflict.
        """
        entry = verdict.entry
        if verdict.applied is not None:
            self._undo_change(entry)
            returned.reconcile(self.directory)
        elif verdict.verdict == "later":
            self.inbox.put(entry)
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

    def automatic(self, proposals: Sequence[Proposal], approval: Mapping[str, str]) -> list[Verdict]:
        """Accept those of `proposals` that the user's policy lets pass unasked; the others stay.

        A failure leaves its proposal in the inbox for a person.
        """
        done = []
        for proposal in proposals:
            if policy.decide(proposal, approval) != "auto":
                continue
            try:
                done += self.accept([self.inbox.find(proposal.id)], actor="auto")
            except (Conflict, NotFound, Refused):
                continue
        return done


def _refuse_rivals(offers: Sequence[tuple[Entry, Planned]]) -> None:
    """Two proposals that touch one file: the second was shown against what the first replaces."""
    taken: dict[str, str] = {}
    for entry, planned in offers:
        operations = planned.change.operations if planned.change else ()
        for file in (operation.file for operation in operations):
            other = taken.setdefault(file.casefold(), entry.proposal.id)
            if other != entry.proposal.id:
                raise Conflict(
                    f"{other} and {entry.proposal.id} both change {file}; nothing was written",
                    hint=f"accept one, then look at `memctl review --show {entry.proposal.id}`",
                )


def passes_all(entry: Entry) -> bool:
    """Whether `--accept all` takes it: what rests on tool output or a web page has to be named by its id."""
    return entry.proposal.origin != "tool" and entry.proposal.engine != "verify"
