"""Secrets in what is proposed that nothing there tells for one: the session tells it elsewhere."""

from collections.abc import Iterator

from memctl.domain.proposal import Proposal
from memctl.domain.transcript import Turn
from memctl.services.guard import repeats
from memctl.services.inbox.door import InboxDoor


def drop(door: InboxDoor, turns: Iterator[Turn]) -> None:
    """Drop what `door` took and holds a value that `turns`, the whole session, tell for a secret anywhere: a
    rule may show it bare, before or after. They are read only where something holds what may be one."""
    said = {one.id: _all_of(one) for one in door.taken}
    known = repeats.known_of(said.values(), turns)
    door.leave(lambda one: repeats.without(said[one.id], known) != said[one.id], "secret")


def _all_of(proposal: Proposal) -> str:
    """Every text of a proposal that the inbox would hold."""
    texts = [proposal.name, proposal.description, proposal.body, proposal.statement, proposal.file]
    return "\n".join([*texts, *(item.quote for item in proposal.evidence)])
