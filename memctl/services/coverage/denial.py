"""The clauses of a sentence that say no, and what they say it of."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from memctl.services.coverage.quantities import clauses, terms
from memctl.services.learn.languages import Language

BEFORE, AFTER = 2, 3
"""Words that say something on either side of a "not", as what it denies: languages put it on both sides. More
takes a "not" that moved to the next verb for the same, fewer a shortened clause for another."""

_NO = ("negate", "prohibit", "nobody")


@dataclass(frozen=True)
class Denial:
    """A clause that says no: its words, what it denies, and how many times it turns that: two in "never X
    without Y", one in "non … mai"."""

    text: str
    denied: frozenset[str]
    times: int


def denials(said: str, language: Language) -> Iterator[Denial]:
    """The denials of a sentence; a reason is a clause of its own."""
    for clause in clauses(said):
        for part in _reasons_apart(clause, language):
            if is_negated(part, language):
                denied = _denied(part, language) or frozenset(terms(part)) or frozenset(terms(said))
                yield Denial(part, denied, _times(part, language))


def is_negated(clause: str, language: Language) -> bool:
    """Whether a clause says no: negates, or forbids."""
    return any(language.has(key, clause) for key in _NO)


def _reasons_apart(clause: str, language: Language) -> list[str]:
    starts = [0, *(m.start() for m in language.patterns["why"].finditer(clause)), len(clause)]
    return [part for part in (clause[a:b].strip() for a, b in pairwise(starts)) if part]


def _denied(clause: str, language: Language) -> frozenset[str]:
    """The words next to those that say no."""
    found: set[str] = set()
    spans = [match.span() for key in _NO for match in language.patterns[key].finditer(clause)]
    for start, stop in spans:
        if not any(a <= start and stop <= b and (a, b) != (start, stop) for a, b in spans):
            found.update(terms(clause[:start])[-BEFORE:], terms(clause[stop:])[:AFTER])
    return frozenset(term for term in found if not is_no(term, language))


def is_no(word: str, language: Language) -> bool:
    """Whether a word says nothing but no."""
    return any(language.patterns[key].fullmatch(word) for key in _NO)


def _times(clause: str, language: Language) -> int:
    """One for all words that say not, never or nobody (several languages say each), and one for each
    "without", which leaves one way and negates."""
    words = noes(clause, language)
    without = sum(1 for word in words if language.patterns["restrict"].fullmatch(word))
    return max(1, without + (len(words) > without))


def noes(said: str, language: Language) -> list[str]:
    """The words that say no."""
    return [match[0] for match in language.patterns["negate"].finditer(said)]
