"""Relative dates in a text, with the date that each means today.

"Tomorrow" is true for a day and a memory is read for months, so `save` warns about such words. English and
Chinese are complete for days, weeks, months and years; the day words of Spanish, French, German, Japanese
and Portuguese are known. Written by hand: date parsers guess at numbers and times, of which a memory is full.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, date, timedelta

ADVICE_MAX = 5
"""Relative dates of one text that are remarked on."""

_WEEKDAYS = {
    name: i for i, name in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())
}
_HAN_DAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_HAN_NUMBERS = {"一": 1, "两": 2} | {han: i for i, han in enumerate("二三四五六七八九十", 2)}
_NUMBERS = {word: i for i, word in enumerate("zero one two three four five six seven eight nine ten".split())}
_NUMBERS |= {"a": 1, "an": 1, "couple of": 2, "a couple of": 2}

_DAYS = {
    "the day after tomorrow": 2, "the day before yesterday": -2,
    "today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1,
    "hoy": 0, "mañana por la mañana": 1, "pasado mañana": 2, "ayer": -1, "anteayer": -2,
    "aujourd'hui": 0, "demain": 1, "après-demain": 2, "hier": -1, "avant-hier": -2,
    "heute": 0, "übermorgen": 2, "gestern": -1, "vorgestern": -2,
    "hoje": 0, "amanhã": 1, "ontem": -1,
}  # fmt: skip
_HAN = {"今天": 0, "今日": 0, "今晚": 0, "明天": 1, "明日": 1, "后天": 2, "後天": 2, "明後日": 2, "昨天": -1,
        "昨日": -1, "前天": -2, "一昨日": -2, "大后天": 3}  # fmt: skip

Meaning = Callable[[re.Match[str], date], str]


def _day(match: re.Match[str], today: date) -> str:
    offset = _DAYS.get(match[0].lower().replace("’", "'"), _HAN.get(match[0], 0))
    return (today + timedelta(days=offset)).isoformat()


def _weekday(match: re.Match[str], today: date) -> str:
    word, day = match["which"].lower(), _WEEKDAYS[match["day"].lower()]
    if word == "last":
        return (today - timedelta(days=(today.weekday() - day - 1) % 7 + 1)).isoformat()
    ahead = (day - today.weekday()) % 7 or 7
    if word == "next" and ahead + today.weekday() < 7:
        ahead += 7  # still this week: "next Friday" said on a Monday is the one after
    return (today + timedelta(days=0 if word == "this" and ahead == 7 else ahead)).isoformat()


def _weekday_of_week(match: re.Match[str], today: date) -> str:
    """ "Monday in two weeks": that day of the week that lies so many weeks ahead."""
    text = match["count"].lower()
    weeks = int(text) if text.isdigit() else _NUMBERS.get(text, 1)
    day = _WEEKDAYS[match["day"].lower()]
    return (today + timedelta(days=7 * min(weeks, 500) + day - today.weekday())).isoformat()


def _period(match: re.Match[str], today: date) -> str:
    step = {"last": -1, "this": 0, "next": 1, "coming": 1}[match["which"].lower()]
    return _period_name(match["unit"].lower(), step, today)


def _period_name(unit: str, step: int, today: date) -> str:
    if unit == "week":
        return f"the week of {(today + timedelta(days=7 * step - today.weekday())).isoformat()}"
    if unit == "weekend":
        return f"the weekend of {(today + timedelta(days=7 * step + 5 - today.weekday())).isoformat()}"
    months = today.year * 12 + today.month - 1 + {"month": step, "quarter": 3 * step}.get(unit, 12 * step)
    year, month = divmod(months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError(f"no calendar has the year {year}")
    if unit == "month":
        return f"{year}-{month + 1:02d}"
    if unit == "quarter":
        return f"{year} Q{month // 3 + 1}"
    return str(year)


def _distance(match: re.Match[str], today: date) -> str:
    text = match["count"].lower()
    count = int(text) if text.isdigit() else _NUMBERS.get(text, _HAN_NUMBERS.get(text, 1))
    days = {"d": 1, "w": 7, "m": 30, "y": 365, "天": 1, "周": 7, "星": 7, "個": 30, "个": 30, "年": 365}
    step = days.get(match["unit"][0].lower(), 1) * min(count, 5000)
    past = match["past"] if "past" in match.re.groupindex else None
    return ("about " if step >= 30 else "") + (today + timedelta(days=-step if past else step)).isoformat()


def _han_week(match: re.Match[str], today: date) -> str:
    step = {"上": -1, "下": 1}.get(match["which"][0], 0) * len(match["which"].rstrip("个個"))
    day = match["day"]
    if day is None:
        return _period_name("week", step, today)
    return (today + timedelta(days=7 * step + _HAN_DAYS[day] - today.weekday())).isoformat()


def _han_period(match: re.Match[str], today: date) -> str:
    years = {"去年": -1, "今年": 0, "明年": 1, "后年": 2, "來年": 1, "来年": 1}
    if match[0] in years:
        return _period_name("year", years[match[0]], today)
    step = {"上": -1, "下": 1, "先": -1, "来": 1, "來": 1}.get(match[0][0], 0)
    return _period_name("month", step, today)


_COUNT = r"(?P<count>\d{1,4}|(?:a )?couple of|an?|one|two|three|four|five|six|seven|eight|nine|ten)"
_UNIT = r"(?P<unit>days?|weeks?|months?|years?)"
_HAN_COUNT = r"(?P<count>\d{1,4}|[一两二三四五六七八九十])\s*(?P<unit>天|周|星期|个星期|个月|個月|年)"

_RULES: tuple[tuple[re.Pattern[str], Meaning], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), meaning)
    for pattern, meaning in (
        (
            r"\b(?:"
            + "|".join(re.escape(w).replace("'", "['’]") for w in sorted(_DAYS, key=len, reverse=True))
            + r")\b",
            _day,
        ),
        (r"\b(?P<day>" + "|".join(_WEEKDAYS) + r")\s+in\s+" + _COUNT + r"\s+weeks?\b", _weekday_of_week),
        (r"\b(?P<which>next|last|this|coming|on)\s+(?P<day>" + "|".join(_WEEKDAYS) + r")\b", _weekday),
        (r"\b(?P<which>next|last|this|coming)\s+(?P<unit>week|weekend|month|quarter|year)\b", _period),
        (r"\bin\s+" + _COUNT + r"\s+" + _UNIT + r"\b(?! (?:time )?of\b)", _distance),
        (r"\b" + _COUNT + r"\s+" + _UNIT + r"\s+(?P<past>ago)\b", _distance),
        ("|".join(sorted(_HAN, key=len, reverse=True)), _day),
        (
            r"(?P<which>下下|上上|下|上|这|這|本)(?:个|個)?(?:周|星期|礼拜|週)(?P<day>[一二三四五六日天])?",
            _han_week,
        ),
        (r"(?:上|下|这|這|本)(?:个|個)?月|先月|来月|今月|去年|今年|明年|后年|来年", _han_period),
        (_HAN_COUNT + r"(?:之?后|之?後|以后)", _distance),
        (_HAN_COUNT + r"(?P<past>之?前|以前)", _distance),
    )
)


def relative(text: str, today: date) -> list[tuple[str, str]]:
    """The relative dates of `text` in order, each with what it means on `today`, each word once."""
    found: dict[str, tuple[int, str]] = {}
    taken = bytearray(len(text))  # 1 for each character of a date that an earlier rule found
    for pattern, meaning in _RULES:
        for match in pattern.finditer(text):
            start, end = match.span()
            if taken[start]:
                continue
            taken[start:end] = b"\1" * (end - start)
            with suppress(OverflowError):  # beyond the calendar: nothing to say
                found.setdefault(match[0], (match.start(), meaning(match, today)))
    return [(word, means) for word, (_, means) in sorted(found.items(), key=lambda item: item[1][0])]


def advice(text: str, today: date) -> list[str]:
    """A sentence for each of the first relative dates: the text will be read on another day."""
    return [f'"{word}" will be read later: say {means}' for word, means in relative(text, today)[:ADVICE_MAX]]


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
