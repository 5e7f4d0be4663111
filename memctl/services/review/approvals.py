"""An approval is written down before it is carried out, and the entry goes when it is done.

A killed command leaves an approval that the next one completes, exactly once. Who decides holds the lock of
the inbox, so that a second review neither takes an approval for one that was left nor decides beside it.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from memctl.domain.change import Applied
from memctl.domain.fingerprint import fingerprint
from memctl.domain.skill_file import path_of
from memctl.errors import Conflict, Locked, MemctlError, Refused, WriteFailed
from memctl.services.inbox import returned
from memctl.services.review import plan
from memctl.services.review.plan import Planned, sealed
from memctl.services.review.renewal import MemoriesByStem
from memctl.services.write.door import Examined, WriteDoor
from memctl.store.disk import lock
from memctl.store.history import records as history
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import approved
from memctl.store.state.entries import Approval, Entry
from memctl.store.state.inbox import Inbox
from memctl.store.state.resolve import Place
from memctl.store.write import journal


@contextmanager
def alone(directory: str, wait: float = lock.WAIT) -> Iterator[None]:
    """Nobody else decides on the inbox of `directory` meanwhile. Raises Locked after `wait` seconds."""
    with lock.held(directory, "review", wait=wait, name="review.lock"):
        yield


def complete(place: Place, now: float) -> list[str]:
    """As `Approvals.resume`, unless another review is at work: then it is that one's to finish."""
    with suppress(Locked), alone(place.directory, wait=0):
        return Approvals(place).resume(now)
    return []


def repair(place: Place, now: float) -> list[str]:
    """Finish whatever a killed command left: changes and approvals. A sentence for each; where nothing was
    left, three looks. Raises Refused, WriteFailed, Damaged."""
    at = place.directory
    left = journal.names(at) or journal.names(at, journal.SPOOL)
    notes = WriteDoor(place).repair(now=now) if left else []
    return notes + (complete(place, now) if os.path.exists(approved.path(at)) else [])


class Approvals:
    """The approvals of one memory directory. Whoever calls holds the lock, see `alone`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._directory = place.directory
        self._inbox = Inbox(place.directory)
        self._store = MemoryStore(place.directory)

    def mark(self, offers: Sequence[tuple[Entry, Planned]], at: float, actor: str) -> list[Entry]:
        """Write down that `offers` are approved: all of them, or none. Raises WriteFailed, NotFound.

        An entry is kept as it was shown, since that is what was approved.
        """
        marked: list[Entry] = []
        for entry, planned in offers:
            after = None if planned.after is None else fingerprint(planned.after)
            before = planned.before.get(planned.file)
            approval = Approval(at, after, before.fingerprint if before else None, actor, sealed(planned))
            marked.append(replace(entry, proposal=planned.proposal, approval=approval))
            there = self._inbox.get(entry.proposal.id)
            if there is None or planned.proposal != there.proposal:
                self._inbox.put(replace(marked[-1], approval=None))
        approved.begin(self._directory, {e.proposal.id: e.approval for e in marked if e.approval})
        return marked

    def end(self) -> None:
        """What is left of the approvals waits for a verdict again. Raises WriteFailed."""
        approved.end(self._directory)

    def carry_out(self, entry: Entry, now: float, examined: Examined | None = None) -> Applied | None:
        """Do what was approved, which was `examined` before; None when nothing was left to do.

        Raises Conflict when it would no longer do what was approved: nothing is written.
        """
        planned = self._planned(entry)
        if planned.fulfilled:
            self._inbox.drop(entry.proposal.id)
            return None
        if planned.change is None or _differs(planned, entry.approval):
            raise Conflict(
                f"{path_of(planned.file)} changed since this was proposed; it is offered again",
                hint=f"look at the new diff with `memctl review --show {entry.proposal.id}`",
            )
        same = examined is not None and examined.change == planned.change
        applied = self._door(entry).write(examined if examined and same else planned.change, now=now)
        self._inbox.settle(entry.proposal.id)
        return applied

    def resume(self, now: float) -> list[str]:
        """Complete approvals that a killed command left; one sentence for each. Raises WriteFailed, Locked,
        and Damaged for a change that cannot be finished."""
        waiting = [entry for entry in self._inbox.entries()[0] if entry.approval is not None]
        notes = WriteDoor(self._place).finish(now=now) if waiting else []
        for entry in waiting:
            notes.append(self._resumed(entry, now))
        self.end()
        return notes

    def _resumed(self, entry: Entry, now: float) -> str:
        what = f"the approved {entry.proposal.operation} of {entry.proposal.name}"
        try:
            if self._is_done(entry):
                self._inbox.settle(entry.proposal.id)
                return f"{what} had been carried out"
            done = self.carry_out(entry, now)
        except (Locked, WriteFailed):
            raise  # the next command tries again
        except Conflict:
            self._offer_again(entry)
            return f"{what} was not carried out: its target changed; it is offered again"
        except MemctlError as error:
            self._offer_again(entry)
            how = "was refused" if isinstance(error, Refused) else "could not be carried out"
            return f"{what} {how}, and is offered again: {error.message}"
        return f"carried out {what}" if done else f"{what} left nothing to do"

    def _offer_again(self, entry: Entry) -> None:
        """Take its approval out of an entry of 0.1.0; those of today go all at once."""
        self._inbox.put(replace(entry, approval=None))

    def _is_done(self, entry: Entry) -> bool:
        found = MemoriesByStem(self._store).get(entry.proposal.name)
        after = entry.approval.after if entry.approval else None
        if after == found.fingerprint if found else entry.proposal.kind.removes:
            return True
        past = history.log(self._place.directory, returned.PAST_MAX)
        last = returned.acceptances(past).get(entry.proposal.id)
        return last is not None and not last.is_called(entry.taken_back)

    def _door(self, entry: Entry) -> WriteDoor:
        return WriteDoor(self._place, entry.approval.actor if entry.approval else "")

    def _planned(self, entry: Entry) -> Planned:
        return plan.plan(self._store, entry.proposal, entry.approval.at if entry.approval else 0.0)


def _differs(planned: Planned, approval: Approval | None) -> bool:
    """Whether what would be done is not what was approved. One of 0.1.0 says only what its targets were."""
    seal = approval.seal if approval else ""
    return planned.stale or (seal != "" and seal != sealed(planned))
