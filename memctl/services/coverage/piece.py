"""A sentence, or two that follow one another, with what they hold: made ready when it is asked first."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache

from memctl.services.coverage import quantities
from memctl.services.coverage.denial import Denial, denials, noes
from memctl.services.coverage.quantities import Quantity
from memctl.services.inbox.content import Carrier, content
from memctl.services.learn.languages import Language
from memctl.text.alignment import Token, tokens

_WIDE = quantities.WIDE
_TIME = r"[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?"
_ISO = rf"\d{{4}}-\d\d(?:-\d\d(?:{_TIME})?)?(?![\d-])"
_WRITTEN = r"(?:\d{4}\s?[年년]\s?)?\d{1,2}\s?[月월](?:\s?\d{1,2}\s?[日일])?"
_DAY = rf"{_ISO}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|{_WRITTEN}"
_DATE = re.compile(rf"(?<![\w.-])(?:{_DAY})")
_YEAR = re.compile(r",? ?(?:19|20)\d\d(?![\d-])")
_LEADING = re.compile(r"^(?:\w+ ){1,2}(?=\S*\d|[A-Z])")
_IDENTIFIER = re.compile(
    r"https?://[^\s<>\"')\]]+"
    r"|\[\[[^\]\n]+\]\]"
    r"|[a-z][a-z0-9+]*://[^\s<>\"')\]]+"
    r"|[\w.+-]+@[\w.-]*\w|(?<!\w)@[\w/-]+"
    r"|(?<![\w/])(?:~|\.{1,2})?/?[\w.@{}*-]+(?:/[\w.@{}*-]+)+/?|(?<![\w/])(?:~|\.{1,2})?/[\w.-]+"
    r"|(?<![\w-])--?[A-Za-z][\w-]*"
    r"|[\w-]+(?:\.[\w-]+)*:\d+\b"
    r"|(?!\d+\.\d+(?![\w.-]))\w[\w-]*(?:\.\w[\w-]*)+(?:\(\))?"
    r"|#\d+\b|\b[A-Z]{2,}-\d+\b"
    r"|\b\w*[^\W_]_\w+|\b_\w+"
    r"|\b[a-z]+[A-Z]\w*|\b[A-Z]+[a-z]+[A-Z]\w*|\b\w+\(\)"
    r"|(?<![\w-])[A-Za-z]+(?:-?\d[\w-]*)+"
)
_WORD = re.compile(rf"(?:(?![{_WIDE}])[^\W\d_])(?:(?![{_WIDE}])[\w'-])*")


MANY = 2
"""Words that say something from which they tell what a sentence says; of fewer each word counts, of grammar
too: "Only an engineer may do this." """


@dataclass(frozen=True)
class Dated:
    """A date as it stands, and what is compared: without the words before it."""

    text: str
    form: str


class Piece:
    """One or two sentences of a text, read with the grammar of `language`."""

    def __init__(self, language: Language, *sentences: str) -> None:
        self.language = language
        self.sentences = sentences
        self.said = " ".join(sentences)
        self.forms = frozenset(map(same, sentences))

    @cached_property
    def carrier(self) -> Carrier:
        """What may be asked for words."""
        return Carrier(self.said)

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its words that say something."""
        return frozenset(quantities.terms(self.said))

    @cached_property
    def dates(self) -> tuple[Dated, ...]:
        """Its dates and weekdays."""
        return tuple(_dated(self.said[start:stop]) for start, stop in self._spans)

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        """Where its dates stand, each with the year behind it."""
        found: list[tuple[int, int]] = []
        for pattern in (_DATE, self.language.patterns["date"]):
            for match in pattern.finditer(self.said):
                year = _YEAR.match(self.said, match.end())
                if not any(a < match.end() and match.start() < b for a, b in found):
                    found.append((match.start(), year.end() if year else match.end()))
        return found

    @cached_property
    def _bare(self) -> str:
        """What is said without dates."""
        bare = self.said
        for start, stop in self._spans:
            bare = bare[:start] + " " * (stop - start) + bare[stop:]
        return bare

    @cached_property
    def identifiers(self) -> tuple[str, ...]:
        """Its paths, options, addresses, names in code."""
        found = (match[0].rstrip(".,:;!?") for match in _IDENTIFIER.finditer(self._bare))
        return tuple(item for item in found if content(item) and not _is_ordinary(item))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Its numbers, each with its unit and its clause."""
        return tuple(quantities.quantities(blank(self._bare, _IDENTIFIER), self.language.common))

    @cached_property
    def denials(self) -> tuple[Denial, ...]:
        """Its clauses that say no."""
        return tuple(denials(self.said, self.language))

    @cached_property
    def noes(self) -> int:
        """How many of its words say no."""
        return len(noes(self.said, self.language))

    @cached_property
    def is_restriction(self) -> bool:
        """Whether it says for whom or what alone something holds: "only"."""
        narrow, restrict = self.language.patterns["narrow"], self.language.patterns["restrict"]
        return any(restrict.fullmatch(match[0]) for match in narrow.finditer(self.said))

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Its words in order, function words too."""
        return tokens(self.said, str, self.language.patterns["date"])

    def names(self, known: Collection[str]) -> list[str]:
        """Those of its words that are names, of which `known` are."""
        found = (w for _, w in words(blank(self._bare, _IDENTIFIER)) if w in known and content(w))
        return list(dict.fromkeys(word.removesuffix("'s") for word in found))


def same(said: str) -> str:
    """What two sentences have in common that differ in case and in marks of thousands only."""
    return quantities.THOUSANDS.sub("", said).casefold()


def words(said: str) -> list[tuple[int, str]]:
    """The words of a sentence, numbered; after a colon or an opening mark a sentence begins anew."""
    found: list[tuple[int, str]] = []
    for match in _WORD.finditer(said):
        begins = not found or said[: match.start()].rstrip(" \"'([")[-1:] in (":", ".", "")
        found.append((0 if begins else 1, match[0]))
    return found


def is_capital(word: str) -> bool:
    """Whether it begins with a capital and is more than a letter."""
    return word[:1].isupper() and len(word.removesuffix("'s")) > 1


def blank(said: str, pattern: re.Pattern[str], mark: str = "\x00") -> str:
    """`said` with as many marks in the place of what is found."""
    return pattern.sub(lambda match: mark * len(match[0]), said)


@lru_cache(maxsize=4096)
def carrier(said: str) -> Carrier:
    """The carrier of a clause, kept for the next question about it."""
    return Carrier(said)


def _dated(text: str) -> Dated:
    return Dated(text, _LEADING.sub("", text).casefold())


def _is_ordinary(item: str) -> bool:
    """Whether it only looks like a path: "and/or"."""
    return all(not content(part) for part in item.split("/"))
