"""Whether what a memory has in common with a query is more than chance: on this the selector abstains.

A raw score does not tell that nothing fits; the share of the query's content words that one memory holds
does, weighed by how rare they are. How large a share is needed depends on two things: in a large directory
more words meet by chance, and of a long prompt, which tells more of its matter, a smaller part is enough.

On the hot path: imports nothing but math.
"""

from math import log

from memctl.text.words import LIGHT, STOP, is_slight

SHARE_NEEDED = 0.11
"""Share of the query's content words, weighed by rarity, that is evidence, but for the two below."""

BY_SIZE = 0.05
"""What is needed more for each e-fold of memories in the directory."""

BY_LENGTH = 0.03
LENGTH_MAX = 6
"""What is needed less for each content word of the query, and how many words at most count so."""

IN_BODY = 0.5
NEARLY = 0.35
"""What a content word counts that stands in the body alone; and one of which only a neighbour is there."""

BACKGROUND = 50
"""Memories that are imagined besides the real ones: in three, that a word stands nowhere says little."""

LONGER_MIN = 4
"""Letters from which words that begin alike are likely to mean the same."""


class Term:
    """One stem of the query and what the index knows of it."""

    __slots__ = (
        "akin", "asked", "exact", "frequency", "heads", "near", "points", "query_rarity", "rarity", "soft",
        "solid", "stem", "word",
    )  # fmt: skip

    def __init__(self, word: str, stem: str, part: bool, pasted: bool = False) -> None:
        self.word = word
        self.stem = stem
        self.soft = pasted or word in STOP  # lifts, does not find
        self.solid = not (self.soft or part or word in LIGHT or is_slight(word))  # counts as evidence
        self.frequency = 0
        self.rarity = 0.0
        self.query_rarity = 0.0  # its rarity with regard to the anticipated queries too
        self.exact: set[int] = set()  # memories that hold this very stem
        self.heads: set[int] = set()  # those that hold it in the header
        self.asked: set[int] = set()  # those of which an anticipated query holds it
        self.akin: set[int] = set()  # those that hold a word which begins alike, and not itself
        self.near: dict[
            int, tuple[float, str]
        ] = {}  # memories whose header holds a neighbour alone: points, which
        self.points: dict[int, float] = {}  # what the word adds to each memory

    def know(self, frequency: int, live: int) -> None:
        """Note in how many of `live` memories the stem stands."""
        self.frequency = min(frequency, live)
        self.rarity = rarity_of(self.frequency, live)

    @property
    def has_longer(self) -> bool:
        """Whether words that begin with it are likely to mean the same."""
        return len(self.stem) >= LONGER_MIN and self.stem.isascii() and self.stem.isalpha()


class Evidence:
    """What each memory has in common with the words of one query (`terms`, scored), of `live` memories."""

    def __init__(self, terms: list[Term], live: int) -> None:
        self.alike: set[int] = set()  # so like the query in meaning that no word is needed
        self._live = live
        self._solid = [(self._weight(term), term) for term in terms if term.solid]
        self._total = sum(weight for weight, _ in self._solid) or 1.0
        self._least = SHARE_NEEDED + BY_SIZE * log(max(1, live))

    def __call__(self, doc: int) -> bool:
        """Whether memory `doc` has enough in common with the query to be an answer."""
        return doc in self.alike or self.share(doc) >= self.needed(doc)

    def needed(self, doc: int) -> float:
        """The share that is enough for `doc`. Where it holds but neighbours, a long prompt needs no less."""
        if any(doc in term.exact for _, term in self._solid):
            return self._least - BY_LENGTH * min(LENGTH_MAX, len(self._solid))
        return self._least

    def share(self, doc: int) -> float:
        """Share of the query's content words that `doc` holds, by rarity, from 0 to 1."""
        return sum(weight * _part(term, doc) for weight, term in self._solid) / self._total

    def _weight(self, term: Term) -> float:
        frequency = min(term.frequency, self._live)
        return log(1 + (self._live + BACKGROUND - frequency + 0.5) / (frequency + 0.5))


def _part(term: Term, doc: int) -> float:
    if doc in term.heads:
        return 1.0
    if doc in term.exact:
        return IN_BODY
    return NEARLY if doc in term.near or doc in term.akin else 0.0


def rarity_of(frequency: int, live: int) -> float:
    """BM25's inverse document frequency, never negative."""
    return log(1 + (live - frequency + 0.5) / (frequency + 0.5)) if frequency <= live else 0.0
