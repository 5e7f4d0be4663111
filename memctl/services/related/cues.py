"""The words by which a statement says how it stands to an earlier one: that something ended, that it
changed, that it holds in one place or for a time alone, that it forbids.

They stand in the tables of grammar (`memctl/data/grammar`), under keys of which only the lines are read that
are needed: all tables take a tenth of a second to compile.
"""

import re
from dataclasses import dataclass
from functools import cache

from memctl.text import grammar

KEYS = {
    "ended": "says that something holds no longer, or gives way: no longer, instead of, is not",
    "changed": "says that it is new: now, moved to, as of",
    "narrow": "restricts to a place, a case, a time: only, except, when",
    "once": "is about the present alone: for now, this time",
    "prohibit": "negates or forbids",
    "negate": "turns what stands beside it into its opposite: not, never, without",
    "always": "says how often: always, never",
    "oblige": "must, has to",
    "norm": "puts its clause in the mood of a norm",
    "reported": "somebody else says so",
    "date": "a date or a weekday",
    "contrast": "sets one thing against another: instead of, X and not Y",
    "role": "somebody keeps something: owns, is responsible for",
    "means": "introduces the means: use, via",
    "within": "begins a clause that says where, or for whom, something holds",
    "decide": "a decision, or what binds",
}
"""The keys that are read, and what their words do."""


@dataclass(frozen=True)
class Cues:
    """The patterns of one language by key, and its commonest words."""

    patterns: dict[str, re.Pattern[str]]
    common: frozenset[str]

    def has(self, key: str, text: str) -> bool:
        """Whether a word of `key` stands in `text`."""
        return self.patterns[key].search(text) is not None

    def all(self, key: str, text: str) -> list[re.Match[str]]:
        """Every word of `key` in `text`."""
        return list(self.patterns[key].finditer(text))


def of(text: str) -> Cues:
    """The cues of the language of `text`, told by its script and its commonest words; English where nothing
    tells."""
    return _compiled(grammar.likely(text)[0])


@cache
def _compiled(name: str) -> Cues:
    return Cues({key: grammar.pattern(name, key) for key in KEYS}, grammar.common(name))
