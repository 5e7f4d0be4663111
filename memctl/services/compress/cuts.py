"""A body made shorter without a model, by leaving out whole sentences and the inside of long logs.

What goes first says least. After every step the rest is counted again, and a step of which too much would be
lost is not taken: what stands in the result stands there letter by letter.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from memctl.format import prose
from memctl.services.context.block import tokens
from memctl.services.coverage.particulars import (
    CONTEXT,
    LABEL,
    NAMES,
    SENTENCES,
    SHORT_BLOCK,
    Holding,
    Particular,
    lays_down,
)
from memctl.services.coverage.piece import MANY, same
from memctl.services.coverage.retention import Coverage, Sources
from memctl.services.inbox.content import Carrier, content
from memctl.services.learn.languages import spoken

STEPS_MAX = 40
"""Groups of sentences of one step that are tried: each costs a count of the whole."""

COUNTED_MAX = 300_000
"""Characters that the counts of one step may go through: of a very long body fewer groups are tried."""

_FOLDED = re.compile(r"^[ \t]*\[… \d+ more lines in the full text\]$", re.MULTILINE)
"""What stands for the lines that were folded."""

_BREAK = re.compile(r"(?:\r?\n)?")
_BLANK_LINES = re.compile(r"(?:[ \t]*\r?\n)*")
_QUIET = {SENTENCES, CONTEXT, NAMES}
"""Classes beside which a sentence holds nothing that is a fact by its form."""


@dataclass(frozen=True)
class Cut:
    """A part of a body that may go, from `start` to `stop`, and what stands in its place."""

    start: int
    stop: int
    instead: str = ""


@dataclass(frozen=True)
class Shorter:
    """A shorter body, and what it keeps."""

    body: str
    coverage: Coverage


def counted(description: str, before: str | Sources, after: str) -> Coverage:
    """What the body `after` keeps of `before`; what the description says is said."""
    sources = before if isinstance(before, Sources) else Sources([before])
    return sources.coverage(f"{description}\n\n{after}")


def shorten(description: str, body: str, target: int) -> Shorter:
    """`body` in about `target` tokens, or as short as it may become. The same body where nothing may go."""
    text = _Text(description, body)
    taken: list[Cut] = []
    for step in text.steps:
        taken += _bearable(text, taken, list(step()), target)
    shorter = _without(body, taken)
    return Shorter(shorter, text.counted(shorter))


def shortest(description: str, body: str) -> str:
    """`body` without all that may go, whatever that loses: none is much shorter. Costs a small part of
    `shorten`, which counts what is lost."""
    text = _Text(description, body)
    return _without(body, [cut for step in text.steps for cut in step()])


def _bearable(text: "_Text", taken: list[Cut], wanted: list[Cut], target: int) -> list[Cut]:
    """Of `wanted` those that may go as well, in order, until the target is met: many at once, halves of those
    that are too many."""
    waiting, found = [[cut for cut in wanted if not _meets(cut, taken)]], list[Cut]()
    for _ in range(max(4, min(STEPS_MAX, COUNTED_MAX // max(1, len(text.body))))):
        room = tokens(_without(text.body, [*taken, *found])) - target
        if room <= 0 or not waiting:
            break
        some, more = _as_many(text.body, waiting.pop(0), room)
        waiting[:0] = [more] * bool(more)
        if text.allows([*taken, *found, *some]):
            found += some
        elif len(some) > 1:
            waiting[:0] = [some[: len(some) // 2], some[len(some) // 2 :]]
    return found


def _as_many(body: str, cuts: list[Cut], room: int) -> tuple[list[Cut], list[Cut]]:
    """Of `cuts` the first that are `room` tokens together, and the others."""
    for number, cut in enumerate(cuts, 1):
        room -= tokens(body[cut.start : cut.stop])
        if room <= 0:
            return cuts[:number], cuts[number:]
    return cuts, []


def unfolded(body: str) -> str:
    """`body` without the marks that stand for folded lines: they say nothing of their own."""
    return _FOLDED.sub("", body)


class _Sentence:
    """One sentence of a body: where it stands, what it holds, whether it is all that its part says."""

    def __init__(
        self, unit: prose.Unit, start: int, stop: int, body: str, holds: Callable[[str], list[Particular]]
    ) -> None:
        self.unit = unit
        self.start, self.stop = start, stop
        self.plain = prose.plain(body[start:stop])
        self.is_labelled = bool(LABEL.match(body[unit.start : unit.stop]))
        self._holds = holds

    @cached_property
    def is_quiet(self) -> bool:
        """Whether nothing in it is a fact by its form, and it says of nothing that only that holds."""
        held = self._holds(self.plain)
        return all(p.kind in _QUIET and not any(piece.is_restriction for piece in p.pieces) for p in held)


class _Text:
    """A body, and what of it may go, step by step."""

    def __init__(self, description: str, body: str) -> None:
        self.description, self.body = description, body
        self.language = spoken(body)
        self.units = prose.units(body)

    @property
    def steps(self) -> tuple[Callable[[], Iterator[Cut]], ...]:
        """What yields the parts that may go, those first that say least."""
        return self.idle, self.repeated, self.described, self.long_blocks, self.further_examples, self.context

    @cached_property
    def _sources(self) -> Sources:
        return Sources([self.body])

    def counted(self, shorter: str) -> Coverage:
        """What a shorter body keeps."""
        return counted(self.description, self._sources, shorter)

    def allows(self, cuts: list[Cut]) -> bool:
        """Whether enough is left of every class without these parts."""
        shorter = _without(self.body, cuts)
        return bool(shorter.strip()) and not self.counted(shorter).lacking

    @cached_property
    def sentences(self) -> list[_Sentence]:
        """Every sentence of running text, headings and tables left alone."""
        return [
            _Sentence(unit, unit.start + start, unit.start + stop, self.body, self._held)
            for unit in self.units
            if unit.kind in ("text", "item")
            for start, stop in prose.sentences(self.body[unit.start : unit.stop])
        ]

    def _held(self, plain: str) -> list[Particular]:
        return Holding(plain, self.language).particulars()

    def idle(self) -> Iterator[Cut]:
        """Sentences with hardly a word that says something, and no fact, that lay nothing down."""
        for s in self.sentences:
            if s.is_quiet and len(content(s.plain)) < MANY and not lays_down(s.plain, self.language):
                yield self._cut(s)

    def repeated(self) -> Iterator[Cut]:
        """Sentences that stand there a second time."""
        seen: set[str] = set()
        for sentence in self.sentences:
            said = same(sentence.plain)
            if said in seen:
                yield self._cut(sentence)
            seen.add(said)

    def described(self) -> Iterator[Cut]:
        """Sentences without a fact that say nothing but what the description says."""
        carrier = Carrier(self.description)
        for sentence in self.sentences:
            if sentence.is_quiet and all(carrier.carries(word) for word in content(sentence.plain)):
                yield self._cut(sentence)

    def long_blocks(self) -> Iterator[Cut]:
        """Code and logs that are long, folded to their first line."""
        for unit in self.units:
            lines = self.body[unit.start : unit.stop].splitlines(keepends=True)
            fenced = int(bool(lines) and lines[0].lstrip().startswith(("```", "~~~")))
            inner = lines[fenced : len(lines) - fenced]
            if unit.kind == "code" and len(inner) > SHORT_BLOCK:
                start = unit.start + sum(map(len, lines[: fenced + 1]))
                stop = unit.stop - sum(map(len, lines[len(lines) - fenced :])) if fenced else unit.stop
                indent = inner[0][: len(inner[0]) - len(inner[0].lstrip())]
                yield Cut(start, stop, f"{indent}[… {len(inner) - 1} more lines in the full text]\n")

    def further_examples(self) -> Iterator[Cut]:
        """Sentences that only illustrate, beyond the first, the last first."""
        found = [s for s in self.sentences if self.language.has("example", s.plain)]
        yield from (self._cut(sentence) for sentence in reversed(found[1:]))

    def context(self) -> Iterator[Cut]:
        """Sentences without a fact, the last first; what stands under a label (`**Why:**`) stays."""
        for sentence in reversed(self.sentences):
            if sentence.is_quiet and not sentence.is_labelled:
                yield self._cut(sentence)

    def _cut(self, sentence: _Sentence) -> Cut:
        """The place of a sentence with the blanks behind it; of a part that says only this, all of it."""
        unit = sentence.unit
        alone = sum(s.unit == unit for s in self.sentences) == 1
        if not alone:
            rest = self.body[sentence.stop : unit.stop]
            return Cut(sentence.start, sentence.stop + len(rest) - len(rest.lstrip(" \t")))
        rest = self.body[unit.stop :]
        return Cut(
            unit.start, unit.stop + len(rest) - len(rest.lstrip("\r\n")) if unit.kind == "text" else unit.stop
        )


def _meets(cut: Cut, others: list[Cut]) -> bool:
    return any(cut.start < other.stop and other.start < cut.stop for other in others)


def _without(body: str, cuts: list[Cut]) -> str:
    """`body` with `cuts` taken out; where two meet, the first one counts."""
    if not cuts:
        return body
    kept, at = "", 0
    for cut in sorted(cuts, key=lambda one: (one.start, -one.stop)):
        if cut.start >= at:
            kept += body[at : cut.start] + cut.instead
            at = cut.stop
            if body[at : at + 1] in ("", "\r", "\n") and not cut.instead:  # nothing follows on its line
                kept = kept.rstrip(" \t")
                if not kept or kept.endswith("\n"):  # and nothing is before it
                    at += len(_BREAK.match(body, at)[0])  # type: ignore[index]
                    if not kept or kept.endswith(("\n\n", "\n\r\n")):  # nor on the line above
                        at += len(_BLANK_LINES.match(body, at)[0])  # type: ignore[index]
    kept += body[at:]
    return kept.rstrip() + "\n" if kept.strip() else kept
