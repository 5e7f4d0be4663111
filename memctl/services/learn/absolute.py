"""Relative dates in a statement replaced by what they mean on the day on which it was made."""

import re
from collections.abc import Callable
from datetime import date

from memctl.text import dates

_AFTER = re.compile(
    r"(?:\b(?:on|by|until|till|after|before|from|since|is|starts?|begins?|ends?|for|of|to|the|this|next)|[:(,–-]|[\u3040-\u9fff])\s*$",
    re.IGNORECASE,
)
_HABIT = re.compile(
    r"\b(?:always|never|every|each|usually|only|don'?t|do not)\b|s\b(?= (?:on|by))", re.IGNORECASE
)


def absolute(text: str, today: date | None, *, english: bool = True) -> str:
    """`text` with each relative date as a date: "it starts tomorrow" -> "it starts 2026-11-21".

    "on Friday" in a rule is a weekday, not a date, and stays. So does everything when `today` is not known.
    A date gets its preposition in English only: "on le fait demain" -> "on le fait 2026-11-21".
    """
    if today is None:
        return text
    for word, means in dates.relative(text, today):
        if re.match(r"(?i)on\s", word):
            if _HABIT.search(text):
                continue
            means = f"on {means}" if english else means
        if len(means) == 4 and not word.isascii():
            means += "年"
        if means.startswith("the week of ") and not word.isascii():
            means = means.removeprefix("the week of ") + "那周"
        text = _replaced(text, word, means, _placed if english else _bare)
    return text


def _replaced(text: str, word: str, means: str, put: Callable[[str, re.Match[str], str], str]) -> str:
    edge = (r"\b", r"\b(?!s\b)") if word.isascii() else ("", "")
    return re.sub(edge[0] + re.escape(word) + edge[1], lambda match: put(text, match, means), text, count=1)


def _bare(_text: str, _match: re.Match[str], means: str) -> str:
    return means


def _placed(text: str, match: re.Match[str], means: str) -> str:
    """A bare date needs its preposition in English prose: "agreed today to" -> "agreed on 2026-11-20 to",
    "it broke last month" -> "it broke in 2026-10"."""
    before, after = text[: match.start()], text[match.end() :]
    if not match[0].isascii() or not _PERIOD.match(means):
        is_day = means[:1].isdigit() and len(means) == 10 and match[0].isascii() and before
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
