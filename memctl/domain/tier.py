"""The tiers of memories, and which claim each has to its pointer in the index.

Hot has a pointer, warm has none, cold is archived. `metadata.tier` in a header is a person's word and stands;
without it the index holds those with the highest claim. Pure: time is a parameter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memctl.domain.memory import INDEX, stem
from memctl.domain.proposal import TIERS
from memctl.domain.relation import HOT, is_pinned

DAY = 86_400.0

FADES = 60.0
"""Days after which a use, and the writing of a memory, count half. Shorter, and what was not asked for during
a quiet month leaves the index for this week's notes; longer, and what was needed last year keeps out what is
needed now. A judgement, not a measurement: docs/explanation/tiers.md."""

STANDING = {"user": 240.0, "feedback": 240.0}
"""The same for the writing of these types. They say how the person wants things done, which matters in
sessions whose prompts do not mention it, so that recall would not find them. The price: facts about the
project, which recall finds by their words, leave the index sooner."""


def mark(metadata: Mapping[str, Any]) -> str:
    """The tier that a header's `metadata` names, or "" where nobody moved the memory."""
    said = metadata.get("tier")
    word = said.strip().lower() if isinstance(said, str) else ""
    return word if word in TIERS else ""


def moved(metadata: Mapping[str, Any]) -> str:
    """As `mark`, but "" for a pinned memory, which stays in the index."""
    return "" if is_pinned(metadata) else mark(metadata)


NAMED = 3
"""Memories that one line names."""


def full(files: Sequence[str]) -> str:
    """What a change says of the memories for which the index had no room; "" where there are none."""
    if not files:
        return ""
    names = ", ".join(stem(file) for file in files[:NAMED])
    more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
    are = "are" if len(files) > 1 else "is"
    return f"{INDEX} is full: {names}{more} {are} warm now"


@dataclass(frozen=True, slots=True)
class Standing:
    """What speaks for a memory's place in the index. Times are in seconds since the epoch."""

    file: str
    kind: str | None = None  # its type
    modified: float = 0.0
    uses: tuple[float, ...] = ()  # when sessions were shown it, the newest first
    mark: str = ""
    pinned: bool = False

    @property
    def stays(self) -> bool:
        """Whether its pointer stays whatever else wants the room."""
        return self.pinned or self.mark == HOT

    def claim(self, now: float) -> float:
        """Its uses and its writing, each 1 when it is new and half as much after its half-life."""
        written = _faded(self.modified, now, STANDING.get(self.kind or "", FADES))
        return written + sum(_faded(use, now, FADES) for use in self.uses)


def _faded(moment: float, now: float, half: float) -> float:
    return float(2.0 ** (-max(0.0, now - moment) / DAY / half))


def least_first(standings: Iterable[Standing], now: float) -> list[Standing]:
    """`standings` with the least claim first; among equals the older text, then the name."""
    return sorted(standings, key=lambda one: (one.stays, one.claim(now), one.modified, one.file))
