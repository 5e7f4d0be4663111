"""Whether what a memory has in common with a query is more than chance: on this the selector abstains.

A raw score does not tell that nothing fits; the number and the share of content words in common does. The
words that a memory lacks hardly count against it in a small directory, where most words are missing, and more
in a large one, where a missing word means that the query is about something else.

On the hot path: imports nothing but math.
"""

from math import log

from memctl.text.words import LIGHT, STOP

WORDS_NEEDED = 2
"""Content words in common that are evidence whatever else the query says."""

SHARE_NEEDED = 0.5
"""Share of the query's content words, weighed by rarity, that is evidence on its own."""

IN_BODY = 0.5
NEARLY = 0.6
AKIN = 0.4
"""What a content word counts that stands in the body alone; of which only a neighbour is there; of which only
a longer word that begins with it is there."""

BACKGROUND = 50
"""Memories that are imagined besides the real ones: in three, that a word stands nowhere says little."""

UNKNOWN = 75
"""Memories in a directory from which a word that one lacks counts half against it."""


LONGER_MIN = 4
"""Letters from which words that begin alike are likely to mean the same."""


class Term:
    """One stem of the query and what the index knows of it."""

    __slots__ = (
        "akin", "exact", "frequency", "heads", "near", "points", "query_rarity", "rarity", "soft", "solid",
        "stem", "word",
    )  # fmt: skip

    def __init__(self, word: str, stem: str, part: bool, pasted: bool = False) -> None:
        self.word = word
        self.stem = stem
        self.soft = pasted or word in STOP  # lifts, does not find
        self.solid = not (self.soft or part or word in LIGHT)  # counts as evidence
        self.frequency = 0
        self.rarity = 0.0
        self.query_rarity = 0.0  # its rarity with regard to the anticipated queries too
        self.exact: set[int] = set()  # memories that hold this very stem
        self.heads: set[int] = set()  # those that hold it in the header
        self.akin: set[int] = set()  # those that hold a longer word which begins with it, and not itself
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
        self._terms = terms
        self._live = live
        self._solid = [(self._weight(term), term) for term in terms if term.solid]

    def __call__(self, *docs: int) -> bool:
        """Whether a memory has enough in common with the query to be an answer. Of one that replaced others,
        or was replaced, `docs` are all of them: they are about one subject, and the words of each count."""
        if self.alike.intersection(docs):
            return True
        held = [term for term in self._terms if not term.soft and not term.exact.isdisjoint(docs)]
        solid = sum(term.solid for term in held)
        if solid >= WORDS_NEEDED or (solid and len(held) > WORDS_NEEDED):
            return True
        return self.share(*docs) >= SHARE_NEEDED

    def share(self, *docs: int) -> float:
        """Share of the query's content words that `docs` hold together, by rarity, from 0 to 1.

        Where they hold but neighbours of them, every word that it lacks counts in full: nearly meaning one
        word of three says nothing.
        """
        holds = any(not term.exact.isdisjoint(docs) for _, term in self._solid)
        unknown = self._live / (self._live + UNKNOWN) if holds else 1.0
        held = total = 0.0
        for weight, term in self._solid:
            part = max(_part(term, doc) for doc in docs)
            held += weight * part
            total += weight * max(part, unknown)
        return held / total if total else 0.0

    def _weight(self, term: Term) -> float:
        frequency = min(term.frequency, self._live)
        return log(1 + (self._live + BACKGROUND - frequency + 0.5) / (frequency + 0.5))


def _part(term: Term, doc: int) -> float:
    if doc in term.heads:
        return 1.0
    if doc in term.exact:
        return IN_BODY
    return NEARLY if doc in term.near else AKIN if doc in term.akin else 0.0


def rarity_of(frequency: int, live: int) -> float:
    """BM25's inverse document frequency, never negative."""
    return log(1 + (live - frequency + 0.5) / (frequency + 0.5)) if frequency <= live else 0.0
