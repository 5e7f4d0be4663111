"""Where a draft comes from: what carries its evidence, and whose words that makes it.

Every proposer says one of these. `Quoted` is checked word by word; the others say why nothing can be quoted,
and the person reads that reason.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from memctl.domain.proposal import Evidence, Proposal, strongest, weakest
from memctl.services.inbox.content import Carrier, content, size

QUOTE_MIN = 8
"""Characters of a quote below which it proves nothing; CJK text says as much in half of them."""

WORDS_MAX = 1_000
"""Content words of one draft that are looked for. A longer one is its writer's: nobody says so much at
once."""

WORDING = 6
"""Content words for each one that may be a model's own: it names what "it" was, or says "write" for "wrote".
What somebody else wants saved has most of its words from elsewhere."""

UNSAID = 0.5
"""What a word counts that stands in no turn at all: it is the model's, and nobody put it there."""

_ITEM = re.compile(r"(?m)^\s*(?:[-*+•·]|\d{1,3}[.)])\s+")
_SHAPES = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x00A0: " ", 0x2013: "-", 0x2014: "-"}


def proves(quote: str) -> bool:
    """Whether a quote is long enough to prove anything."""
    said = plain(quote)
    wide = any(ord(c) > 0x2E80 for c in said)
    return len(said) >= (QUOTE_MIN // 2 if wide else QUOTE_MIN)


@dataclass(frozen=True)
class Quotable:
    """One turn as far as evidence needs it: its texts by origin."""

    texts: tuple[tuple[str, str], ...]  # (origin, plain text)
    days: frozenset[str] = frozenset()  # dates that the person's words may mean, as a memory writes them

    def origin(self, quote: str) -> str | None:
        """The best origin among the texts in which `quote` stands; None when it stands in none.

        Where its lines break, and what marks an item of a list, does not count: a quote may go over lines."""
        run = _run(quote)
        return strongest(origin for origin, text in self.runs if run and run in text)

    @cached_property
    def runs(self) -> list[tuple[str, str]]:
        """(origin, text without blanks), a pair for each text."""
        return [(origin, _run(text)) for origin, text in self.texts]

    @cached_property
    def carriers(self) -> list[tuple[str, Carrier]]:
        """(origin, what may be asked for words), a pair for each text."""
        return [(origin, Carrier(text)) for origin, text in self.texts]

    def as_good_as(self, origin: str) -> Iterator[str]:
        """The texts that carry at least as much as `origin`."""
        return (text for by, text in self.texts if weakest((by, origin)) == origin)

    def carrier(self, word: str) -> str | None:
        """The best origin among the texts that carry `word`; None when none does."""
        return strongest(origin for origin, text in self.carriers if text.carries(word))


@dataclass(frozen=True)
class Quoted:
    """The evidence is quotes, and each stands in the turn that it names.

    `turns` are all that the proposer saw. What a model wrote may rest on another turn than the one that it
    quotes, so each of its content words must be carried by the quoted turns too; `verbatim` says that the
    draft was cut out of its quotes and not worded by anyone. What changes one of `memories` may keep its
    words. With `leeway` a few words may be the model's own, as its wording of what was said, and what the
    person's quotes carry is theirs though the agent's question is quoted beside them.
    """

    turns: Mapping[str, Quotable]
    why: str = ""
    verbatim: bool = False
    leeway: bool = False
    memories: Mapping[str, Quotable] = field(default_factory=dict)

    def origin(self, draft: Proposal) -> str | None:
        """The weakest origin among the turns; None when one quote stands nowhere, or none is long enough to
        prove anything: a "yes" beside another quote is welcome."""
        if not any(proves(e.quote) for e in draft.evidence):
            return None
        found = [(e, by) for e in draft.evidence if (by := self._quoted_from(e))]
        quoted = weakest(by for _, by in found)
        if quoted is None or len(found) < len(draft.evidence):
            return None
        if self.verbatim or not draft.kind.writes:
            return quoted
        if self.leeway and quoted == "agent":
            theirs = tuple(e for e, by in found if by == "person")
            if self._carry_alone(theirs, draft):
                return "person"
        return weakest((quoted, *self._behind(draft, quoted)))

    def _quoted_from(self, evidence: Evidence) -> str | None:
        """Whose words a quote is; None when its turn was not seen, or does not hold it."""
        turn = self.turns.get(evidence.turn)
        return turn.origin(evidence.quote) if turn else None

    def _carry_alone(self, theirs: tuple[Evidence, ...], draft: Proposal) -> bool:
        """Whether the person's quotes prove something, and leave no word of the draft to anybody else."""
        proven = any(proves(e.quote) for e in theirs)
        return proven and not any(self._behind(replace(draft, evidence=theirs), "person"))

    def _behind(self, draft: Proposal, quoted: str) -> Iterator[str]:
        """Whose words the draft holds that its quoted turns do not carry as `quoted`: of the weakest turn
        that carries any of them; an agent's where no turn does."""
        said = [self.turns[e.turn] for e in draft.evidence]
        said += [self.memories[t.name] for t in draft.targets if t.name in self.memories]
        carrier = Carrier("\n".join(text for one in said for text in one.as_good_as(quoted)))
        days = frozenset[str]().union(*(one.days for one in said))
        words = sorted(content(f"{draft.description}\n{draft.fact}") - days)
        if len(words) > WORDS_MAX:
            yield "agent"
        missing = {word: carrier.missing(word) for word in words[:WORDS_MAX]}
        if self.leeway and self._is_wording(missing):
            return
        for word in (word for word, parts in missing.items() if parts):
            yield self._spoken_by(word) or "agent"

    def _spoken_by(self, word: str) -> str | None:
        """The weakest origin among the turns that carry `word`."""
        return weakest(origin for turn in self.turns.values() if (origin := turn.carrier(word)))

    def _is_wording(self, missing: Mapping[str, Sequence[str]]) -> bool:
        """Whether the parts of words that nobody quoted said are few, and none of them is a number, a path
        or another name of a thing: how a model words what was said."""
        strange = [word for word, parts in missing.items() if parts]
        parts = [part for word in strange for part in missing[word]]
        if not all(word.isalpha() for word in strange) or any(c.isnumeric() for part in parts for c in part):
            return False
        own = sum(size(part) * (1.0 if self._spoken_by(part) else UNSAID) for part in parts)
        return own * WORDING <= sum(map(size, missing))


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
    """A text for comparing quotes: case, blanks, the marks of list items and the shapes of quotation marks
    do not count."""
    return " ".join(_ITEM.sub("", text.translate(_SHAPES)).casefold().split())


def _run(text: str) -> str:
    return "".join(plain(text).split())
