"""Relative dates in a text, with the date that each means today.

"Tomorrow" is true for a day and a memory is read for months: `save` warns about such words, and what is
extracted says them as dates. The words of ten languages stand in `memctl/data/dates`. Written by hand: date
parsers guess at numbers, versions and short words, of which a memory is full (docs/design.md has figures).
"""

import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date

from memctl.text import almanac
from memctl.text.almanac import Said
from memctl.text.quotation import QUOTED

BEFORE_MAX = 40
"""Characters before a date that are looked at for what makes it none: the longest such phrase has some 20."""

_NOT_SAID = re.compile(r"``[^`\n]{1,300}``|`[^`\n]{1,300}`|https?://\S+")
"""Code and addresses: their words are names."""

_ENGLISH = re.compile(r"\b(?:the|and|is|are|of|to)\b", re.IGNORECASE)
"""Words by which a text is taken for English: the tables of the other languages take 50 ms to compile."""

_KANA = re.compile(r"[\u3040-\u30ff]")
_SCRIPTS = (
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ja", _KANA),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
)
_LATIN = ("de", "es", "fr", "it", "pt")


def said(text: str, today: date, language: str | None = None) -> list[Said]:
    """The relative dates of `text` in order, but for those that name no one day: the label "tomorrow",
    "today's files", "the last Friday of the month", "older than two weeks ago", and in a sentence that
    compares or that says what always holds (`undated` of the tables).

    `language` (a code of `almanac.LANGUAGES`): what the text is in, English beside it; None: as its script
    and its words tell.
    """
    return [one for one in _found(text, today, language) if one.is_day]


def readings(text: str, today: date) -> list[str]:
    """What each date word of `text` may mean, in order, also where it more likely names no one day; but no
    span, as in "we always pay in 30 days"."""
    return list(dict.fromkeys(one.means for one in _found(text, today, None)))


def _found(text: str, today: date, language: str | None) -> list[Said]:
    seen = _NOT_SAID.sub(_blanked, text)
    languages = _languages(seen) if language is None else tuple(dict.fromkeys((language, "en")))
    found: list[Said] = []
    reading = _Text(text, seen, languages)
    taken = bytearray(len(text))  # 1 for each character of a date that an earlier rule found
    for one in languages:
        found += _said(reading, today, one, taken)
    if language is None and len(languages) == 1 and not _ENGLISH.search(seen):
        found += _elsewhere(text, seen, today, taken)
    return sorted(found, key=lambda date_: date_.start)


def _blanked(match: re.Match[str]) -> str:
    return "\0" * len(match[0])


def _languages(seen: str) -> Sequence[str]:
    """The languages that the scripts of a text tell of, and English."""
    found = [name for name, script in _SCRIPTS if script.search(seen)]
    if "zh" in found and "ja" not in found:
        found.append("ja")  # a few words of it may have no kana
    elif "zh" in found:
        found.remove("zh")
    return (*found, "en")


def _elsewhere(text: str, seen: str, today: date, taken: bytearray) -> list[Said]:
    """What the other languages in Latin letters find, those alone that the text may be in: "hier" is a date
    in French and none in German."""
    found = {one: list(_said(_Text(text, seen, (one,)), today, one, bytearray(taken))) for one in _LATIN}
    held = [one for one in _LATIN if found[one]]
    if not held:
        return []
    from memctl.text.tongue import tongues  # its lists of words take 40 ms to load

    likely = tongues(seen)
    best = next((one for one in likely if one in held), None)
    if best is None and len(held) == 1:  # a text of a few words: what is no single plain word is no chance
        return [one for one in found[held[0]] if " " in one.word or not one.word.isascii()]
    return found[best] if best else []


def _said(reading: "_Text", today: date, language: str, taken: bytearray) -> Iterator[Said]:
    seen = almanac.idioms(language).sub(_blanked, reading.seen)
    for rule in almanac.rules(language):
        for match in rule.pattern.finditer(seen):
            start, end = match.span("it") if rule.bare else match.span()
            if any(taken[start:end]):
                continue
            means = None
            with suppress(OverflowError):  # beyond the calendar: nothing to say
                means = rule.meaning(match, today)
            taken[start:end] = b"\1" * (end - start)
            is_day = bool(means) and not reading.is_undated(start, end, rule.unless, language)
            if means and (is_day or "each" not in rule.unless):  # a count ahead that is no date is a span
                yield Said(start, end, reading.text[start:end], means, rule.bare, is_day)


_SENTENCE_END = re.compile(r"[.!?;](?=\s)|[\n。！？；]")


class _Text:
    """A text, what is `seen` of it (code and addresses left out), and where date words in it name no one
    day. `languages` are those whose words tell."""

    def __init__(self, text: str, seen: str, languages: Sequence[str]) -> None:
        self.text, self.seen = text, seen
        self._unquoted = QUOTED.sub(_blanked, seen)
        self._edges = [0, *(match.end() for match in _SENTENCE_END.finditer(seen)), len(seen)]
        self._languages = languages
        self._told: dict[tuple[int, str], bool] = {}  # by sentence and key

    def is_undated(self, start: int, end: int, unless: Sequence[str], language: str) -> bool:
        """Whether a date word of `language` names no one day. `unless`: the keys of words that may not stand
        in its sentence."""
        before = self.seen[max(0, start - BEFORE_MAX) : start]
        return bool(
            QUOTED.fullmatch(self.seen, max(0, start - 1), end + 1)  # a label; a sentence quoted has its day
            or almanac.beside(language, after=True).match(self.seen, end)
            or almanac.beside(language, after=False).search(before)
            or any(self._tells(key, start) for key in unless)
        )

    def _tells(self, key: str, at: int) -> bool:
        """Whether the sentence around `at` has a word of `key`; each sentence is looked through once."""
        number = bisect_right(self._edges, at)
        if (number, key) not in self._told:
            around = self._unquoted[self._edges[number - 1] : self._edges[number]]
            self._told[number, key] = any(almanac.words(one, key).search(around) for one in self._languages)
        return self._told[number, key]


def relative(text: str, today: date) -> list[tuple[str, str]]:
    """The relative dates of `text` in order, each with what it means on `today`, each word once."""
    return list({one.word: (one.word, one.means) for one in reversed(said(text, today))}.values())[::-1]


def possible(text: str, said_on: date) -> frozenset[str]:
    """What `text` may mean as dates near the day on which it was said: "the 20th" a day of any of the months
    around, "end of April" its last one; and the months and years that "in March", "since Easter" and "in 24"
    leave out."""
    numbers = {int(number) for number in re.findall(r"(?<!\d)\d\d?(?!\d)", text)}
    found = {str(said_on.year + step) for step in (-1, 0, 1)}
    found |= {str(said_on.year // 100 * 100 + number) for number in numbers if number > 9}
    for step in range(-12, 13):
        year, month = divmod(said_on.year * 12 + said_on.month - 1 + step, 12)
        found.add(f"{year}-{month + 1:02d}")
        for number in numbers | {1, monthrange(year, month + 1)[1]}:
            with suppress(ValueError):
                found.add(date(year, month + 1, number).isoformat())
    return frozenset(found)
