"""Accepted proposals whose change was undone wait for a verdict again, and so do those that were rejected
together with it; a redone change decides them again.

Which verdicts stand follows from the history alone, so this may be asked at any time and as often as one
likes: after an undo, and by every review, in case the undo was killed before it got here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from memctl.store.history import records as history
from memctl.store.history.lineage import Lineage
from memctl.store.history.records import Record
from memctl.store.state.entries import Entry
from memctl.store.state.inbox import DECIDED_MAX, Inbox
from memctl.store.state.tombstones import Tombstones

PAST_MAX = 2000
"""Changes of the history that are looked at: an acceptance further back stays as it is."""

REJECT = "reject"
"""How the history begins its words on a proposal that a change rejected beside those that it accepted."""

_PROPOSAL = re.compile(r"\bproposal (?P<id>[0-9a-f]{10}(?:[0-9a-f]{22})?)\b")


@dataclass(frozen=True)
class Acceptance:
    """The last change that accepted a proposal, or `rejects` it: its id, its commit, whether it stands or was
    undone, and when it was made (seconds since the epoch)."""

    change: str
    commit: str
    stands: bool
    rejects: bool = False
    when: float = 0.0

    def is_called(self, name: str) -> bool:
        """Whether an entry that says `name` means this one: by its id, which stays when the history is
        written anew, or, in an entry of 0.1.0, by the commit."""
        return name in (self.change, self.commit)


def acceptances(records: Iterable[Record]) -> dict[str, Acceptance]:
    """The last acceptance of each proposal, by id, from `records`, the newest first.

    What an undo took back and a redo brought back stands.
    """
    lineage = Lineage()
    found: dict[str, Acceptance] = {}
    for record in records:
        stands = lineage.take(record)
        if record.verb == "review":
            for clause in record.why.split("; "):
                rejects = clause.startswith(REJECT + " ")
                for match in _PROPOSAL.finditer(clause):
                    one = Acceptance(record.id, record.commit, stands, rejects, record.when)
                    found.setdefault(match["id"], one)
    return found


def reconcile(directory: str) -> list[Entry]:
    """Bring the inbox in line with the history; returns what is back in it.

    Raises WriteFailed, Damaged, and MemctlError where git is not installed.
    """
    inbox, tombstones = Inbox(directory), Tombstones(directory)
    decided = inbox.decided()
    returned = [e for e in inbox.entries()[0] if e.taken_back and e.approval is None]
    rejected = list(inbox.rejected().values())
    if not decided and not returned and not rejected:
        return []
    known = acceptances(history.log(directory, PAST_MAX))
    for entry in returned:
        if _stands(entry, known):  # it was redone: it is decided after all
            last = known[entry.proposal.id]
            if last.rejects:
                tombstones.bury(entry.proposal, "", last.when)
                inbox.put(replace(entry, taken_back=""))
                inbox.reject(entry.proposal.id, last.when)
            else:
                inbox.settle(entry.proposal.id)
    with_it = [entry for entry in rejected if _is_beside(entry, known)]
    back = [e for e in (_undone(entry, known) for entry in [*decided, *with_it]) if e is not None]
    for entry in back:
        inbox.bring_back(entry)
        if known[entry.proposal.id].rejects:
            tombstones.unbury(entry.proposal.id)
    _prune(inbox, decided)
    return back


def _stands(entry: Entry, known: Mapping[str, Acceptance]) -> bool:
    return entry.proposal.id in known and known[entry.proposal.id].stands


def _is_beside(entry: Entry, known: Mapping[str, Acceptance]) -> bool:
    """Whether a change rejected `entry` beside what it accepted. One that came back and was rejected after
    that is not: this verdict stands by itself."""
    last = known.get(entry.proposal.id)
    return last is not None and last.rejects and not last.is_called(entry.taken_back)


def _undone(entry: Entry, known: Mapping[str, Acceptance]) -> Entry | None:
    """`entry` as it waits again, or None while its acceptance stands."""
    last = known.get(entry.proposal.id)
    if last is None or last.stands:
        return None
    return replace(entry, approval=None, taken_back=last.change)


def _prune(inbox: Inbox, decided: list[Entry]) -> None:
    oldest = sorted(decided, key=lambda e: e.approval.at if e.approval else 0.0)
    for entry in oldest[: max(0, len(decided) - DECIDED_MAX)]:
        inbox.forget(entry.proposal.id)
