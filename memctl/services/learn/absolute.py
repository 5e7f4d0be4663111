"""Relative dates in a statement replaced by what they mean on the day on which it was made."""

import re
from collections.abc import Callable
from datetime import date

from memctl.services.learn.languages import Language, languages
from memctl.text import dates
from memctl.text.almanac import Said
from memctl.text.quotation import QUOTED

_AFTER = re.compile(
    r"(?:\b(?:on|by|until|till|after|before|from|since|is|starts?|begins?|ends?|for|of|to|the|this|next)|[:(,–-]|[\u3040-\u9fff])\s*$",
    re.IGNORECASE,
)
_HABIT = re.compile(r"\b(?:every|each|only|don'?t|do not)\b|s\b(?= (?:on|by))", re.IGNORECASE)
_ON = re.compile(r"\bon\s+$", re.IGNORECASE)


def absolute(
    text: str,
    today: date | None,
    language: Language | None = None,
    leave: Callable[[str, Said, date], bool] | None = None,
) -> str:
    """`text` with each relative date as a date: "it starts tomorrow" -> "it starts 2026-11-21".

    "on Friday" in a rule is a weekday, not a date, and stays, and so does every date word that names no one
    day (`dates.said`): a memory that says the wrong date is worse than one that says "tomorrow". So does
    everything when `today` is not known, and each of which `leave` says so.
    A date gets its preposition in English only: "on le fait demain" -> "on le fait 2026-11-21".
    """
    if today is None:
        return text
    spoken = language or languages()["en"]
    parts: list[str] = []
    kept = 0
    quoted = [match.span() for match in QUOTED.finditer(text)]
    for one in dates.said(text, today, spoken.code):
        before, after = text[: one.start], text[one.end :]
        if any(start < one.start < end for start, end in quoted):  # a quotation is left as it was said
            continue
        if (leave and leave(text, one, today)) or (one.bare and _is_habit(spoken, text, before)):
            continue
        placed = _placed(before, one.word, after, one.means) if spoken.is_english else one.means
        parts += (text[kept : one.start], placed)
        kept = one.end
    return "".join([*parts, text[kept:]])


def _is_habit(language: Language, text: str, before: str) -> bool:
    """Whether a weekday alone is one of every week: in what always holds, and "on Friday" where only that
    day is left.

    More cautious than `dates.said`, which passed it: there words alone count that say how often (`undated` of
    `data/dates`), here those of `data/grammar` that tell a rule at all, "always" and "without fail" alike, in
    any sentence of `text`. Advice may be wrong once; what is written here stays.
    """
    return language.has("always", text) or bool(_ON.search(before) and _HABIT.search(text))


def _placed(before: str, word: str, after: str, means: str) -> str:
    """A bare date needs its preposition in English prose: "agreed today to" -> "agreed on 2026-11-20 to",
    "it broke last month" -> "it broke in 2026-10"."""
    if not word.isascii() or not _PERIOD.match(means):
        is_day = means[:1].isdigit() and len(means) == 10 and word.isascii() and before
        return f"on {means}" if is_day and not _AFTER.search(before) else means
    if _GOVERNED.search(before) or _IS_SUBJECT.match(after):
        return means
    return f"{'in' if before else 'In'} {means}"


_PERIOD = re.compile(r"\d{4}(?:-\d\d| Q\d)?$|the week of ")
_GOVERNED = re.compile(
    r"\b(?:in|on|by|until|till|after|before|from|since|for|of|to|the|this|next|during|over|than|through|within"
    r"|about|around)\s*$|[(:]\s*$",
    re.IGNORECASE,
)
_IS_SUBJECT = re.compile(r"['\u2019]s\b|\s+(?:is|was|were|will|has|had|brings?|brought)\b", re.IGNORECASE)
"""What follows a period that is no adverb: "last month was slow", "last month's release"."""
