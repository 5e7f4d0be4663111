"""What a text holds that a shorter one must not lose: numbers, identifiers, names, dates, negations, reasons.

Told by form (digits, marks inside a word, capitals) and by the grammar of ten languages, never by subject.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from memctl.format import prose
from memctl.services.coverage.denial import Denial
from memctl.services.coverage.piece import MANY, Piece, is_capital, words
from memctl.services.coverage.quantities import Quantity, terms
from memctl.services.learn.languages import Language

NUMBERS, IDENTIFIERS, NAMES, DATES = "numbers", "identifiers", "names", "dates"
NEGATIONS, REASONS, SENTENCES = "negations", "reasons", "sentences"
CONTEXT, BLOCKS = "context", "blocks"
CLASSES = (NUMBERS, IDENTIFIERS, NAMES, DATES, NEGATIONS, REASONS, SENTENCES, CONTEXT, BLOCKS)
"""The classes that are counted. `context` are the sentences that only go on about what the first one of their
paragraph states, `blocks` the lines of code and logs longer than SHORT_BLOCK."""

_STATED = (
    "norm oblige decide prefer always all restrict narrow pointer durable keep deadline contrast".split()
)
"""Keys of grammar of which a word makes a sentence a statement of its own, wherever it stands."""

SHORT_BLOCK = 8
"""Lines of a block of code up to which each line is an identifier: a command to be typed, not a log."""

COMMON = 0.2
"""Share of a text's words from which a capital tells no name."""

_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
LABEL = re.compile(r"\s*(?:[-*+]\s+)?\*\*[^*\n]+:\*\*")
"""How a paragraph begins that is labelled: `**Why:**`."""

_BELOW_HEAD = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}[\s|:-]*$", re.MULTILINE)
_STEP = re.compile(r"\s*(\d{1,3})[.)]\s")


@dataclass(frozen=True)
class Particular:
    """One thing that a text holds: its class, its words as they stand, and the sentences that it is in."""

    kind: str
    text: str
    form: tuple[str, ...]  # what two of one class have in common that are the same
    pieces: tuple[Piece, ...] = ()
    quantity: Quantity | None = None
    denial: Denial | None = None
    often: int = field(default=1, compare=False)  # times that a number stands in its sentence


class Holding:
    """A text with all that it holds. `language` is the one whose grammar it is read with."""

    def __init__(self, text: str, language: Language) -> None:
        self.language = language
        self.pieces: list[Piece] = []  # its sentences
        self.code: list[tuple[str, Piece | None]] = []  # spans, and lines of blocks, with their sentence
        self._heads: set[Piece] = (
            set()
        )  # those that are headings and the heads of tables, which state nothing
        self._further: set[Piece] = set()  # those that follow another one in their paragraph or item
        self.blocks: list[str] = []  # the lines of long blocks
        self.steps: list[list[Piece]] = []  # what each numbered list begins its items with, in order
        for unit in prose.units(text):
            is_head = unit.kind == "heading" or _BELOW_HEAD.match(text, unit.stop) is not None
            self._take("head" if is_head else unit.kind, text[unit.start : unit.stop])

    def _take(self, kind: str, raw: str) -> None:
        if kind == "code":
            self._take_code(raw)
            return
        said = prose.plain(raw)
        here = [Piece(self.language, said[start:stop]) for start, stop in prose.sentences(said)]
        self._heads.update(here if kind == "head" else [])
        self._further.update([] if LABEL.match(raw) else here[1:])
        if kind == "item" and here:
            self._take_step(_STEP.match(raw), here[0])
        self.pieces += here
        for match in _CODE.finditer(raw):
            span = " ".join(match[2].split())
            plain = prose.plain(span)
            self.code.append((span, next((piece for piece in here if plain and plain in piece.said), None)))

    def _take_code(self, raw: str) -> None:
        lines = [line.strip() for line in raw.splitlines()]
        lines = [line for line in lines if line and not line.startswith(("```", "~~~"))]
        if len(lines) <= SHORT_BLOCK:
            self.code += [(line, None) for line in lines]
        else:
            self.blocks += lines

    def _take_step(self, step: re.Match[str] | None, first: Piece) -> None:
        if step:
            self.steps += [[]] * (not self.steps) if step[1] != "1" else [[]]
            self.steps[-1].append(first)

    @cached_property
    def text(self) -> str:
        """All of it on lines."""
        return "\n".join([*(p.said for p in self.pieces), *(line for line, _ in self.code), *self.blocks])

    @cached_property
    def single(self) -> list[Piece]:
        """Each sentence, and each piece of code."""
        return [*self.pieces, *(Piece(self.language, line) for line, _ in self.code)]

    @cached_property
    def pairs(self) -> list[Piece]:
        """Each sentence with the next one: one may be said in two."""
        said = [piece.said for piece in self.pieces]
        return [Piece(self.language, *pair) for pair in pairwise(said)]

    def particulars(self, known: Iterable[str] = ()) -> list[Particular]:
        """All that it holds, each once. `known` are words that are names also where a sentence begins."""
        names = {*known, *self.capitalised()}
        found = [Particular(IDENTIFIERS, span, (span,), (at,) if at else ()) for span, at in self.code]
        found += [Particular(BLOCKS, line, (line,)) for line in self.blocks]
        for piece in self.pieces:
            facts = list(_of_sentence(piece, names))
            found += facts
            if piece.tokens and piece not in self._heads:
                found.append(
                    Particular(self._kind(piece, facts), piece.said, (piece.said.casefold(),), (piece,))
                )
        return list(joined(found).values())

    def _kind(self, piece: Piece, facts: list[Particular]) -> str:
        """Whether a sentence is a statement, or only goes on about one and holds no fact; one with hardly a
        word that says something is none by itself, where it lays nothing down."""
        if len(piece.terms) < MANY:
            return SENTENCES if lays_down(piece.said, self.language) else CONTEXT
        if piece not in self._further or any(fact.kind != NAMES for fact in facts):
            return SENTENCES
        return SENTENCES if lays_down(piece.said, self.language) else CONTEXT

    def capitalised(self) -> set[str]:
        """The words that a capital shows to be names: inside a sentence, not at its beginning. Where so many
        have one that nouns do (German), only those beside another one."""
        found: set[str] = set()
        beside: set[str] = set()
        total = 0
        for piece in self.pieces:
            said = words(piece.said)
            total += len(said)
            found.update(word for at, word in said if at and is_capital(word))
            pairs = [(a, b) for (_, a), (at, b) in pairwise(said) if at and is_capital(a) and is_capital(b)]
            beside.update(word for pair in pairs for word in pair)
        return beside if len(found) > COMMON * total else found


def lays_down(said: str, language: Language) -> bool:
    """Whether a word of grammar makes a sentence a statement of its own."""
    return any(language.has(key, said) for key in _STATED)


def joined(found: Iterable[Particular]) -> dict[tuple[str, tuple[str, ...]], Particular]:
    """Each thing once, with all sentences that it is in."""
    made: dict[tuple[str, tuple[str, ...]], Particular] = {}
    for one in found:
        key = (one.kind, one.form)
        made[key] = replace(made[key], pieces=(*made[key].pieces, *one.pieces)) if key in made else one
    return made


def _of_sentence(piece: Piece, names: set[str]) -> Iterator[Particular]:
    here = (piece,)
    for date in piece.dates:
        yield Particular(DATES, date.text, (date.form, piece.said.casefold()), here)
    for item in piece.identifiers:
        yield Particular(IDENTIFIERS, item, (item,), here)
    often = Counter((q.digits, q.unit) for q in piece.quantities)
    for q in piece.quantities:
        form = (q.digits, q.unit, q.before, *sorted(piece.terms))
        yield Particular(NUMBERS, q.text, form, here, quantity=q, often=often[q.digits, q.unit])
    for name in piece.names(names):
        yield Particular(NAMES, name, (name.casefold(),), here)
    for denial in piece.denials:
        yield Particular(NEGATIONS, denial.text, (denial.text.casefold(),), here, denial=denial)
    yield from _reasons(piece)


def _reasons(piece: Piece) -> Iterator[Particular]:
    """The reason that a sentence gives: from its first word on, where that stands before it."""
    said, language = piece.said, piece.language
    found = [m for m in (language.patterns[key].search(said) for key in ("why", "reason")) if m]
    if found or said.casefold().startswith("why:"):
        start = min((match.start() for match in found), default=0)
        reason = said[start:] if language.common and terms(said[start:]) else said
        yield Particular(REASONS, reason, (reason.casefold(),), (piece,))
