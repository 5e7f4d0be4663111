"""Where a draft comes from: what carries its evidence, and whose words that makes it.

Every proposer says one of these. `Quoted` is checked word by word; the others say why nothing can be quoted,
and the person reads that reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from memctl.domain.proposal import Proposal, strongest, weakest

QUOTE_MIN = 8
"""Characters of a quote below which it proves nothing; CJK text says as much in half of them."""

_SHAPES = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x00A0: " ", 0x2013: "-", 0x2014: "-"}


@dataclass(frozen=True)
class Quotable:
    """One turn as far as evidence needs it: its texts by origin."""

    texts: tuple[tuple[str, str], ...]  # (origin, plain text)

    def origin(self, quote: str) -> str | None:
        """The best origin among the texts in which `quote` stands; None when it stands in none."""
        plain_quote = plain(quote)
        wide = any(ord(c) > 0x2E80 for c in plain_quote)
        if len(plain_quote) < (QUOTE_MIN // 2 if wide else QUOTE_MIN):
            return None
        return strongest(origin for origin, text in self.texts if plain_quote in text)


@dataclass(frozen=True)
class Quoted:
    """The evidence is quotes, and each stands in the turn that it names."""

    turns: Mapping[str, Quotable]
    why: str = ""

    def origin(self, draft: Proposal) -> str | None:
        """The weakest origin among the turns; None when one quote stands nowhere, or there is none."""
        found = [self.turns[e.turn].origin(e.quote) if e.turn in self.turns else None for e in draft.evidence]
        return None if None in found else weakest(origin for origin in found if origin)


@dataclass(frozen=True)
class Stated:
    """Nothing can be quoted: the proposer says it of its own, and `why` is how it came to be said."""

    by: str  # the origin
    why: str

    def origin(self, draft: Proposal) -> str | None:
        """Whoever states it; None when it names evidence all the same, which nobody has checked."""
        return None if draft.evidence else self.by


@dataclass(frozen=True)
class Measured:
    """The evidence is what memctl itself found, and `why` is what that means."""

    why: str

    def origin(self, draft: Proposal) -> str | None:
        """That of a tool; None when nothing was found."""
        return "tool" if draft.evidence else None


Provenance = Quoted | Stated | Measured


def plain(text: str) -> str:
    """A text for comparing quotes: case, blanks and the shapes of quotation marks do not count."""
    return " ".join(text.translate(_SHAPES).casefold().split())
