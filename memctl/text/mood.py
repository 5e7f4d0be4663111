"""Whether a date word stands in a statement about one event, or in an instruction, which is read every day.

"We moved yesterday" names a day; in "check that the backup of today is not empty" today is the day of whoever
reads it. Rules, duties and conditions are told by grammar in ten languages, an order by its form where a
table says it (English): it begins with a bare verb, and nothing in its main clause is a finite verb. What
cannot be told is taken for an instruction: a word that stays as it was is better than a wrong date.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources

from memctl.text import almanac, dates, grammar, words
from memctl.text.almanac import Said

ADVICE_MAX = 5
"""Relative dates of one text that are remarked on."""

_KEYS = ("norm", "oblige", "always", "event", "forbid")
"""Keys of grammar of which a word, anywhere in a sentence, makes it a rule, a duty or a condition."""

_EDGE = re.compile(r"[.!?;](?=\s)|\n\s*(?:\n|[-*+]\s|\d+[.)]\s)|[。！？；]")


class _Form:
    """How an order looks in one language, by its table in `memctl/data/mood`, with these keys:

    subordinate  words that begin a clause which says nothing of the mood of the main one
    joint        words that part two clauses
    finite       finite verbs; contracted: what is left of one behind an apostrophe; past: their form
                 otherwise, but for a participle behind an article, which is none ("the failed job")
    inflected    forms that no order begins with
    polite       what may stand before its verb
    governing    what makes the date behind it the object of an order ("the log from yesterday")
    choosing     what makes a date say which of several: "the backup of today"
    recurring    what behind a weekday makes it each of its kind: "Friday mornings"
    plural       the beginning of a sentence about all of a kind: a plural without an article and no verb in
                 -s after it ("Releases go out")
    """

    def __init__(self, says: Mapping[str, str]) -> None:
        finite = rf"\b(?:{says['finite']})\b|'(?:{says['contracted']})\b|{says['past']}\b"
        self.subordinate = re.compile(rf"\b(?:{says['subordinate']})\b")
        self.clause = re.compile(rf"[,:](?=\s)|\s[–—-]\s|\s(?:{says['joint']})\s")
        self.finite = re.compile(finite)
        begins = rf"[\s*>#\d.)+-]*(?:(?:{says['polite']})\s+)?([^\W\d_]{{2,}})(?=\s+\S)"
        self.begins = re.compile(begins, re.IGNORECASE)
        self.inflected = re.compile(says["inflected"])
        self.governing = re.compile(rf"\b{says['governing']}$", re.IGNORECASE)
        self.choosing = re.compile(rf"{says['choosing']}$", re.IGNORECASE)
        self.recurring = re.compile(rf"(?:{says['recurring']})\b", re.IGNORECASE)
        self.plural = re.compile(rf"\W*{says['plural']}\b", re.IGNORECASE)


FORMS = ("en",)
"""The languages whose orders are told by their form: those with a table."""


@cache
def _form(language: str) -> _Form:
    table = resources.files("memctl").joinpath("data", "mood", f"{language}.toml")
    return _Form(tomllib.loads(table.read_text(encoding="utf-8")))


def _forms(languages: Iterable[str]) -> list[_Form]:
    return [_form(name) for name in languages if name in FORMS]


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
    is_past = one.means[:10] < today.isoformat()[: len(one.means[:10])]
    return any(_is_ordered(sentence, before, one.end - start, form, is_past) for form in _forms(spoken))


def _is_ordered(sentence: str, before: str, end: int, form: _Form, is_past: bool) -> bool:
    """Whether the date that ends at `end` of a sentence stands in an order; `before` is what precedes it."""
    if form.choosing.search(before):
        return True
    if is_past and not form.governing.search(before):  # nobody orders what was
        return False
    stop = form.clause.search(sentence, end)
    clauses = form.clause.split(sentence[: stop.start() if stop else len(sentence)])
    return any(_is_order(clause, form) for clause in clauses)


def _is_weekly(sentence: str, start: int, end: int, spoken: Sequence[str]) -> bool:
    """Whether the weekday at `start`, which stands alone, more likely means each of its kind."""
    if any(grammar.pattern(name, key).search(sentence) for name in spoken for key in ("prohibit", "all")):
        return True
    if any(form.recurring.match(sentence, end) for form in _forms({*spoken, "en"})):
        return True
    forms = _forms(spoken)
    return any(form.plural.match(sentence) and not form.finite.search(sentence) for form in forms)


def _is_order(clause: str, form: _Form) -> bool:
    """Whether a clause begins with a bare verb and has no other one before what depends on it."""
    begins = form.begins.match(clause)
    if begins is None or form.finite.search(form.subordinate.split(clause)[0]):
        return False
    word = begins[1]
    is_plain = word[1:].islower() and word.lower() not in words.STOP
    return is_plain and form.inflected.fullmatch(word) is None


def is_order(sentence: str) -> bool:
    """Whether a sentence is an order by its form: "add an export". False in a language without a table."""
    return any(_is_order(sentence, form) for form in _forms(grammar.likely(sentence)))


def advice(text: str, today: date) -> list[str]:
    """A sentence for each of the first relative dates of statements: the text will be read on another day."""
    events = [one for one in dates.said(text, today) if not is_standing(text, one, today)]
    found = {one.word: one.means for one in reversed(events)}
    said = [f'"{word}" will be read later: say {means}' for word, means in reversed(found.items())]
    return said[:ADVICE_MAX]
