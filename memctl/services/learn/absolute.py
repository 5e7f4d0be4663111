"""Relative dates in a statement replaced by what they mean on the day on which it was made."""

import re
from datetime import date

from memctl.services.learn.gist import code
from memctl.services.learn.languages import Language, languages
from memctl.services.learn.sentences import mask
from memctl.text import dates

_AFTER = re.compile(
    r"(?:\b(?:on|by|until|till|after|before|from|since|is|starts?|begins?|ends?|for|of|to|the|this|next)|[:(,–-]|[\u3040-\u9fff])\s*$",
    re.IGNORECASE,
)
_HABIT = re.compile(r"\b(?:every|each|only|don'?t|do not)\b|s\b(?= (?:on|by))", re.IGNORECASE)
_ON = re.compile(r"\bon\s+$", re.IGNORECASE)


def absolute(text: str, today: date | None, language: Language | None = None) -> str:
    """`text` with each relative date as a date: "it starts tomorrow" -> "it starts 2026-11-21".

    "on Friday" in a rule is a weekday, not a date, and stays, and so does every date word that names no one
    day (`_stays`): a memory that says the wrong date is worse than one that says "tomorrow". So does
    everything when `today` is not known.
    A date gets its preposition in English only: "on le fait demain" -> "on le fait 2026-11-21".
    """
    if today is None:
        return text
    spoken = language or languages()["en"]
    parts: list[str] = []
    kept = 0
    masked = mask(text)
    for one in dates.said(text, today, code(spoken)):
        before, after = text[: one.start], text[one.end :]
        if one.bare and _is_habit(spoken, text, before):
            continue
        if _stays(spoken, text, masked, one.start, one.end):
            continue
        placed = _placed(before, one.word, after, one.means) if spoken.is_english else one.means
        parts += (text[kept : one.start], placed)
        kept = one.end
    return "".join([*parts, text[kept:]])


_SENTENCE_END = re.compile(r"[.!?;](?=\s)|[\n。！？；]")
_OF_EACH = re.compile(
    r"\s*(?:of|in) (?:the|each|every|a) (?:week|month|quarter|year)\b"
    r"|\s*(?:des|im|jedes) (?:monats|monat|quartals?|jahr(?:es)?)\b"
    r"|\s*(?:del|de cada|du|de chaque|di ogni|do) (?:mes|mês|mois|mese|trimestre|año|ano|anno)\b"
    r"|\s*(?:месяца|квартала|года)\b"
    r"|\s*[到至]",
    re.IGNORECASE,
)
"""What follows a day that comes in every month, or begins a span of weekdays."""

_SPAN = re.compile(r"[一二三四五六日天][到至].{0,2}$")
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_COMPARED = re.compile(r"\b(?:older|newer|earlier|later|longer|more|less) than\s+(?:the\s+)?$", re.IGNORECASE)
_COMPARES = re.compile(r"\b(?:compar|vergl[ei]i?ch|confront)\w*|сравн|[比对]较|对比|比較|비교", re.IGNORECASE)


def _stays(language: Language, text: str, masked: str, start: int, end: int) -> bool:
    """Whether a date word is none of one day: in quotation marks, "today's files", "the last Friday of the
    month", "older than two weeks ago", in a comparison, or in a sentence that says what always holds."""
    begins = max((m.end() for m in _SENTENCE_END.finditer(text, 0, start)), default=0)
    ends = _SENTENCE_END.search(text, end)
    around = masked[begins : ends.start() if ends else len(text)]
    is_day = _POSSESSIVE.match(text, end) and not _PERIOD_WORD.search(text[start:end])
    return bool(
        masked[start:end] != mask(text[start:end])
        or is_day
        or _OF_EACH.match(text, end)
        or _SPAN.search(text[:end])
        or _COMPARED.search(text[:start])
        or _COMPARES.search(around)
        or language.has("always", around)
    )


_PERIOD_WORD = re.compile(r"\b(?:week|month|quarter|year)$", re.IGNORECASE)


def _is_habit(language: Language, text: str, before: str) -> bool:
    """Whether a weekday alone is one of every week: in what always holds, and "on Friday" where only that
    day is left."""
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
