"""What accepting a proposal would lose of the text that it replaces."""

from typing import TYPE_CHECKING

from memctl.format import topic
from memctl.services.review.plan import Planned

if TYPE_CHECKING:
    from memctl.services.coverage.retention import Coverage


def coverage_of(planned: Planned) -> "Coverage | None":
    """How much of the text that a proposal shortens its result keeps, as it is now; None for what shortens
    nothing, and where nothing is left to do."""
    if not planned.proposal.full or planned.after is None:
        return None
    from memctl.services.coverage.retention import coverage  # seldom needed, and loads grammar

    result = topic.decode(planned.after, planned.file)
    sources = [memory.body for memory in planned.before.values()]
    return coverage(sources, f"{result.description}\n\n{result.body}")


def loses(planned: Planned) -> bool:
    """Whether anything at all is lost."""
    found = coverage_of(planned)
    return found is not None and bool(found.lost)
