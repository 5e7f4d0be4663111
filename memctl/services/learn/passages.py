"""Sentences of one message that belong together: what a memory keeps of it, word for word.

A statement and its reason are rarely one sentence. A passage is a run of sentences of one line on one
subject; what asks, supposes, quotes or is meant for the moment ends it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from memctl.services.learn.gist import content
from memctl.services.learn.languages import Language
from memctl.services.learn.marks import ENOUGH, POINTS, SHORT, marks, openings, size, weigh
from memctl.services.learn.sentences import Sentence
from memctl.services.learn.statement import has_content
from memctl.text import mood

PASSAGE_MAX = 600
"""Characters of a passage after which the next sentence begins another."""

_LASTS = frozenset(("always", "keep", "durable", "reason", "team"))
"""Marks with which a sentence that speaks of the moment says more than that."""

_OWN = frozenset(("keep", "durable", "team", "self", "prefer", "reason"))
"""Marks with which a sentence is the person's own rule, though a request or a quotation stands before it."""

_OF_TASK = frozenset(("opening", "crowd"))

CUES = frozenset(("opening", "refused", "answers", "crowd", "corrects"))
"""Marks of where a message stands in the talk: all of its passages have them."""

_LIST_MARKS = frozenset(("always", "keep", "durable", "team", "prefer", "decide", "prohibit", "self"))
"""Marks of a line that announces rules, and not what is to be built."""


@dataclass(frozen=True)
class Passage:
    """A run of sentences, and the marks of all of them."""

    sentences: tuple[Sentence, ...]
    marks: frozenset[str]

    @property
    def text(self) -> str:
        """Its sentences as they were written."""
        return joined(sentence.text for sentence in self.sentences)

    def with_cue(self, cue: str) -> "Passage":
        """The passage with the mark of where its message stands. What a session opens with is its task,
        unless it is put as a norm; a long message is a document, but for what is to be remembered of it."""
        if (cue == "opening" and "mood" in self.marks) or (cue in _OF_TASK and "keep" in self.marks):
            return self
        return replace(self, marks=self.marks | {cue})

    @property
    def points(self) -> int:
        """What its marks and its length are worth."""
        return weigh(self.marks, joined(sentence.masked for sentence in self.sentences))


def joined(texts: Iterable[str]) -> str:
    """Sentences as one text; no blank behind a full stop of scripts that have none."""
    return re.sub(r"(?<=[。！？]) ", "", " ".join(" ".join(text.split()) for text in texts))


def passages(language: Language, found: Sequence[Sentence]) -> Iterator[Passage]:
    """The passages of a message in order. A list that says what is to be built, or that follows a request as
    what it is about, is left out."""
    run: list[tuple[Sentence, frozenset[str]]] = []
    specified = asked = False
    described = -1  # the line that began with a thing to be made, or with what somebody says
    for sentence in found:
        has = marks(language, sentence.masked)
        if not sentence.bullet:
            announced = _announces(sentence)
            asked = asked or bool(has & {"question", "ask"})
            specified = not has & _LIST_MARKS if announced else asked
        if run and _parts(language, run, sentence, has):
            yield from _passage(run)
            run = []
        goes_on = sentence.paragraph == described and not has & _OWN
        if not goes_on and not (sentence.bullet and specified):
            run.append((sentence, has))
        if "request" in has or ("reported" in has and ":" in sentence.masked):
            described = sentence.paragraph
    if run:
        yield from _passage(run)


_LEANS = ("why", "reason", "contrast", "pronoun", "deictic", "temporal")
"""Keys with which a sentence begins that goes on with the one before: its reason, its exception, "this"."""

_STATES = frozenset(("mood", "rule", "keep", "decide", "general", "self", "place"))
"""Marks of which a sentence has one that states something of its own."""


def parted(language: Language, passage: Passage) -> Iterator[Passage]:
    """A passage by what it states: a sentence that would be proposed alone begins another one, where what
    stands before it would be as well. A reason stays with its rule; an errand before one is no part of it."""
    cues = passage.marks & CUES
    run: list[tuple[Sentence, frozenset[str]]] = []
    for sentence in passage.sentences:
        has = marks(language, sentence.masked)
        apart = run and _is_another(language, run, sentence, has)
        if apart and _stands(run, cues) and _stands([(sentence, has)], cues):
            yield from _cued(run, cues)
            run = []
        elif apart and _is_errand(run) and _begins_rule(language, sentence):
            run = []
        run.append((sentence, has))
    yield from _cued(run, cues) if run and run[0][0] is not passage.sentences[0] else (passage,)


def _is_errand(run: list[tuple[Sentence, frozenset[str]]]) -> bool:
    """Whether a run only says what is to be done now: orders with no mark of anything that lasts."""
    return all(not has and mood.is_order(sentence.masked) for sentence, has in run)


def _begins_rule(language: Language, sentence: Sentence) -> bool:
    """Whether a sentence says of itself that it is to be kept: "from now on", "remember"."""
    return any(language.opens("keep", text) for text in openings(language, sentence.masked))


def _is_another(
    language: Language,
    run: list[tuple[Sentence, frozenset[str]]],
    sentence: Sentence,
    has: frozenset[str],
) -> bool:
    """Whether a sentence states something of its own, on another subject than the ones before."""
    leans = any(language.opens(key, text) for text in openings(language, sentence.masked) for key in _LEANS)
    if not has & _STATES or (leans and not _begins_rule(language, sentence)):
        return False
    before = {word.casefold() for one, _ in run for word in content(language, one.masked)}
    return before.isdisjoint(word.casefold() for word in content(language, sentence.masked))


def _cued(run: list[tuple[Sentence, frozenset[str]]], cues: frozenset[str]) -> Iterator[Passage]:
    for passage in _passage(run):
        for cue in cues:
            passage = passage.with_cue(cue)
        yield passage


def _stands(run: list[tuple[Sentence, frozenset[str]]], cues: frozenset[str]) -> bool:
    """Whether a run would be proposed by itself."""
    return any(passage.points >= ENOUGH for passage in _cued(run, cues))


def _announces(sentence: Sentence) -> bool:
    return sentence.masked.rstrip().endswith((":", "："))


def _parts(
    language: Language,
    run: list[tuple[Sentence, frozenset[str]]],
    sentence: Sentence,
    has: frozenset[str],
) -> bool:
    """Whether `sentence` begins another passage than that of `run`."""
    last, last_has = run[-1]
    return bool(
        last.paragraph != sentence.paragraph
        or sentence.bullet
        or _is_aside(has)
        or _is_aside(last_has)
        or language.opens("shift", sentence.masked)
        or sum(len(one.text) for one, _ in run) > PASSAGE_MAX
    )


def _is_aside(has: frozenset[str]) -> bool:
    """Whether a sentence asks, supposes, quotes, or speaks of the moment only."""
    if has & {"question", "unreal", "reported"}:
        return True
    return bool(has & {"once", "ask"}) and not has & _LASTS


def _passage(run: list[tuple[Sentence, frozenset[str]]]) -> Iterator[Passage]:
    """The passage of a run, without the words at its ends that say nothing ("nice!!", "ok.")."""
    kept = [_says_something(has, sentence) for sentence, has in run]
    if any(kept):
        first, last = kept.index(True), len(kept) - kept[::-1].index(True)
        inner = run[first:last]
        has = _together([has for _, has in inner])
        yield Passage(tuple(s for s, _ in inner), has | {"several"} if len(inner) > 1 else has)


def _together(each: list[frozenset[str]]) -> frozenset[str]:
    """All that speaks for a passage, and what speaks against its strongest sentence: that a reason tells of
    yesterday takes nothing from the rule."""
    strongest = max(each, key=lambda has: sum(POINTS.get(mark, 0) for mark in has))
    return strongest.union(*(frozenset(mark for mark in has if POINTS.get(mark, 0) >= 0) for has in each))


def _says_something(has: frozenset[str], sentence: Sentence) -> bool:
    """Whether a sentence is more than an exclamation: long enough, or with a mark that speaks for it."""
    if not has_content(sentence.text) and not _announces(sentence) and "confirms" not in has:
        return False
    return (
        size(sentence.masked) >= SHORT or sum(max(POINTS.get(mark, 0), 0) for mark in has) >= POINTS["mood"]
    )
