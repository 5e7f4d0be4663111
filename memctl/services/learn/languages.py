"""All tables of grammar, compiled, and which language a message is in.

They hold words of grammar (negation, modals, quantifiers, conjunctions, pronouns, time), not of any subject;
which of them make a statement is weighed in `marks`, alike for all languages.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from memctl.text import grammar
from memctl.text.tongue import tongues


@dataclass(frozen=True)
class Language:
    """A language by its ISO 639-1 code: its patterns by key, and the words by which a sentence is taken for
    it."""

    code: str
    patterns: dict[str, re.Pattern[str]]
    common: frozenset[str]

    @property
    def is_english(self) -> bool:
        """Whether this is the table of English."""
        return self.code == "en"

    def has(self, key: str, text: str) -> bool:
        """Whether a word of `key` stands in `text`."""
        return self.patterns[key].search(text) is not None

    def starts(self, key: str, text: str) -> re.Match[str] | None:
        """The word of `key` with which `text` begins, at its very first character."""
        return self.patterns[key].match(text)

    def opens(self, key: str, text: str) -> re.Match[str] | None:
        """The word of `key` with which `text` begins, whatever marks stand before it."""
        return self.patterns[key].match(text.lstrip(" >*-–—,.!¡¿…"))


@cache
def languages() -> dict[str, Language]:
    """The tables by language, compiled once."""
    folder = resources.files("memctl").joinpath("data", "grammar")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    codes = [file.name.removesuffix(".toml") for file in files]
    return {
        code: _language(code, tomllib.loads(file.read_text(encoding="utf-8")))
        for code, file in zip(codes, files, strict=True)
    }


def _language(code: str, table: dict[str, list[str] | str]) -> Language:
    common = frozenset(str(table.get("common", "")).split())
    patterns = {key: grammar.compiled(table[key], spaced=bool(common)) for key in grammar.KEYS}
    return Language(code, patterns, common)


KANA = re.compile(r"[\u3040-\u30ff]")
HAN = re.compile(r"[\u4e00-\u9fff]")
HANGUL = re.compile(r"[\uac00-\ud7af]")

SPOKEN_MAX = 4_000
"""Characters of a message by which its language is told."""


_MASKED = re.compile(r"x{4,}")
"""A quotation, or code, in the place of which `sentences` puts as many letters."""


def spoken(text: str) -> Language:
    """The language of a message among the tables, quotations and code masked; English where nothing tells.

    Where its function words fit several about equally (Spanish and Portuguese share many), the table decides
    of whose common words it has more. That alone is `grammar.likely`, which needs neither all tables nor the
    lists of function words; they take a tenth of a second, which a session has and a save has not.
    """
    text = _MASKED.sub(" ", text)[:SPOKEN_MAX]
    near = tongues(text, languages()) or list(languages())
    if len(near) > 1:
        shared = grammar.shared(text, near)
        near.sort(key=lambda name: (shared[name], name == "en"), reverse=True)
    return languages()[near[0]]
