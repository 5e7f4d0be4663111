"""What one run may propose: so many proposals, so many bytes less, each memory once."""

from collections.abc import Mapping

from memctl.domain.memory import Memory
from memctl.domain.proposal import Proposal
from memctl.services.dream.survey import touched


class Ration:
    """What is left of a run: `proposals`, and `size` in bytes by which texts may shrink."""

    def __init__(self, proposals: int, size: int, memories: Mapping[str, Memory]) -> None:
        self._proposals, self._bytes = proposals, size
        self._memories = memories
        self._touched: set[str] = set()
        self.over: dict[str, int] = {}  # why something was left for another run -> how often

    def allows(self, draft: Proposal) -> bool:
        """Whether there is room for `draft`; a memory that was touched already is another run's, and no
        reason for a word."""
        if not self._touched.isdisjoint(touched([draft])):
            return False
        for reason, is_over in (
            ("proposals", self._proposals < 1),
            ("bytes", self._cost(draft) > self._bytes),
        ):
            if is_over:
                self.over[reason] = self.over.get(reason, 0) + 1
                return False
        return True

    def take(self, proposal: Proposal) -> None:
        """Count what was let in."""
        self._proposals -= 1
        self._bytes -= self._cost(proposal)
        self._touched |= touched([proposal])

    def leave(self, count: int) -> None:
        """So many that were let in found no room after all."""
        if count:
            self.over["proposals"] = self.over.get("proposals", 0) + count

    def _cost(self, proposal: Proposal) -> int:
        """Bytes that are gone from what the memories say: what is only marked stays."""
        kind = proposal.kind
        own = self._memories.get(proposal.name)
        if own is None or not (kind.writes or kind.removes) or kind.adds:
            return 0
        after = len(proposal.body.encode()) + sum(len(part.body.encode()) for part in proposal.parts)
        return max(0, len(own.body.encode()) - (0 if kind.removes else after))
