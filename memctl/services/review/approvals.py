"""An approval is written down before it is carried out, and the entry goes when it is done.

A killed command leaves an approval that the next one completes, exactly once. Who decides holds the lock of
the inbox, so that a second review neither takes an approval for one that was left nor decides beside it.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from memctl.domain.change import Applied, Change
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

    def mark(
        self, offers: Sequence[tuple[Entry, Planned]], at: float, actor: str, *, together: bool = False
    ) -> list[Entry]:
        """Write down that `offers` are approved: all of them, or none. Raises WriteFailed, NotFound.

        An entry is kept as it was shown, since that is what was approved. What `dream` proposed is one batch,
        and so is all that is approved `together`.
        """
        marked: list[Entry] = []
        batched = [entry.proposal.id for entry, planned in offers if _is_batched(planned, together)]
        batch = batched[0] if len(batched) > 1 else ""
        for entry, planned in offers:
            after = None if planned.after is None else fingerprint(planned.after)
            before = planned.before.get(planned.file)
            seen = before.fingerprint if before else None
            one = batch if _is_batched(planned, together) else ""
            approval = Approval(at, after, seen, actor, sealed(planned), one)
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

    def carry_out_all(
        self, marked: Sequence[Entry], examined: Sequence[Examined | None], now: float
    ) -> list[Applied | None]:
        """Do what was approved of each of `marked`, those of a batch as one change, which comes first and is
        the first one's. Raises as `carry_out`, with what was done before that."""
        together = [entry for entry in marked if entry.approval and entry.approval.batch]
        done: dict[str, Applied | None] = {}
        try:
            if together:
                applied = self.carry_out_together(together, now)
                done = {entry.proposal.id: None for entry in together} | {together[0].proposal.id: applied}
            for entry, seen in zip(marked, examined, strict=True):
                if entry not in together:
                    done[entry.proposal.id] = self.carry_out(entry, now, seen)
        except MemctlError as error:
            self.end()
            names = ", ".join(entry.proposal.name for entry in marked if entry.proposal.id in done)
            error.message += f"; accepted before that: {names}" if names else ""
            raise
        self.end()
        return [done[entry.proposal.id] for entry in marked]

    def carry_out_together(
        self, entries: Sequence[Entry], now: float, rejected: Sequence[Entry] = ()
    ) -> Applied:
        """Do what was approved of all of `entries` as one change, which the history says to have `rejected`
        others. Raises Conflict where one of them would no longer do what was approved: nothing is written."""
        planned = [self._planned(entry) for entry in entries]
        for entry, one in zip(entries, planned, strict=True):
            if one.change is None or _differs(one, entry.approval):
                raise Conflict(
                    f"{path_of(one.file)} changed since this was proposed; all of it is offered again",
                    hint=f"look at the new diff with `memctl review --show {entry.proposal.id}`",
                )
        also = [f"{returned.REJECT} {e.proposal.name}, proposal {e.proposal.id}" for e in rejected]
        one_change = as_one([one.change for one in planned if one.change], also)
        applied = self._door(entries[0]).write(one_change, now=now)
        for entry in entries:
            self._inbox.settle(entry.proposal.id)
        return applied

    def resume(self, now: float) -> list[str]:
        """Complete approvals that a killed command left; one sentence for each. Raises WriteFailed, Locked,
        and Damaged for a change that cannot be finished."""
        waiting = [entry for entry in self._inbox.entries()[0] if entry.approval is not None]
        notes = WriteDoor(self._place).finish(now=now) if waiting else []
        for batch in _batches(waiting):
            notes += [self._resumed(batch[0], now)] if len(batch) == 1 else self._resumed_together(batch, now)
        self.end()
        return notes

    def _resumed_together(self, batch: Sequence[Entry], now: float) -> list[str]:
        """All of a batch, unless its change was written: then its entries go."""
        done = [entry for entry in batch if self._is_done(entry)]
        for entry in done:
            self._inbox.settle(entry.proposal.id)
        if done:
            return (
                [f"{len(batch)} approved proposals had been carried out"] if len(done) == len(batch) else []
            )
        try:
            self.carry_out_together(batch, now)
        except (Locked, WriteFailed):
            raise  # the next command tries again
        except MemctlError as error:
            for entry in batch:
                self._offer_again(entry)
            return [f"{len(batch)} approved proposals were not carried out: {error.message}"]
        return [f"carried out {len(batch)} approved proposals"]

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
        return last is not None and not last.rejects and not last.is_called(entry.taken_back)

    def _door(self, entry: Entry) -> WriteDoor:
        return WriteDoor(self._place, entry.approval.actor if entry.approval else "")

    def _planned(self, entry: Entry) -> Planned:
        return plan.plan(self._store, entry.proposal, entry.approval.at if entry.approval else 0.0)


def _differs(planned: Planned, approval: Approval | None) -> bool:
    """Whether what would be done is not what was approved. One of 0.1.0 says only what its targets were."""
    seal = approval.seal if approval else ""
    return planned.stale or (seal != "" and seal != sealed(planned))


def _is_batched(planned: Planned, together: bool) -> bool:
    return (together or planned.proposal.is_dreamt) and planned.change is not None


def _batches(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Those of one batch together, the others each for itself."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        batch = entry.approval.batch if entry.approval else ""
        found.setdefault(batch or f"one {entry.proposal.id}", []).append(entry)
    return list(found.values())


def as_one(changes: Sequence[Change], also: Sequence[str] = ()) -> Change:
    """One change that does what all of `changes` do; none touches a file of another. The history says `also`
    these words of it."""
    return Change(
        "review",
        tuple(operation for change in changes for operation in change.operations),
        tuple(rename for change in changes for rename in change.renames),
        "; ".join([*(change.why for change in changes), *also]),
    )
