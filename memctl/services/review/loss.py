"""What accepting a proposal would lose of the texts that it replaces."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from memctl.domain.change import Write
from memctl.domain.memory import Memory
from memctl.format import topic
from memctl.services.review.plan import Planned

if TYPE_CHECKING:
    from memctl.services.coverage.retention import Coverage


def coverage_of(planned: Planned) -> "Coverage | None":
    """How much of its targets' texts the result of a proposal keeps, as they are now; None for what takes the
    place of no text that there is, and where nothing is left to do. What a new fact replaces may have said
    more than what changed: a session is given none of it then."""
    proposal = planned.proposal
    if planned.change is None or not (proposal.full or proposal.is_dreamt or proposal.superseded):
        return None
    from memctl.services.coverage.retention import coverage  # seldom needed, and loads grammar

    before = list(planned.before.values())
    after = [said(memory) for memory in results(planned)]
    if proposal.full:
        return coverage([memory.body for memory in before], "\n\n".join(after))
    return coverage([_with_dates_told(memory, planned) for memory in before], "\n\n".join(after))


def results(planned: Planned) -> list[Memory]:
    """The memories that are to say what the targets said: of texts that become one that one alone, else each
    that is left."""
    operations = planned.change.operations if planned.change else ()
    after = [topic.decode(o.content, o.file) for o in operations if isinstance(o, Write)]
    if rewords(planned):
        return [memory for memory in after if memory.file == planned.file]
    return after


def rewords(planned: Planned) -> bool:
    """Whether one memory is to stand for what several said."""
    own = planned.before.get(planned.file)
    proposal = planned.proposal
    if not proposal.kind.replaces or proposal.kind.joins or own is None:
        return proposal.kind.replaces
    return (proposal.body, proposal.description) != (own.body, own.description)


def said(memory: Memory) -> str:
    """All that a memory says."""
    return f"{memory.description}\n\n{memory.body}"


def _with_dates_told(memory: Memory, planned: Planned) -> str:
    """What a memory says, its relative dates as dates where the proposal does nothing else."""
    dated, proposal = with_dates(memory), planned.proposal
    if proposal.body == dated.body:
        memory = replace(memory, body=dated.body)
    if proposal.description == dated.description:
        memory = replace(memory, description=dated.description)
    return said(memory)


def with_dates(memory: Memory) -> Memory:
    """A memory with the relative dates of its statements as dates; those of instructions stay, and all where
    nobody knows when it was said."""
    from memctl.services.learn.absolute import absolute  # loads grammar, and is seldom needed
    from memctl.services.related.sequence import dated
    from memctl.text.mood import is_standing

    when = dated(memory)
    if when is None:
        return memory
    today = datetime.fromtimestamp(when, UTC).date()
    described, body = (absolute(text, today, leave=is_standing) for text in (memory.description, memory.body))
    return replace(memory, description=described, body=body)


def loses(planned: Planned) -> bool:
    """Whether anything at all is lost."""
    found = coverage_of(planned)
    return found is not None and bool(found.lost)
