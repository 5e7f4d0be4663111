"""How much of some texts a shorter one keeps, class by class, and what it loses, verbatim."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from memctl.services.coverage import particulars as held
from memctl.services.coverage.particulars import Holding, Particular
from memctl.services.coverage.piece import same
from memctl.services.coverage.quantities import counted
from memctl.services.coverage.witness import Witness, bounded
from memctl.services.learn.languages import spoken
from memctl.services.session.digest import ENOUGH

EXACT = (held.NUMBERS, held.IDENTIFIERS, held.NEGATIONS)
"""The classes of which nothing may be lost: one of them changed makes another fact."""

FREE = (held.CONTEXT, held.BLOCKS)
"""The classes of which any part may be left out; what is, is listed all the same."""


@dataclass(frozen=True)
class Kept:
    """Of one class: how many of `total` things are `kept`, and the words of those that are `lost`."""

    name: str
    total: int
    lost: tuple[str, ...] = ()

    @property
    def kept(self) -> int:
        """How many are left."""
        return self.total - len(self.lost)

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where there was nothing to lose."""
        return self.kept / self.total if self.total else 1.0

    @property
    def is_enough(self) -> bool:
        """Whether as much is left as a shorter text must keep."""
        return self.share >= (1.0 if self.name in EXACT else ENOUGH)


@dataclass(frozen=True)
class Coverage:
    """What a result keeps of its sources: one `Kept` for each class that they have anything of."""

    classes: tuple[Kept, ...]

    @property
    def lost(self) -> list[tuple[str, str]]:
        """(class, words) of everything that is lost."""
        return [(kept.name, text) for kept in self.classes for text in kept.lost]

    @property
    def share(self) -> float:
        """Of everything together, from 0 to 1."""
        total = sum(kept.total for kept in self.classes)
        return sum(kept.kept for kept in self.classes) / total if total else 1.0

    @property
    def lacking(self) -> list[Kept]:
        """The classes of which too little is left. Context and long blocks of code may go."""
        return [kept for kept in self.classes if not kept.is_enough and kept.name not in FREE]

    @property
    def line(self) -> str:
        """A row for people: `numbers 4/4, negations 1/2`."""
        return ", ".join(f"{kept.name} {kept.kept}/{kept.total}" for kept in self.classes)


def coverage(sources: Iterable[str], result: str) -> Coverage:
    """What of `sources` stands in `result`. Order, wrapped lines and marks of emphasis do not count."""
    return Sources(sources).coverage(result)


class Sources:
    """Texts of which others are asked what they keep; read once."""

    def __init__(self, texts: Iterable[str]) -> None:
        given = [text for text in texts if text.strip()]
        self.language = spoken("\n\n".join(given))
        self._holdings = [Holding(text, self.language) for text in given]
        self._names = set(chain.from_iterable(one.capitalised() for one in self._holdings))
        self._particulars = held.joined(p for one in self._holdings for p in one.particulars(self._names))
        pieces = [piece for one in self._holdings for piece in one.pieces]
        distinct = {piece.said: piece for piece in pieces}.values()
        self._often = Counter(word for piece in distinct for word in set(map(counted, piece.terms)))
        self._own = frozenset(same(piece.said) for piece in pieces)
        self._denials = [denial for piece in pieces for denial in piece.denials]

    def coverage(self, result: str) -> Coverage:
        """What of them stands in `result`."""
        witness = Witness(Holding(result, self.language), self._often, self._own, self._names, self._denials)
        lost: dict[str, list[str]] = {name: [] for name in held.CLASSES}
        for particular in self._particulars.values():
            if not witness.has(particular):
                lost[particular.kind].append(particular.text)
        for steps in chain.from_iterable(one.steps for one in self._holdings):
            lost[held.SENTENCES] += witness.misplaced(steps)
        totals = Counter(kind for kind, _ in self._particulars)
        kept = (Kept(name, totals[name], tuple(lost[name])) for name in held.CLASSES if totals[name])
        return Coverage(tuple(kept))

    def added(self, result: str) -> list[tuple[str, str]]:
        """(class, words) of what only `result` has: numbers, identifiers, names, dates, lines of code, and
        negations of what nothing negated."""
        holding = Holding(result, self.language)
        known, names = self._facts(self._holdings), {*self._names, *holding.capitalised()}
        found = {(p.kind, p.text): _fact(p) for p in holding.particulars(names) if p.kind in _FACTS}
        new = [key for key, fact in found.items() if fact not in known and not self._stands(*fact)]
        witness = Witness(holding, self._often, self._own, self._names, self._denials)
        return [*new, *((held.NEGATIONS, text) for text in witness.invented(self._denials))]

    def _facts(self, holdings: Iterable[Holding]) -> set[tuple[str, str]]:
        return {_fact(p) for one in holdings for p in one.particulars(self._names) if p.kind in _FACTS}

    def _stands(self, kind: str, form: str) -> bool:
        return kind != held.NUMBERS and any(bounded(form, one.text.casefold()) for one in self._holdings)


_FACTS = (held.NUMBERS, held.IDENTIFIERS, held.NAMES, held.DATES, held.BLOCKS)


def _fact(particular: Particular) -> tuple[str, str]:
    return particular.kind, particular.form[0].casefold()
