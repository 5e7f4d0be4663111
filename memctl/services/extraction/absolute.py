"""Relative dates in a statement replaced by what they mean on the day on which it was made."""

import re
from datetime import date

from memctl.services import dates

_AFTER = re.compile(
    r"(?:\b(?:on|by|until|till|after|before|from|since|is|starts?|begins?|ends?|for|of|to|the|this|next)|[:(,–-]|[\u3040-\u9fff])\s*$",
    re.IGNORECASE,
)
_HABIT = re.compile(
    r"\b(?:always|never|every|each|usually|only|don'?t|do not)\b|s\b(?= (?:on|by))", re.IGNORECASE
)


def absolute(text: str, today: date) -> str:
    """`text` with each relative date as a date: "it starts tomorrow" -> "it starts 2026-11-21".

    "on Friday" in a rule is a weekday, not a date, and stays.
    """
    for word, means in dates.relative(text, today):
        if re.match(r"(?i)on\s", word):
            if _HABIT.search(text):
                continue
            means = f"on {means}"
        if len(means) == 4 and not word.isascii():
            means += "年"
        text = _replaced(text, word, means)
    return text


def _replaced(text: str, word: str, means: str) -> str:
    edge = (r"\b", r"\b(?!s\b)") if word.isascii() else ("", "")
    return re.sub(
        edge[0] + re.escape(word) + edge[1], lambda match: _placed(text, match, means), text, count=1
    )


def _placed(text: str, match: re.Match[str], means: str) -> str:
    """A bare date needs its "on" in English prose: "we agreed today to" -> "we agreed on 2026-11-20 to"."""
    needs_on = means[:1].isdigit() and len(means) == 10 and match[0].isascii() and match.start() > 0
    return f"on {means}" if needs_on and not _AFTER.search(text[: match.start()]) else means
