"""An approval is written down before it is carried out, and the entry goes when it is done.

A killed command leaves an approval that the next one completes, exactly once.
"""

from collections.abc import Sequence
from dataclasses import replace

from memctl.domain.change import Applied
from memctl.domain.fingerprint import fingerprint
from memctl.errors import Conflict, MemctlError, Refused
from memctl.services.inbox import returned
from memctl.services.review import plan
from memctl.services.review.plan import Planned
from memctl.services.write.door import Examined, WriteDoor
from memctl.store.history import records as history
from memctl.store.memory.memories import MemoryStore
from memctl.store.state.entries import Approval, Entry
from memctl.store.state.inbox import Inbox
from memctl.store.state.resolve import Place


class Approvals:
    """The approvals of one memory directory."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._inbox = Inbox(place.directory)
        self._store = MemoryStore(place.directory)

    def mark(self, offers: Sequence[tuple[Entry, Planned]], at: float, actor: str) -> list[Entry]:
        """Write down that `offers` are approved: all of them, or none. Raises WriteFailed, NotFound."""
        marked: list[Entry] = []
        for entry, planned in offers:
            after = None if planned.after is None else fingerprint(planned.after)
            before = planned.before.get(planned.file)
            approval = Approval(at, after, before.fingerprint if before else None, actor)
            marked.append(replace(entry, approval=approval))
            try:
                self._inbox.put(marked[-1])
            except MemctlError:
                self.unmark(marked[:-1])
                raise
        return marked

    def unmark(self, entries: Sequence[Entry]) -> None:
        """Let them wait for a verdict again."""
        for entry in entries:
            self._inbox.put(replace(entry, approval=None))

    def carry_out(self, entry: Entry, now: float, examined: Examined | None = None) -> Applied | None:
        """Do what was approved, which was `examined` before; None when nothing was left to do.

        Raises Conflict when a target changed: then it is offered again, and nothing is written.
        """
        planned = self._planned(entry)
        if planned.stale:
            self.unmark([replace(entry, proposal=planned.proposal)])
            raise Conflict(
                f"{planned.file} changed since this was proposed; it is offered again",
                hint=f"look at the new diff with `memctl review --show {entry.proposal.id}`",
            )
        if planned.change is None:
            self._inbox.drop(entry.proposal.id)
            return None
        same = examined is not None and examined.change == planned.change
        try:
            applied = self._door(entry).write(examined if examined and same else planned.change, now=now)
        except (Conflict, Refused):
            self.unmark([self._inbox.find(entry.proposal.id)])
            raise
        self._inbox.settle(entry.proposal.id)
        return applied

    def resume(self, now: float) -> list[str]:
        """Complete approvals that a killed command left; one sentence for each. Raises WriteFailed, Locked,
        Damaged."""
        waiting = [entry for entry in self._inbox.entries()[0] if entry.approval is not None]
        notes = WriteDoor(self._place).finish(now=now) if waiting else []
        return notes + [self._resumed(entry, now) for entry in waiting]

    def _resumed(self, entry: Entry, now: float) -> str:
        what = f"the approved {entry.proposal.operation} of {entry.proposal.name}"
        if self._is_done(entry):
            self._inbox.settle(entry.proposal.id)
            return f"{what} had been carried out"
        planned = self._planned(entry)
        if planned.stale:
            self.unmark([replace(entry, proposal=planned.proposal)])
            return f"{what} was not carried out: its target changed; it is offered again"
        try:
            self.carry_out(entry, now)
        except Refused as error:
            return f"{what} was refused, and is offered again: {error.message}"
        return f"carried out {what}"

    def _is_done(self, entry: Entry) -> bool:
        found = plan.MemoriesByStem(self._store).get(entry.proposal.name)
        if entry.approval and entry.approval.after == (found.fingerprint if found else None):
            return True
        past = history.log(self._place.directory, returned.PAST_MAX)
        last = returned.acceptances(past).get(entry.proposal.id)
        return last is not None and last.commit != entry.taken_back

    def _door(self, entry: Entry) -> WriteDoor:
        return WriteDoor(self._place, entry.approval.actor if entry.approval else "")

    def _planned(self, entry: Entry) -> Planned:
        return plan.plan(self._store, entry.proposal, entry.approval.at if entry.approval else 0.0)
