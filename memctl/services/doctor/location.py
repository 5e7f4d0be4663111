"""The check of where memories of a project stand, which the memory directory alone does not say."""

from memctl.domain.finding import Finding
from memctl.store.state.resolve import Place


def check(place: Place, command: str) -> list[Finding]:
    """The finding when they stand in several folders, or not where Claude Code keeps its own; `command`
    mends it."""
    sentence = place.notice(command)
    if not sentence:
        return []
    if place.others():
        return [Finding("place.several", "warning", sentence, repair=command)]
    return [Finding("place.elsewhere", "warning", sentence, repair=command)]
