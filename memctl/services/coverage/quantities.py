"""The numbers of a sentence, each with its unit and the clause in which it stands."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Prefix

from memctl.services.inbox.content import content

WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Scripts in which no blank stands between words, or (Hangul) behind a word much else."""

THOUSANDS = re.compile(r"(?<=\d)[,'\u00a0\u202f](?=\d{3}(?!\d))")
"""What groups the digits of a number; a full stop does in some languages and parts decimals in others."""

_NUMBER = re.compile(
    rf"(?<![\w.,'])(?P<sign>[-−+]?[$€£¥₩₽]?\s?)(?P<n>\d+(?:[.,'\u00a0\u202f]\d+)*)"
    rf"(?P<unit>\s?(?:[%‰$€£¥₩₽]|°\w?)|\s?[{WIDE}]|\s?(?:(?![{WIDE}])[^\W\d_])+(?:/(?:(?![{WIDE}])[^\W\d_])+)?)?"
)
_CLAUSE = re.compile(r"[;–—，；：、（）]|\((?!\))|(?<!\()\)|[,:](?=\s|$)|(?<=\s)-(?=\s)")
_TERM = re.compile(
    rf"[\u3400-\u4dbf\u4e00-\u9fff]+|[\u30a0-\u30ff]+|[\uac00-\ud7af]+|(?:(?![{WIDE}])[\w./@:#%+&=~$-])+"
)
_SYMBOL = re.compile(r"[b-df-hj-np-tv-z]")
"""A unit of one letter: a consonant, which is no word in any language that writes blanks."""


@dataclass(frozen=True)
class Quantity:
    """A number: as it stands, its digits without marks of thousands, its unit ("" for none), what its clause
    says, and the number before it there that has the same unit ("" for none)."""

    text: str
    digits: str
    unit: str
    clause: str
    before: str = ""


def clauses(said: str) -> list[str]:
    """A sentence cut at the marks between its clauses."""
    return [part.strip() for part in _CLAUSE.split(said) if part.strip()]


def quantities(said: str, common: Container[str] = ()) -> Iterator[Quantity]:
    """The numbers of a sentence in which what is none (dates, names in code) was made blank. Words that are
    `common` in its language are no units."""
    for clause in clauses(said):
        before: dict[str, str] = {}
        for match in _NUMBER.finditer(clause):
            unit = _unit(match["unit"] or "", common)
            shown = match[0] if unit else match["sign"] + match["n"]
            sign = match["sign"].strip().replace("−", "-").replace("+", "")
            digits = sign + THOUSANDS.sub("", match["n"])
            yield Quantity(shown.strip(), digits, unit, clause, before.get(unit, ""))
            before[unit] = digits


def is_unit(wanted: str, found: str) -> bool:
    """Whether two units are the same: letter for letter, in the plural, or one the beginning of a word."""
    short, long = sorted((wanted, found), key=len)
    if not wanted or short == long:
        return True
    return bool(short) and long.startswith(short) and (long == short + "s" or len(long) > 3)


def alike(one: str, other: str) -> bool:
    """Whether two words begin alike and end in up to three letters of their own: "skip", "skipped"."""
    same = Prefix.similarity(one, other)
    least = 2 if one >= "\u3040" else 4
    return one == other or (same >= least and max(len(one), len(other)) - same <= 3 and one.isalpha())


def counted(term: str) -> str:
    """What a word is counted by: of a Korean one the first two syllables, most particles standing behind."""
    return term[:2] if "\uac00" <= term[0] <= "\ud7af" else term


@lru_cache(maxsize=8192)
def terms(said: str) -> tuple[str, ...]:
    """The words of `said` that say something, in order; of Chinese each two characters."""
    return tuple(term for match in _TERM.finditer(said) for term in _terms(match[0]))


@lru_cache(maxsize=16_384)
def _terms(word: str) -> tuple[str, ...]:
    found = sorted(content(word))
    if "\u3400" <= word[0] <= "\u9fff":
        return tuple(run[at : at + 2] for run in found for at in range(max(1, len(run) - 1)))
    return tuple(found)


def _unit(found: str, common: Container[str]) -> str:
    unit = found.strip().casefold()
    is_word = unit in common or (found[:1].isspace() and unit.isascii() and not content(unit))
    return "" if is_word and not _SYMBOL.fullmatch(unit) else unit
