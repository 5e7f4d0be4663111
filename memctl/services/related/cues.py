"""The words by which a statement says how it stands to an earlier one: that something ended, that it
changed, that it holds in one place or for a time alone, that it forbids.

They stand in the tables of grammar, of which only the lines are read that are needed: all tables take a tenth
of a second to compile.
"""

import re
from dataclasses import dataclass
from functools import cache

from memctl.text import grammar

READ = (
    "ended", "changed", "narrow", "once", "prohibit", "negate", "always", "oblige", "norm", "date",
    "contrast", "role", "means", "within", "decide", "durable", "event", "plan", "query", "reported",
    "unreal", "weighty",
)  # fmt: skip
"""The keys of the tables (`grammar.KEYS` says what their words do) that a comparison asks for."""


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
    return Cues({key: grammar.pattern(name, key) for key in READ}, grammar.common(name))
