"""Secrets in what is proposed that nothing there tells for one: the session tells it elsewhere."""

from collections.abc import Iterator, Sequence

from memctl.domain.proposal import Proposal
from memctl.domain.transcript import Turn
from memctl.services.guard import repeats


def holders(taken: Sequence[Proposal], turns: Iterator[Turn]) -> frozenset[str]:
    """The ids of those of `taken` that hold a value which `turns`, the whole session, tell for a secret
    anywhere: a rule may show it bare, before or after. They are read only where something holds what may be
    one."""
    said = {one.id: _all_of(one) for one in taken}
    known = repeats.known_of(said.values(), turns)
    return frozenset(id_ for id_, text in said.items() if repeats.without(text, known) != text)


def _all_of(proposal: Proposal) -> str:
    """Every text of a proposal that the inbox would hold."""
    texts = [proposal.name, proposal.description, proposal.body, proposal.statement, proposal.file]
    return "\n".join([*texts, *(item.quote for item in proposal.evidence)])
