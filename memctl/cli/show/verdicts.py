"""What is said of verdicts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memctl.cli.output import Output

if TYPE_CHECKING:
    from memctl.services.review.verdicts import Verdict


def say_undo(out: Output, verdicts: "Sequence[Verdict]") -> None:
    """How to take the acceptances among `verdicts` back: each that changed something is one step."""
    steps = sum(v.applied is not None for v in verdicts)
    if steps:
        out.note(f"undo with: memctl undo{f' {steps}' if steps > 1 else ''}")
