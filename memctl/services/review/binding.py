"""A verdict holds for what was shown, and for an entry that nobody decided on meanwhile."""

from collections.abc import Sequence
from dataclasses import replace

from memctl.domain.proposal import is_own
from memctl.domain.skill_file import path_of
from memctl.errors import Conflict, Unseen
from memctl.services.review import plan
from memctl.services.review.plan import Planned, sealed
from memctl.store.memory.memories import MemoryStore
from memctl.store.state.entries import Entry
from memctl.store.state.inbox import Inbox

Offers = Sequence[tuple[Entry, Planned]]


class Binding:
    """Compares what was shown with what the inbox and the memories of `directory` hold now."""

    def __init__(self, directory: str) -> None:
        self._store = MemoryStore(directory)
        self._inbox = Inbox(directory)

    def as_shown(self, entry: Entry, at: float) -> Planned:
        """What accepting `entry` does, `stale` unless it is what was shown (or, never shown, proposed).

        Raises Conflict when the inbox holds it no longer.
        """
        there = self.waiting(entry)
        planned = plan.plan(self._store, entry.proposal, at)
        if planned.change is None:
            return planned
        seal = sealed(planned)
        known = seal == entry.seal if entry.seal else is_own(there.proposal) and not planned.stale
        same = seal == sealed(plan.plan(self._store, there.proposal, at))
        return replace(planned, stale=not (known and same))

    def waiting(self, entry: Entry) -> Entry:
        """The entry as the inbox has it now. Raises Conflict when another review decided on it."""
        found = self._inbox.get(entry.proposal.id)
        if found is None or found.approval is not None:
            raise Conflict(
                f"{entry.proposal.name} was decided in another review meanwhile",
                hint="`memctl review --list` shows what waits",
            )
        return found

    def unchanged(self, entry: Entry) -> Entry:
        """As `waiting`. Raises Conflict when it is not what `entry` was, in line with the files or not."""
        found = self.waiting(entry)
        if found.proposal != entry.proposal:
            now_there = plan.plan(self._store, found.proposal, 0.0).proposal
            if now_there != plan.plan(self._store, entry.proposal, 0.0).proposal:
                raise Conflict(
                    f"{entry.proposal.name} was changed in another review meanwhile",
                    hint=f"look at it with `memctl review --show {entry.proposal.id}`",
                )
        return found

    def refuse_stale(self, offers: Offers) -> None:
        """Raise Unseen where one is not what was shown. What can never be done is taken out."""
        stale = [(entry, planned) for entry, planned in offers if planned.stale and not planned.fulfilled]
        if not stale:
            return
        for entry, planned in stale:
            if planned.change is None:
                self._inbox.drop(entry.proposal.id)
        names = ", ".join(path_of(planned.file) for _, planned in stale[:3])
        again = [entry.proposal.id for entry, planned in stale if planned.change is not None]
        notes = dict.fromkeys(planned.note for _, planned in stale if planned.note)
        hint = f"look at the new diff with `memctl review --show {again[0]}`" if again else "; ".join(notes)
        message = f"{names} changed since this was proposed; nothing was written"
        raise Unseen(message, ids=tuple(again), hint=hint)


def refuse_rivals(offers: Offers) -> None:
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
