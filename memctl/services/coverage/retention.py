"""How much of some texts a shorter one keeps, class by class, and what it loses, verbatim."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain

from memctl.services.coverage import particulars as held
from memctl.services.coverage.particulars import Holding, Particular, Window
from memctl.services.inbox.content import content
from memctl.services.learn.languages import spoken
from memctl.services.session.digest import ENOUGH

EXACT = (held.NUMBERS, held.IDENTIFIERS, held.NEGATIONS)
"""The classes of which nothing may be lost: one of them changed makes another fact."""

HALF = 0.5
"""Share of what a sentence says, words that other sentences have too counted less, from which it still stands
in other words. Lower lets halves of sentences go unnoticed, higher takes every rewording for a loss."""


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
        """The classes of which too little is left. Long blocks of code have no share: what of them is left
        out is seen by their first line."""
        return [kept for kept in self.classes if not kept.is_enough and kept.name != held.BLOCKS]

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
        holdings = [Holding(text, self.language) for text in given]
        names = set(chain.from_iterable(one.capitalised() for one in holdings))
        self.particulars = {(p.kind, p.form): p for one in holdings for p in one.particulars(names)}
        self.words = {p.sentence: content(p.sentence) for p in self.particulars.values() if p.sentence}
        self.often = Counter(chain.from_iterable(self.words.values()))
        self.own = {held.same(sentence) for one in holdings for sentence in one.sentences}

    def coverage(self, result: str) -> Coverage:
        """What of them stands in `result`."""
        answer = _Result(Holding(result, self.language), self)
        lost: dict[str, list[str]] = {name: [] for name in held.CLASSES}
        for particular in self.particulars.values():
            if not answer.has(particular):
                lost[particular.kind].append(particular.text)
        totals = Counter(kind for kind, _ in self.particulars)
        kept = (Kept(name, totals[name], tuple(lost[name])) for name in held.CLASSES if totals[name])
        return Coverage(tuple(kept))


class _Result:
    """A result, asked for one thing after the other.

    A sentence of the result that is one of the sources' stands for itself: for another one it does only where
    it says all of that.
    """

    def __init__(self, holding: Holding, sources: Sources) -> None:
        self._holding = holding
        self._sources = sources
        self._language = holding.language
        new = [w for w in (*holding.single, *holding.pairs) if not w.forms <= sources.own]
        self._said = [(w, False) for w in new] + [(w, True) for w in holding.single if w.forms <= sources.own]
        self._same = {held.same(sentence) for sentence in holding.sentences}
        self._lines = {*holding.code, *holding.blocks}
        self._asks: dict[str, Callable[[Particular], bool]] = {
            held.NUMBERS: self._has_number,
            held.IDENTIFIERS: self._has_identifier,
            held.BLOCKS: lambda p: p.text in self._lines,
            held.NAMES: lambda p: any(w.carrier.carries(p.form[0]) for w in holding.single),
            held.DATES: lambda p: _bounded(p.form[0], holding.text.casefold()),
            held.NEGATIONS: self._has_negation,
            held.REASONS: lambda p: self._says(content(p.text)),
            held.SENTENCES: lambda p: self._says(sources.words[p.sentence]),
        }

    def has(self, particular: Particular) -> bool:
        """Whether it stands in the result."""
        if particular.sentence and held.same(particular.sentence) in self._same:
            return True
        return self._asks[particular.kind](particular)

    def _has_number(self, particular: Particular) -> bool:
        """The number with its unit as often, near a word that only its sentence has; in a sentence that is
        one of the sources', with all its words."""
        digits, unit, often = particular.form[:3]
        words = self._sources.words[particular.sentence] - content(particular.text)
        own = {word for word in words if self._sources.often[word] == 1}
        for window in self._holding.single:
            if _times(digits, unit, window) < int(often):
                continue
            if own and not self._is_own(window):
                if any(window.carrier.carries(word) for word in own):
                    return True
            elif all(window.carrier.carries(word) for word in words):
                return True
        return False

    def _has_identifier(self, particular: Particular) -> bool:
        return particular.text in self._lines or _bounded(particular.text, self._holding.text)

    def _has_negation(self, particular: Particular) -> bool:
        """A clause that says no as often, and what the clause of the source denies. Once it may be said with
        another word."""
        denied = {word for word in content(particular.text) if not self._is_no(word)}
        often = held.denials(particular.text, self._language)
        return any(
            self._is_enough(denied, held.window(clause), self._is_own(window))
            for window in self._holding.single
            for clause, times in window.denials(self._language)
            if often < 2 or times >= often
        )

    def _is_no(self, word: str) -> bool:
        return any(self._language.patterns[key].fullmatch(word) for key in ("negate", "prohibit", "nobody"))

    def _is_own(self, window: Window) -> bool:
        """Whether a window is just a sentence of the sources."""
        return window.forms <= self._sources.own

    def _says(self, words: set[str]) -> bool:
        """Whether a window says what these words say; one of the sources' own, all of them."""
        return any(self._is_enough(words, window, is_own) for window, is_own in self._said)

    def _is_enough(self, words: set[str], window: Window, is_own: bool) -> bool:
        if is_own:
            return all(window.carrier.carries(word) for word in words)
        return self._share(words, window) >= HALF

    def _share(self, words: set[str], window: Window) -> float:
        """How much of `words` a window carries; a word counts less the more sentences of the sources have."""
        weights = {word: 1 / max(1, self._sources.often[word]) ** 2 for word in words}
        carried = [weight for word, weight in weights.items() if window.carrier.carries(word)]
        if len(carried) == len(weights):
            return 1.0
        return sum(carried) / sum(weights.values())


def _times(digits: str, unit: str, window: Window) -> int:
    """How often a number stands in a window, its unit beside it or, where it has none there, elsewhere."""
    units = [found for number, found in window.numbers if number == digits]
    return sum(_is_unit(unit, u) or (not u and window.carrier.carries(unit)) for u in units)


def _is_unit(wanted: str, found: str) -> bool:
    """Whether two units are the same: letter for letter, in the plural, or one the beginning of a word."""
    short, long = sorted((wanted, found), key=len)
    if not wanted or short == long:
        return True
    return bool(short) and long.startswith(short) and (long == short + "s" or len(long) > 3)


def _bounded(item: str, text: str) -> bool:
    """Whether `item` stands in `text` as a whole and not as a part of a longer one."""
    at = text.find(item)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(item) :][:2]
        joined = item[0].isascii() and _joins(before, item[0])
        follows = item[-1].isascii() and (
            _joins(after[:1], item[-1]) or (after[:1] in (".", ":") and after[1:].isalnum())
        )
        if not joined and not follows:
            return True
        at = text.find(item, at + 1)
    return False


def _joins(char: str, edge: str) -> bool:
    return (
        char.isascii() and (char.isalnum() or char in ("_", "/", "@", "-")) and char != "" and edge.isalnum()
    )
