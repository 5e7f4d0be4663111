"""A result, asked for one thing after the other that its sources hold."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from memctl.services.coverage import particulars as held
from memctl.services.coverage.alteration import differences, is_swap
from memctl.services.coverage.denial import Denial
from memctl.services.coverage.particulars import Holding, Particular
from memctl.services.coverage.piece import MANY, Piece, carrier, same
from memctl.services.coverage.quantities import Quantity, alike, counted, is_unit, terms

HALF = 0.5
"""Share of what a sentence says, words that other sentences have too counted less, from which it still stands
in other words. Lower lets halves of sentences go unnoticed, higher takes every rewording for a loss."""

THIRD = 1 / 3
"""The same for what a "not" denies, of which a shorter clause says less."""


class Witness:
    """A result as a witness of what its sources hold.

    A sentence of the result that is one of the sources' stands for itself: for another one it does only where
    it says all of that. `often` counts in how many sentences of the sources a word is, `own` are their
    sentences, `known` the words that are names, `denials` all that they deny.
    """

    def __init__(
        self,
        holding: Holding,
        often: Counter[str],
        own: frozenset[str],
        known: Iterable[str],
        denials: Sequence[Denial],
    ) -> None:
        self._holding = holding
        self._language = holding.language
        self._often, self._own = often, own
        self._known = {*known, *holding.capitalised()}
        new = [w for w in holding.single if not self._is_own(w)]
        new += [w for w in holding.pairs if not w.forms & own]
        new = [w for w in new if not any(self._is_invented(d, denials) for d in w.denials)]
        self._said = [*new, *(w for w in holding.single if self._is_own(w))]
        self._same = {same(piece.said): at for at, piece in enumerate(holding.pieces)}
        self._lines = {*(line for line, _ in holding.code), *holding.blocks}
        self._text = holding.text
        self._asks: dict[str, Callable[[Particular], bool]] = {
            held.NUMBERS: self._has_number,
            held.IDENTIFIERS: lambda p: self._has_item(p, p.text, self._text),
            held.BLOCKS: lambda p: p.text in self._lines,
            held.NAMES: lambda p: self._has_item(p, p.form[0], self._text.casefold()),
            held.DATES: lambda p: self._has_item(p, p.form[0], self._text.casefold()),
            held.NEGATIONS: self._has_negation,
            held.REASONS: lambda p: self._says(p.pieces[0], frozenset(terms(p.text))),
            held.SENTENCES: lambda p: self._says(p.pieces[0], p.pieces[0].terms),
            held.CONTEXT: lambda p: self._says(p.pieces[0], p.pieces[0].terms),
        }

    def has(self, particular: Particular) -> bool:
        """Whether it stands in the result."""
        if any(same(piece.said) in self._same for piece in particular.pieces):
            return True
        return self._asks[particular.kind](particular)

    def invented(self, denials: Sequence[Denial]) -> list[str]:
        """What the result denies and none of `denials` does."""
        here = (denial for window in self._holding.pieces for denial in window.denials)
        return [denial.text for denial in here if self._is_invented(denial, denials)]

    def misplaced(self, steps: list[Piece]) -> list[str]:
        """Of the steps of a numbered list those that the result has in another order."""
        places = [(self._same.get(same(step.said)), step.said) for step in steps]
        found = [(at, said) for at, said in places if at is not None]
        return [said for (at, said), (after, _) in pairwise(found) if at > after]

    def _has_item(self, particular: Particular, item: str, text: str) -> bool:
        """Whether it stands there as a whole, near a word of a sentence that it was in."""
        if not bounded(item, text):
            return False
        here = [
            w for w in self._holding.single if bounded(item, w.said if item in w.said else w.said.casefold())
        ]
        if not particular.pieces:
            return True
        return any(self._is_about(piece, item, w) for piece in particular.pieces for w in here)

    def _is_about(self, piece: Piece, item: str, window: Piece) -> bool:
        words = piece.terms - set(terms(item))
        own = {word for word in words if self._often[counted(word)] == 1}
        if not own or self._is_own(window):
            return self._share(words, window) >= HALF
        return any(window.carrier.carries(word) for word in own)

    def _has_number(self, particular: Particular) -> bool:
        """The number with its unit as often, near a word that only its sentence has; in a sentence that is
        one of the sources', with all its words."""
        wanted, piece = particular.quantity, particular.pieces[0]
        assert wanted is not None
        for window in self._holding.single:
            found = [q for q in window.quantities if _is_same(wanted, q, window)]
            if len(found) >= particular.often and self._is_there(wanted, piece, window, found):
                return True
        return False

    def _is_there(self, wanted: Quantity, piece: Piece, window: Piece, found: list[Quantity]) -> bool:
        words = piece.terms - set(terms(wanted.text))
        if self._is_own(window):
            return all(map(window.carrier.carries, words))
        units = {q.unit for q in found}
        if any(q.digits != wanted.digits and q.unit in units for q in window.quantities):
            found = [q for q in found if self._is_beside(wanted, piece, q)]
        return bool(found) and self._is_about(piece, wanted.text, window)

    def _is_beside(self, wanted: Quantity, piece: Piece, found: Quantity) -> bool:
        """Whether one of the words beside a number in its clause, and beside no other one, is beside the one
        found."""
        near = set(terms(wanted.clause)) - set(terms(wanted.text)) - self._language.common
        others = (terms(q.clause) for q in piece.quantities if q.clause != wanted.clause)
        near = near.difference(*others) or near
        there = set(terms(found.clause)) - set(terms(found.text)) - self._language.common
        said = carrier(found.clause)
        return not near or not there or any(map(said.carries, near))

    def _has_negation(self, particular: Particular) -> bool:
        """A clause that says no as often, of what the clause of the source denies."""
        wanted = particular.denial
        assert wanted is not None
        piece = particular.pieces[0]
        return any(self._denies(wanted, d, piece, w) for w in self._holding.single for d in w.denials)

    def _denies(self, wanted: Denial, found: Denial, piece: Piece, window: Piece) -> bool:
        if found.times < wanted.times or (
            window.noes < piece.noes and differences(piece, window) is not None
        ):
            return False
        said = terms(found.text) or window.terms
        own = [word for word in wanted.denied if self._often[counted(word)] == 1]
        if own and not any(alike(word, other) for word in own for other in said):
            return False
        return self._denied(wanted, said) >= (HALF if self._is_own(window) else THIRD)

    def _is_invented(self, denial: Denial, denials: Sequence[Denial]) -> bool:
        """Whether no source denies what this does: then what it stands in says something else."""
        return all(self._denied(denial, terms(known.text)) < THIRD for known in denials)

    def _denied(self, wanted: Denial, said: Iterable[str]) -> float:
        """How much of what is denied the words `said` have."""
        return self._weighed(wanted.denied, lambda word: any(alike(word, other) for other in said))

    def _is_own(self, window: Piece) -> bool:
        """Whether a window is just a sentence of the sources."""
        return window.forms <= self._own

    def _says(self, piece: Piece, words: frozenset[str]) -> bool:
        """Whether a window says what these words of a sentence say; one of the sources' own, all of them. Of
        hardly a word it says the sentence where it has all of its words."""
        if len(piece.terms) < MANY:
            return any(_forms(piece) <= _forms(window) for window in self._said)
        for window in self._said:
            enough = 1.0 if self._is_own(window) else HALF
            if self._share(words, window) >= enough and not self._is_turned(piece, window):
                return True
        return False

    def _is_turned(self, piece: Piece, window: Piece) -> bool:
        """Whether a window has something else in the place of what a sentence says: of facts another one, and
        where it is nearly that sentence, anything else."""
        before, after = self._facts(piece), self._facts(window)
        if any(set(a) - set(b) and set(b) - set(a) for a, b in zip(before, after, strict=True)):
            return True
        if (piece.denials and not window.denials) or self._is_opened(piece, window):
            return True
        is_near, differing = differences(piece, window)
        if any(is_swap(old, new, piece, window) for old, new in differing):
            return True
        return is_near and (before != after or piece.noes != window.noes)

    def _is_opened(self, piece: Piece, window: Piece) -> bool:
        """Whether a sentence says what something holds for only, and a window does not."""
        if not piece.is_restriction or window.is_restriction:
            return False
        keys = ("narrow", "restrict")
        return self._is_own(window) or not any(self._language.has(key, window.said) for key in keys)

    def _facts(self, piece: Piece) -> tuple[list[str], ...]:
        return (
            [q.digits for q in piece.quantities],
            list(piece.identifiers),
            [name.casefold() for name in piece.names(self._known)],
            [date.form for date in piece.dates],
        )

    def _share(self, words: Iterable[str], window: Piece) -> float:
        """How much of `words` a window carries."""
        return self._weighed(words, window.carrier.carries)

    def _weighed(self, words: Iterable[str], carries: Callable[[str], bool]) -> float:
        """The share of `words` that is carried; a word counts less the more sentences of the sources have."""
        weights = {word: 1 / max(1, self._often[counted(word)]) ** 2 for word in words}
        carried = [weight for word, weight in weights.items() if carries(word)]
        if len(carried) == len(weights):
            return 1.0
        return sum(carried) / sum(weights.values())


def _forms(piece: Piece) -> frozenset[str]:
    """All words of a sentence."""
    return frozenset(token.text.lower() for token in piece.tokens)


def _is_same(wanted: Quantity, found: Quantity, window: Piece) -> bool:
    """Whether a number is the one wanted, its unit beside it or, where it has none there, behind it."""
    if found.digits != wanted.digits:
        return False
    if wanted.before and _is_turned_round(wanted, window):
        return False
    if is_unit(wanted.unit, found.unit):
        return True
    rest = found.clause.partition(found.text)[2]
    beside = any(q.unit == wanted.unit for q in window.quantities)  # another number has it
    return not found.unit and (carrier(rest) if beside else window.carrier).carries(wanted.unit)


def _is_turned_round(wanted: Quantity, window: Piece) -> bool:
    """Whether the number before a number stands behind it."""
    return any(q.digits == wanted.before and q.before == wanted.digits for q in window.quantities)


def bounded(item: str, text: str) -> bool:
    """Whether `item` stands in `text` as a whole and not as a part of a longer one."""
    at = text.find(item)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(item) :][:2]
        joins = item[0].isascii() and _joins(before, item[0])
        follows = item[-1].isascii() and (
            _joins(after[:1], item[-1]) or (after[:1] in (".", ":") and after[1:].isalnum())
        )
        if not joins and not follows:
            return True
        at = text.find(item, at + 1)
    return False


def _joins(char: str, edge: str) -> bool:
    return (
        char.isascii() and (char.isalnum() or char in ("_", "/", "@", "-")) and char != "" and edge.isalnum()
    )
