"""Where a sentence of a result is one of its sources with something changed: what went, and what came."""

from difflib import SequenceMatcher

from memctl.services.coverage.denial import is_negated
from memctl.services.coverage.piece import Piece
from memctl.services.coverage.quantities import terms
from memctl.text.alignment import Token

NEAR = 0.7
"""Share of the words of both from which a sentence is another one with something changed, not reworded: then
each word that stands for another counts."""

EXCERPT = 0.9
"""Share of a window's words, in their order, from which it is a sentence with parts cut out."""

_Words = tuple[Token, ...]


def differences(piece: Piece, window: Piece) -> tuple[bool, list[tuple[_Words, _Words]]]:
    """Whether `window` is the sentence `piece` with little changed; and, also where it is that with
    parts cut out, the words that went and those that came, place by place; none where it has other words."""
    before, after = piece.tokens, window.tokens
    matcher = SequenceMatcher(None, [t.text.lower() for t in before], [t.text.lower() for t in after], False)
    codes = matcher.get_opcodes()
    equal = sum(j - i for tag, i, j, _, _ in codes if tag == "equal")
    longest = max(len(before), len(after))
    is_near = equal >= min(NEAR * longest, longest - 1)
    if not is_near and equal < EXCERPT * len(after):
        return False, []
    return is_near, [(before[i:j], after[k:m]) for tag, i, j, k, m in codes if tag != "equal"]


def is_swap(old: _Words, new: _Words, piece: Piece, window: Piece) -> bool:
    """Whether words stand for others, or those went that say for what it holds only."""
    if not new:
        return _narrows(old, piece)
    if not old or any(is_negated(t.text, piece.language) for t in (*old, *new)):
        return False  # counted by themselves: "is not" and "isn't"
    gone = any(not window.carrier.carries(w) for t in old for w in terms(t.text))
    come = any(not piece.carrier.carries(w) for t in new for w in terms(t.text))
    return gone or come or not any(terms(t.text) for t in (*old, *new))


def _narrows(gone: _Words, piece: Piece) -> bool:
    return any(piece.language.has(key, " ".join(t.text for t in gone)) for key in ("narrow", "restrict"))
