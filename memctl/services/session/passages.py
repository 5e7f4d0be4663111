"""The passages of recorded turns that fit some words: BM25 over pieces of what was said, called and answered.

A query is often the surroundings of what is sought, taken from code: words are split where identifiers are,
so that `getUserName` is found by `user name` and by itself.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from memctl.agents.transcripts import fields
from memctl.domain.transcript import Turn
from memctl.services.session import clipping
from memctl.text.oneline import flat

PIECE = 900
"""Characters of a piece: a screenful, so that an answer of 8,000 holds several."""

STEP = 700
"""Characters from the beginning of one piece to that of the next: what stands at a border is in both."""

K1, B = 1.2, 0.75
"""The usual constants of BM25 (Robertson and Zaragoza, 2009): saturation of repeats, and of length."""

HEADING = 30
"""Characters that a passage or a turn takes besides its text: its heading, without the id of a session."""

QUERY_MAX = 64
"""Different words of a query that count."""


SPEAKERS = {"person": "person", "agent": "agent", "tool": "tool", "injected": "client"}
"""Who is said to speak, by the origin of a turn."""


@dataclass(frozen=True)
class Passage:
    """A piece of a turn. `cut`: the turn has more: `whole`, in which the piece begins at `start`; `which`: of
    several sessions, by their order, since two may have one id."""

    turn: int
    id: str
    speaker: str
    at: str | None
    text: str
    cut: bool
    session: str = ""
    which: int = 0
    whole: str = field(default="", repr=False)
    start: int = 0


def turns_of(numbered: Iterable[tuple[int, Turn]], session: str = "", which: int = 0) -> Iterator[Passage]:
    """The pieces of numbered turns, of at most PIECE characters each, in order; none of one that says
    nothing. `session`: the id that each bears where several are looked through, `which` of them it is."""
    for number, turn in numbered:
        text = fields.whole(turn)
        for at in range(0, max(len(text) - (PIECE - STEP), 1), STEP):
            piece = text[at : at + PIECE]
            if piece.strip():
                cut = len(text) > PIECE
                speaker = SPEAKERS[turn.origin]
                yield Passage(number, turn.id, speaker, turn.at, piece, cut, session, which, text, at)


_WORD = re.compile(r"[^\W_]+")
_INNER = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\dA-Z_]+|\d+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def terms(text: str) -> Counter[str]:
    """The words of `text` and the parts of its identifiers, lower case, with how often each stands there;
    pairs of characters where there are no blanks."""
    found: Counter[str] = Counter()
    for word in _WORD.findall(text):
        lower = word.lower()
        if _UNSPACED.search(word):
            found.update(lower[at : at + 2] for at in range(max(len(lower) - 1, 1)))
            continue
        if len(lower) > 1:
            found[lower] += 1
        parts = _INNER.findall(word)
        if len(parts) > 1:
            found.update(part.lower() for part in parts if len(part) > 1)
    return found


def best(pieces: Iterable[Passage], words: str, room: int) -> list[Passage]:
    """The pieces that fit `words` best, best first, together at most `room` characters, without secrets."""
    query = list(terms(words))[:QUERY_MAX]
    found: list[Passage] = []
    seen: set[str] = set()
    for whole in _ranked(pieces, query):
        key = flat(whole.text)
        if key in seen or len(whole.text) + HEADING > room:
            continue
        seen.add(key)
        piece = _cleared(whole, query)
        if piece is None or len(piece.text) + HEADING > room:
            continue
        room -= len(piece.text) + HEADING
        found.append(piece)
    return found


def _cleared(piece: Passage, query: list[str]) -> Passage | None:
    """`piece` without secrets; None where no word of the query stands outside of one."""
    text = clipping.part(piece.whole, piece.start, piece.start + len(piece.text))
    lower = text.lower()
    return replace(piece, text=text) if any(word in lower for word in query) else None


HELD = 2_000
"""Pieces that are held at once: those with the most of the query, by what is known so far."""


def _ranked(pieces: Iterable[Passage], query: list[str]) -> list[Passage]:
    total = size = 0
    standing: Counter[str] = Counter()  # in how many pieces each word of the query stands
    held: list[tuple[Passage, dict[str, int], int]] = []
    for piece in pieces:
        lower = piece.text.lower()
        length = len(lower)
        total, size = total + 1, size + length
        hits = {word: lower.count(word) for word in query if word in lower}
        standing.update(hits.keys())
        if hits:
            held.append((piece, hits, length))
        if len(held) >= 2 * HELD:
            held = _scored(held, standing, total, size / total)[:HELD]
    return [piece for piece, _, _ in _scored(held, standing, max(total, 1), size / max(total, 1))]


def _scored(
    held: list[tuple[Passage, dict[str, int], int]], standing: Counter[str], total: int, mean: float
) -> list[tuple[Passage, dict[str, int], int]]:
    """`held` by BM25, the best first; of equals the newest."""
    weight = {word: math.log(1 + (total - n + 0.5) / (n + 0.5)) for word, n in standing.items()}

    def score(hits: dict[str, int], length: int) -> float:
        """BM25 of a passage of `length` characters, in which each word stands so many times."""
        long = K1 * (1 - B + B * length / max(mean, 1))
        return sum(weight[word] * n * (K1 + 1) / (n + long) for word, n in hits.items())

    return sorted(held, key=lambda one: (-score(one[1], one[2]), -one[0].turn))
