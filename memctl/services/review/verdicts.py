"""The verdicts: accept, reject, later, and taking the last one back.

An approval is written into the inbox entry before it is carried out and the entry goes when it is done, so
that a killed command leaves an approval that the next one completes, exactly once. What a person was shown
is what is saved: a proposal whose target changed since is shown anew, never written over it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from memctl.domain.change import Applied, Change
from memctl.domain.fingerprint import fingerprint
from memctl.domain.proposal import Proposal
from memctl.errors import Conflict, MemctlError, NotFound
from memctl.services import guard
from memctl.services.inbox import returned
from memctl.services.inbox.stale import Due
from memctl.services.review import plan, policy
from memctl.services.review.plan import Planned
from memctl.services.write import undo as history
from memctl.services.write.door import Examined, WriteDoor
from memctl.store.history import records as past
from memctl.store.memory.memories import MemoryStore
from memctl.store.state.inbox import Approval, Entry, Inbox
from memctl.store.state.resolve import Place
from memctl.store.state.tombstones import Tombstones


@dataclass(frozen=True)
class Offer:
    """One proposal as it is shown: what accepting it would do now."""

    entry: Entry
    planned: Planned
    diff: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What was decided on a proposal, so that it can be taken back."""

    entry: Entry
    verdict: str  # accepted | rejected | later
    applied: Applied | None = None


class Review:
    """The inbox of one project's memory directory and the verdicts on it.

    Each verdict is stamped with the time at which it is given: a person may think for an hour. `now` (seconds
    since the epoch) stands in for the clock.
    """

    def __init__(self, place: Place, *, now: float | None = None) -> None:
        self.place = place
        self.directory = directory = place.directory
        self._fixed = now
        self.inbox = Inbox(directory)
        self.tombstones = Tombstones(directory)
        self.store = MemoryStore(directory)
        self.due = Due()  # shown among the offers though not in the inbox yet, or not shown any more

    @property
    def now(self) -> float:
        """Seconds since the epoch, by the clock unless a time was given."""
        return time.time() if self._fixed is None else self._fixed

    def finish(self) -> list[str]:
        """Complete approvals that a killed command left, and take back in what was undone since; one sentence
        for each.

        Raises WriteFailed, Locked, Damaged.
        """
        waiting = [entry for entry in self.inbox.entries()[0] if entry.approval is not None]
        notes = WriteDoor(self.place).finish(now=self.now) if waiting else []
        notes += [self._finish(entry) for entry in waiting]
        back = returned.reconcile(self.directory)
        return notes + [f"{entry.proposal.name} is back in the inbox: it was undone" for entry in back]

    def _finish(self, entry: Entry) -> str:
        proposal = entry.proposal
        what = f"the approved {proposal.operation} of {proposal.name}"
        if self._is_done(entry):
            self.inbox.settle(proposal.id)
            return f"{what} had been carried out"
        planned = plan.plan(self.store, proposal, entry.approval.at if entry.approval else self.now)
        if planned.stale:
            self.inbox.put(replace(entry, proposal=planned.proposal, approval=None))
            return f"{what} was not carried out: its target changed; it is offered again"
        self._carry_out(planned, WriteDoor(self.place), planned.change)
        return f"carried out {what}"

    def _is_done(self, entry: Entry) -> bool:
        approval = entry.approval
        if approval is None:
            return False
        if self._fingerprint(entry.proposal) == approval.after:
            return True
        last = returned.acceptances(past.log(self.directory, returned.PAST_MAX)).get(entry.proposal.id)
        return last is not None and last.commit != entry.taken_back

    def _fingerprint(self, proposal: Proposal) -> str | None:
        found = plan.Shelf(self.store).get(proposal.name)
        return found.fingerprint if found else None

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
        return Offer(entry, planned, tuple(plan.diff(planned)))

    def find(self, wanted: str) -> Offer:
        """The offer whose id starts with `wanted`. Raises NotFound, Ambiguous."""
        for proposal in self.due.new:
            if wanted and proposal.id.startswith(wanted.lower()):
                return self.offer(Entry(proposal))
        return self.offer(self.inbox.find(wanted))

    def accept(self, entries: Sequence[Entry], *, by: str = "") -> list[Verdict]:
        """Accept every one of `entries`. Raises Conflict when a target changed since it was proposed: then
        nothing is written, and those are offered again with their new diff. Raises Refused (guard),
        WriteFailed, Locked. `by` is who accepts, where it is not the one who runs this.
        """
        at, door = self.now, WriteDoor(self.place, by)
        plans = [plan.plan(self.store, entry.proposal, at) for entry in entries]
        self._refuse_stale(entries, plans)
        _refuse_rivals(entries, plans)
        examined = [door.examine(p.change, now=at) if p.change else None for p in plans]
        marked = [self._mark(entry, planned, at) for entry, planned in zip(entries, plans, strict=True)]
        done: list[Verdict] = []
        for entry, seen in zip(marked, examined, strict=True):
            try:
                done.append(self._accept(entry, door, seen))
            except MemctlError as error:
                self._unmark(marked[len(done) + 1 :])
                if done:
                    names = ", ".join(verdict.entry.proposal.name for verdict in done)
                    error.message += f"; accepted before that: {names}"
                raise
        return done

    def _unmark(self, entries: Sequence[Entry]) -> None:
        """Let what was not carried out wait for a verdict again: the command that failed says that it did."""
        for entry in entries:
            self.inbox.put(replace(entry, approval=None))

    def _refuse_stale(self, entries: Sequence[Entry], plans: Sequence[Planned]) -> None:
        stale = [(e, p) for e, p in zip(entries, plans, strict=True) if p.stale]
        if not stale:
            return
        for entry, planned in stale:
            if planned.change is None:
                self.inbox.drop(entry.proposal.id)
            else:
                self.inbox.put(replace(entry, proposal=planned.proposal, approval=None))
        names = ", ".join(planned.file for _, planned in stale[:3])
        ids = " ".join(entry.proposal.id for entry, planned in stale if planned.change is not None)
        hint = (
            f"look at the new diff with `memctl review --show {ids.split()[0]}`"
            if ids
            else "there is nothing left to change"
        )
        raise Conflict(f"{names} changed since this was proposed; nothing was written", hint=hint)

    def _guard(self, proposal: Proposal) -> None:
        if proposal.operation == "delete":
            return
        found = guard.check_text(proposal.description, where="description") + guard.check_text(
            proposal.body, where="body"
        )
        guard.refuse_if_errors(found)
        if proposal.operation in ("create", "supersede"):
            files = [entry[0] for entry in self.store.listing()[0]]
            guard.refuse_if_errors(guard.check_name(proposal.name, files))

    def _mark(self, entry: Entry, planned: Planned, at: float) -> Entry:
        after = None if planned.after is None else fingerprint(planned.after)
        before = planned.before.fingerprint if planned.before else None
        marked = replace(entry, approval=Approval(at, after, before))
        self.inbox.put(marked)
        return marked

    def _accept(self, entry: Entry, door: WriteDoor, examined: Examined | None) -> Verdict:
        """Carry out a marked approval; one that an earlier one made stale is offered again."""
        planned = plan.plan(self.store, entry.proposal, entry.approval.at if entry.approval else self.now)
        if planned.stale:
            self.inbox.put(replace(entry, proposal=planned.proposal, approval=None))
            raise Conflict(
                f"{planned.file} changed since this was proposed; it is offered again",
                hint=f"look at the new diff with `memctl review --show {entry.proposal.id}`",
            )
        same = examined is not None and examined.change == planned.change
        return Verdict(
            replace(entry, approval=None),
            "accepted",
            self._carry_out(planned, door, examined if same else planned.change),
        )

    def _carry_out(
        self, planned: Planned, door: WriteDoor, change: Change | Examined | None
    ) -> Applied | None:
        applied = None
        if change is not None:
            try:
                applied = door.write(change, now=self.now)
            except Conflict:
                self._offer_again(planned.proposal.id)
                raise
        if applied is None:
            self.inbox.drop(planned.proposal.id)
        else:
            self.inbox.settle(planned.proposal.id)
        return applied

    def _offer_again(self, proposal_id: str) -> None:
        entry = self.inbox.find(proposal_id)
        self.inbox.put(replace(entry, approval=None))

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
        self._guard(changed)
        kept = replace(entry, proposal=changed)
        self.inbox.put(kept)
        return kept

    def take_back(self, verdict: Verdict) -> str:
        """Undo a verdict of this run; returns what was done as a sentence.

        An accepted proposal is undone in the files only while it is the last change. Raises Conflict.
        """
        name = verdict.entry.proposal.name
        if verdict.verdict == "accepted" and verdict.applied is not None:
            self._undo_change(verdict)
            returned.reconcile(self.directory)
            return f"{name} is back in the inbox"
        if verdict.verdict == "rejected":
            self.tombstones.unbury(verdict.entry.proposal.id)
        self.inbox.put(verdict.entry)
        return f"{name} is back in the inbox"

    def _undo_change(self, verdict: Verdict) -> None:
        last = past.log(self.directory, 1)
        if not last or f"proposal {verdict.entry.proposal.id}" not in last[0].why:
            raise Conflict(
                "something else changed since", hint="`memctl log` and `memctl undo` show and undo it"
            )
        history.undo(WriteDoor(self.place), 1, now=self.now)

    def automatic(self, proposals: Sequence[Proposal], approval: dict[str, str]) -> list[Verdict]:
        """Accept those of `proposals` that the user's policy lets pass unasked; the others stay.

        A failure leaves its proposal in the inbox for a person.
        """
        done = []
        for proposal in proposals:
            if policy.decide(proposal, approval) != "auto":
                continue
            try:
                done += self.accept([self.inbox.find(proposal.id)], by="auto")
            except (Conflict, NotFound):
                continue
        return done


def _refuse_rivals(entries: Sequence[Entry], plans: Sequence[Planned]) -> None:
    """Two proposals that touch one file: the second was shown against what the first replaces."""
    taken: dict[str, str] = {}
    for entry, planned in zip(entries, plans, strict=True):
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
