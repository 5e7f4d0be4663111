"""Whether a date word stands in a statement about one event, or in an instruction, which is read every day.

"We moved yesterday" names a day; in "check that the backup of today is not empty" today is the day of whoever
reads it. Rules, duties and conditions are told by grammar in ten languages, an order by its form in English:
it begins with a bare verb, and nothing in its main clause is a finite verb. What cannot be told is taken for
an instruction: a word that stays as it was is better than a wrong date.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date

from memctl.text import almanac, dates, grammar, words
from memctl.text.almanac import Said

ADVICE_MAX = 5
"""Relative dates of one text that are remarked on."""

_KEYS = ("norm", "oblige", "always", "event", "forbid")
"""Keys of grammar of which a word, anywhere in a sentence, makes it a rule, a duty or a condition."""

_EDGE = re.compile(r"[.!?;](?=\s)|\n\s*(?:\n|[-*+]\s|\d+[.)]\s)|[。！？；]")
_CLAUSE = re.compile(r"[,:](?=\s)|\s[–—-]\s|\sand\s|\sthen\s")
_SUBORDINATE = re.compile(
    r"\b(?:that|which|who|whose|where|when|while|if|whether|before|after|until|unless|because|since)\b"
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|did|does)\b|'(?:ll|s|re|ve|d)\b"
    r"|(?<!\bthe)(?<!\ba)(?<!\ban)(?<!\bany)(?<!\ball)\s\w+ed\b"
)
"""Signs of a finite verb; a participle behind an article is none: "the failed job"."""

_WORD = re.compile(r"[\s*>#\d.)+-]*(?:please\s+|always\s+)?([A-Za-z][a-z]+)(?=\s+\S)", re.IGNORECASE)
_GOVERNED = re.compile(r"\b(?:of|from|for|on|at|in|since|like|than|with|by)\s+(?:the\s+)?$", re.IGNORECASE)
_OF = re.compile(r"(?<!\bas)(?<!\bend)(?<!\bbeginning)(?<!\bstart)\s+of\s+$", re.IGNORECASE)
"""What makes a date say which of several: "the backup of today"."""


def is_standing(text: str, one: Said, today: date) -> bool:
    """Whether the date word `one` of `text`, said on `today`, stands in an instruction."""
    edges = [0, *(match.end() for match in _EDGE.finditer(text)), len(text)]
    number = bisect_right(edges, one.start)
    start, stop = edges[number - 1], edges[number] if number < len(edges) else len(text)
    sentence, before = text[start:stop], text[start : one.start]
    spoken = grammar.likely(text)
    if one.bare and _is_weekly(sentence, one.start - start, one.end - start, spoken):
        return True
    if any(grammar.pattern(name, key).search(sentence) for name in spoken for key in _KEYS):
        return True
    if any(almanac.words(name, "each").search(sentence) for name in {*spoken, "en"}):
        return True
    if "en" not in spoken:
        return False
    if _OF.search(before):
        return True
    is_past = one.means[:10] < today.isoformat()[: len(one.means[:10])]
    if is_past and not _GOVERNED.search(before):  # nobody orders what was
        return False
    stop_ = _CLAUSE.search(sentence, one.end - start)
    return any(map(_is_order, _CLAUSE.split(sentence[: stop_.start() if stop_ else len(sentence)])))


_PART_OF_DAYS = re.compile(r"s\b|\s+(?:morning|afternoon|evening|night)s\b", re.IGNORECASE)
_PLURAL = re.compile(
    r"\W*(?!(?:this|its|his|as|us|is|was|has)\b)[A-Za-z]+[^\Ws]s\s+(?!\w+s\b)[a-z]+\b", re.IGNORECASE
)
"""A plural without an article and no verb in -s after it: "Releases go out", "Deploys on Friday need"."""


def _is_weekly(sentence: str, start: int, end: int, spoken: Sequence[str]) -> bool:
    """Whether the weekday at `start`, which stands alone, more likely means each of its kind."""
    if any(grammar.pattern(name, key).search(sentence) for name in spoken for key in ("prohibit", "all")):
        return True
    if _PART_OF_DAYS.match(sentence, end):
        return True
    return "en" in spoken and bool(_PLURAL.match(sentence)) and not _FINITE.search(sentence)


def _is_order(clause: str) -> bool:
    """Whether a clause begins with a bare verb and has no other one before what depends on it."""
    begins = _WORD.match(clause)
    main = _SUBORDINATE.split(clause)[0]
    if begins is None or _FINITE.search(main):
        return False
    word = begins[1]
    is_form = word.endswith(("ed", "ing")) or (word.endswith("s") and not word.endswith(("ss", "us")))
    is_plain = word[1:].islower() and word.lower() not in words.STOP
    return is_plain and not is_form


def advice(text: str, today: date) -> list[str]:
    """A sentence for each of the first relative dates of statements: the text will be read on another day."""
    events = [one for one in dates.said(text, today) if not is_standing(text, one, today)]
    found = {one.word: one.means for one in reversed(events)}
    said = [f'"{word}" will be read later: say {means}' for word, means in reversed(found.items())]
    return said[:ADVICE_MAX]
