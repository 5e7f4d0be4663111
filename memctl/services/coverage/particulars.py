"""What a text holds that a shorter one must not lose: numbers, identifiers, names, dates, negations, reasons.

Told by form (digits, marks inside a word, capitals) and by the grammar of ten languages, never by subject.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from memctl.format import prose
from memctl.services.inbox.content import Carrier, content
from memctl.services.learn.languages import Language

NUMBERS, IDENTIFIERS, NAMES, DATES = "numbers", "identifiers", "names", "dates"
NEGATIONS, REASONS, SENTENCES, BLOCKS = "negations", "reasons", "sentences", "blocks"
CLASSES = (NUMBERS, IDENTIFIERS, NAMES, DATES, NEGATIONS, REASONS, SENTENCES, BLOCKS)
"""The classes that are counted. `blocks` are the lines of code and logs longer than SHORT_BLOCK."""

SHORT_BLOCK = 8
"""Lines of a block of code up to which each line is an identifier: a command to be typed, not a log."""

_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_TIME = r"[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?"
_ISO = rf"\d{{4}}-\d\d(?:-\d\d(?:{_TIME})?)?(?![\d-])"
_WRITTEN = r"(?:\d{4}\s?[年년]\s?)?\d{1,2}\s?[月월](?:\s?\d{1,2}\s?[日일])?"
_DAY = rf"{_ISO}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|{_WRITTEN}"
_DATE = re.compile(rf"(?<![\w.-])(?:{_DAY})")
_NUMBER = re.compile(
    rf"(?<![\w.,'])(?P<sign>[-−+]?[$€£¥₩₽]?\s?)(?P<n>\d+(?:[.,'\u00a0\u202f]\d+)*)"
    rf"(?P<unit>\s?(?:[%‰$€£¥₩₽]|°\w?)|\s?[{_WIDE}]|\s?(?:(?![{_WIDE}])[^\W\d_])+(?:/(?:(?![{_WIDE}])[^\W\d_])+)?)?"
)
_THOUSANDS = re.compile(r"(?<=\d)[,'\u00a0\u202f](?=\d{3}(?!\d))")
_IDENTIFIER = re.compile(
    r"https?://[^\s<>\"')\]]+"
    r"|\[\[[^\]\n]+\]\]"
    r"|[\w.+-]+@[\w.-]*\w|(?<!\w)@[\w/-]+"
    r"|(?<![\w/])(?:~|\.{1,2})?/?[\w.@{}*-]+(?:/[\w.@{}*-]+)+/?|(?<![\w/])(?:~|\.{1,2})?/[\w.-]+"
    r"|(?<![\w-])--?[A-Za-z][\w-]*"
    r"|[\w-]+(?:\.[\w-]+)*:\d+\b"
    r"|\w[\w-]*(?:\.\w[\w-]*)+(?:\(\))?"
    r"|#\d+\b|\b[A-Z]{2,}-\d+\b"
    r"|\b\w*[^\W_]_\w+|\b_\w+"
    r"|\b[a-z]+[A-Z]\w*|\b[A-Z]+[a-z]+[A-Z]\w*|\b\w+\(\)"
    r"|(?<![\w-])[A-Za-z]+(?:-?\d[\w-]*)+"
)
_WORD = re.compile(rf"(?:(?![{_WIDE}])[^\W\d_])(?:(?![{_WIDE}])[\w'-])*")
_CLAUSE = re.compile(r"[,;:()–—，；：、（）]|(?<=\s)-(?=\s)")


@dataclass(frozen=True)
class Particular:
    """One thing that a text holds: its class, its words as they stand, and the sentence that it is in."""

    kind: str
    text: str
    form: tuple[str, ...]  # what two of one class have in common that are the same
    sentence: str = ""


class Holding:
    """A text with all that it holds. `language` is the one whose grammar it is read with."""

    def __init__(self, text: str, language: Language) -> None:
        self.language = language
        self.sentences: list[str] = []
        self.code: list[str] = []  # what stands as code: spans, and lines of blocks
        self.blocks: list[str] = []  # the lines of long blocks
        for unit in prose.units(text):
            self._take(unit.kind, text[unit.start : unit.stop])

    def _take(self, kind: str, raw: str) -> None:
        if kind != "code":
            self.code += [" ".join(match[2].split()) for match in _CODE.finditer(raw)]
            said = prose.plain(raw)
            self.sentences += [said[start:stop] for start, stop in prose.sentences(said)]
            return
        lines = [line.strip() for line in raw.splitlines()]
        lines = [line for line in lines if line and not line.startswith(("```", "~~~"))]
        (self.code if len(lines) <= SHORT_BLOCK else self.blocks).extend(lines)

    @cached_property
    def text(self) -> str:
        """All of it on one line."""
        return "\n".join([*self.sentences, *self.code, *self.blocks])

    @cached_property
    def single(self) -> list["Window"]:
        """Each sentence, and each piece of code."""
        return [window(said) for said in [*self.sentences, *self.code]]

    @cached_property
    def pairs(self) -> list["Window"]:
        """Each sentence with the next one: one may be said in two."""
        return [window(*pair) for pair in zip(self.sentences, self.sentences[1:], strict=False)]

    def particulars(self, known: Iterable[str] = ()) -> list[Particular]:
        """All that it holds, each once. `known` are words that are names also where a sentence begins."""
        names = {*known, *self.capitalised()}
        found = [Particular(IDENTIFIERS, span, (span,)) for span in self.code]
        found += [Particular(BLOCKS, line, (line,)) for line in self.blocks]
        for sentence in self.sentences:
            found += _of_sentence(sentence, self.language, names)
        return list({(p.kind, p.form): p for p in reversed(found)}.values())[::-1]

    def capitalised(self) -> set[str]:
        """The words with a capital that stand inside a sentence, not at its beginning."""
        return {word for s in self.sentences for at, word in _words(s) if at and _is_capital(word)}


class Window:
    """A piece of a text that is asked what it carries; made ready when it is asked first."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences
        self.said = " ".join(sentences)
        self.forms = frozenset(map(same, sentences))
        self._denials: dict[int, list[tuple[str, int]]] = {}

    @cached_property
    def carrier(self) -> Carrier:
        """What may be asked for words."""
        return Carrier(self.said)

    @cached_property
    def numbers(self) -> list[tuple[str, str]]:
        """Its numbers, each with its unit."""
        return [number for _, number in numbers(self.said)]

    def denials(self, language: Language) -> list[tuple[str, int]]:
        """Its clauses that say no, each with how often. A table of grammar is there once, so its id tells."""
        if id(language) not in self._denials:
            found = [clause for clause in clauses(self.said) if is_negated(clause, language)]
            self._denials[id(language)] = [(clause, denials(clause, language)) for clause in found]
        return self._denials[id(language)]


@lru_cache(maxsize=4096)
def window(*sentences: str) -> Window:
    """The window of these sentences, kept for the next count of nearly the same text."""
    return Window(*sentences)


def numbers(said: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """(as it stands, (digits without marks of thousands, unit or "")) of each number in a sentence."""
    for match in _NUMBER.finditer(_blank(said, _IDENTIFIER)):
        unit = (match["unit"] or "").strip().casefold()
        spaced = (match["unit"] or "")[:1].isspace()
        if spaced and unit.isascii() and not content(unit):
            unit = ""
        sign = match["sign"].strip().replace("−", "-").replace("+", "")
        shown = match[0] if unit else match["sign"] + match["n"]
        yield shown.strip(), (sign + _THOUSANDS.sub("", match["n"]), unit)


def same(said: str) -> str:
    """What two sentences have in common that differ in case and in marks of thousands only."""
    return _THOUSANDS.sub("", said).casefold()


def clauses(said: str) -> list[str]:
    """A sentence cut at the marks between its clauses."""
    return [part.strip() for part in _CLAUSE.split(said) if part.strip()]


def is_negated(clause: str, language: Language) -> bool:
    """Whether a clause says no: negates, or forbids."""
    return any(language.has(key, clause) for key in ("negate", "prohibit", "nobody"))


def denials(clause: str, language: Language) -> int:
    """How many words of a clause turn it into its opposite: two in "never X without Y"."""
    return sum(1 for _ in language.patterns["negate"].finditer(clause))


def _of_sentence(sentence: str, language: Language, names: set[str]) -> Iterator[Particular]:
    dated = [*_DATE.finditer(sentence), *language.patterns["date"].finditer(sentence)]
    bare = sentence
    for match in dated:
        yield Particular(DATES, match[0], (match[0].casefold(),), sentence)
        bare = bare[: match.start()] + " " * len(match[0]) + bare[match.end() :]
    for match in _IDENTIFIER.finditer(bare):
        item = match[0].rstrip(".,:;!?")
        if content(item) and not _is_ordinary(item):
            yield Particular(IDENTIFIERS, item, (item,), sentence)
    counted = list(numbers(bare))
    often = Counter(form for _, form in counted)
    for shown, form in counted:
        yield Particular(NUMBERS, shown, (*form, str(often[form]), *sorted(content(sentence))), sentence)
    yield from _named(_blank(bare, _IDENTIFIER), names, sentence)
    yield from _grammatical(sentence, language)
    if len(content(sentence)) > 1:
        yield Particular(SENTENCES, sentence, tuple(sorted(content(sentence))), sentence)


def _grammatical(sentence: str, language: Language) -> Iterator[Particular]:
    """The negations and the reasons of a sentence."""
    for clause in clauses(sentence):
        if is_negated(clause, language):
            yield Particular(NEGATIONS, clause, (clause.casefold(),), sentence)
    found = [m for m in (language.patterns[key].search(sentence) for key in ("why", "reason")) if m]
    if found or sentence.casefold().startswith("why:"):
        start = min((match.start() for match in found), default=0)
        reason = sentence[start:] if language.common and content(sentence[start:]) else sentence
        yield Particular(REASONS, reason, (reason.casefold(),), sentence)


def _named(bare: str, names: set[str], sentence: str) -> Iterator[Particular]:
    for at, word in _words(bare):
        if _is_capital(word) and (at or word in names) and content(word):
            name = word.removesuffix("'s")
            yield Particular(NAMES, name, (name.casefold(),), sentence)


def _words(said: str) -> list[tuple[int, str]]:
    """The words of a sentence, numbered; after a colon or an opening mark a sentence begins anew."""
    found: list[tuple[int, str]] = []
    for match in _WORD.finditer(said):
        begins = not found or said[: match.start()].rstrip(" \"'([")[-1:] in (":", ".", "")
        found.append((0 if begins else 1, match[0]))
    return found


def _is_capital(word: str) -> bool:
    return word[:1].isupper() and len(word.removesuffix("'s")) > 1


def _is_ordinary(item: str) -> bool:
    """Whether it only looks like a path: "and/or"."""
    return all(not content(part) for part in item.split("/"))


def _blank(said: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: "\x00" * len(match[0]), said)
