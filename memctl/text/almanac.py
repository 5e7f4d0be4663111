"""What the words of a language for relative dates are, compiled: `memctl/data/dates`, one table for each.

Every table has the same keys; `{}` in a phrase is a unit (week, month, ...), a weekday, or a count of units:

    day      words for days, with how many days they are from today
    step     phrases for a period or weekday, with how many periods it is from this one ("next {}" = 1)
    year     words for years of languages that do not compose them
    weekday  names from Monday on; bare: phrases after which a weekday is a date ("until {}"); within: a
             weekday of a period; coming: phrases for the first such day from today; after: phrases for so
             many weeks after that
    next     "of next week" where "next Friday" is never this week's; else the first that comes
    unit     days, weeks, weekends, months, quarters, years
    count    words for one to ten; ahead, ago: phrases with a count of units
    wording  how a week, a weekend, a year is said as a date
    idiom    phrases with the words of a date that mean none: "hoy en día"
    before, after  what has to stand on either side, where words are not parted by blanks
    until    a phrase of `bare` has what stands before it in itself
    undated  where a date word names no one day. habit: words of a sentence that says what always holds ("we
             always pay in 30 days"), none that say how surely something is done once; each: words of one in
             which a count of units ahead alone is none ("every licence ends in a year"); compares: words of
             one that sets one time against another; before, after: what stands right beside the date
             ("older than", "of the {}", {} being a unit)
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import cache, partial
from importlib import resources
from typing import Any

LANGUAGES = ("de", "en", "es", "fr", "it", "ja", "ko", "pt", "ru", "zh")
WITHOUT_BLANKS = frozenset(("ja", "ko", "zh"))
"""Languages whose words are not parted from what stands around them."""

DAYS_MAX = 36_525
"""Days, a century, beyond which a count of days, weeks, months or years is no plan, and no date is said."""

_UNITS = ("week", "weekend", "month", "quarter", "year")
_SPANS = {"day": 1, "week": 7}
_DAYS = {**_SPANS, "month": 31, "year": 366}


@dataclass(frozen=True)
class Said:
    """A relative date: where it stands in its text, the words, and what they mean. `bare`: a weekday alone,
    which in a rule is a habit ("on Friday"). `is_day`: False where what stands around says that the words
    name no one day ("older than two weeks ago")."""

    start: int
    end: int
    word: str
    means: str
    bare: bool = False
    is_day: bool = True


Meaning = Callable[[re.Match[str], date], str | None]


@dataclass(frozen=True)
class Rule:
    """A phrase, and what it means on a day. `bare` as in Said; `unless`: the keys of WORDS of which none may
    stand in its sentence."""

    pattern: re.Pattern[str]
    meaning: Meaning
    bare: bool = False
    unless: tuple[str, ...] = ("habit", "compares")


@cache
def rules(language: str) -> tuple[Rule, ...]:
    """The phrases of one language of LANGUAGES, longest reach first, each with what it means on a day."""
    return tuple(_Table(language, table(language)).rules())


@cache
def idioms(language: str) -> re.Pattern[str]:
    """The phrases of a language that have the words of a date and mean none."""
    return _whole(language, "|".join(table(language)["idiom"]))


WORDS = ("habit", "each", "compares")
"""The keys of `undated` whose words may stand anywhere in the sentence of a date."""


@cache
def words(language: str, key: str) -> re.Pattern[str]:
    """The words of a language for a key of WORDS."""
    return _whole(language, table(language)["undated"][key])


@cache
def beside(language: str, *, after: bool) -> re.Pattern[str]:
    """What makes a date none of one day, right behind it (to be matched there) or right before it (to be
    searched in what ends there)."""
    units = table(language)["unit"]
    unit = "|".join(units[one] for one in _UNITS if one in units and one != "weekend")
    phrases = table(language)["undated"]["after" if after else "before"] or ["(?!)"]  # which matches nothing
    one = "|".join(phrases).replace("{}", f"(?:{unit})").replace("'", "['\u2019]").replace(" ", r"\s+")
    if language not in WITHOUT_BLANKS:
        one = rf"(?:{one})(?!\w)" if after else rf"(?<!\w)(?:{one})"
    return re.compile(rf"\s*(?:{one})" if after else rf"(?:{one})\s*$", re.IGNORECASE)


def _whole(language: str, words: str) -> re.Pattern[str]:
    """One of some words, where it is no part of a longer one."""
    words = words.replace("'", "['\u2019]")
    return re.compile(words if language in WITHOUT_BLANKS else rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


@cache
def table(language: str) -> Mapping[str, Any]:
    """The words of one language of LANGUAGES as they stand in its file, which is read once."""
    file = resources.files("memctl").joinpath("data", "dates", f"{language}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


class _Table:
    """One table, and the rules that are made of it."""

    def __init__(self, language: str, table: Mapping[str, Any]) -> None:
        self._all = table
        self._edges = (table.get("before", ""), table.get("after", ""))
        if language not in WITHOUT_BLANKS:
            self._edges = (r"(?<![\w-])", r"(?![\w-])(?![./]\w)")
        units = table["unit"]
        self._unit = _any({f"u_{unit}": units[unit] for unit in _UNITS if unit in units})
        self._span = _any(
            {f"s_{unit}": word for unit, word in units.items() if unit not in ("weekend", "quarter")}
        )
        self._day = _any({f"d_{number}": name for number, name in enumerate(table["weekday"]["names"])})
        words = "|".join(f"(?P<n_{number}>{word})" for number, word in enumerate(table["count"]["words"], 1))
        self._count = rf"(?:(?<![\d.,])(?P<digits>\d{{1,5}})|{words})"
        self._wording: dict[str, str] = {"week": "{}", "weekend": "{}", "year": "{}"} | table["wording"]

    def rules(self) -> Iterator[Rule]:
        """The rules in the order in which they take their words."""
        for phrase in self._all["weekday"]["within"]:
            yield from self._within(phrase)
        for phrase in self._all["weekday"].get("after", ()):
            counted = phrase.replace("{day}", self._day).replace("{count}", self._count)
            yield self._rule(counted, _weeks_ahead)
        for phrase in self._all["weekday"].get("coming", ()):
            yield self._rule(phrase.replace("{}", self._day), _ahead)
        for phrase, step in self._all["step"].items():
            yield self._rule(phrase.replace("{}", self._unit), partial(self._period, step=step))
            yield self._rule(phrase.replace("{}", self._day), partial(self._weekday, step=step))
        for key, sign, unless in (("ahead", 1, WORDS), ("ago", -1, ("compares",))):
            for phrase in self._all["count"][key]:
                counted = phrase.replace("{}", rf"{self._count}\s*{self._span}")
                yield replace(self._rule(counted, partial(self._distance, sign=sign)), unless=unless)
        for word, step in sorted(self._all["day"].items(), key=lambda item: -len(item[0])):
            yield self._rule(word, partial(_day, step=step))
        for word, step in self._all.get("year", {}).items():
            yield self._rule(word, partial(self._year, step=step))
        for phrase in self._all["weekday"]["bare"]:
            on = phrase.replace("{}", f"(?P<it>{self._day})")
            yield self._rule(on, _ahead_unless_today, bare=True)

    def _rule(self, phrase: str, meaning: Meaning, *, bare: bool = False) -> Rule:
        before, after = self._edges
        if bare and self._all.get("until"):
            before = ""
        phrase = _BLANK.sub(lambda m: m[1] or (r"\s*" if m[2] else r"\s+"), phrase.replace("'", "['\u2019]"))
        return Rule(re.compile(f"{before}(?:{phrase}){after}", re.IGNORECASE), meaning, bare)

    def _within(self, phrase: str) -> Iterator[Rule]:
        """A weekday of a week: "Thursday next week", "Monday in two weeks"."""
        phrase = phrase.replace("{day}", self._day)
        if "{count}" in phrase:
            yield self._rule(phrase.replace("{count}", self._count), _of_week)
            return
        for said, step in self._all["step"].items():
            week = said.replace("{}", self._all["unit"]["week"])
            yield self._rule(phrase.replace("{week}", week), partial(_of_week, step=step))

    def _year(self, _match: re.Match[str], today: date, *, step: int) -> str:
        return self._months(today, 12 * step, "year")

    def _period(self, match: re.Match[str], today: date, *, step: int) -> str:
        unit = _which(match, "u_")
        if unit in ("week", "weekend"):
            begins = today + timedelta(days=7 * step - today.weekday() + (5 if unit == "weekend" else 0))
            return self._wording[unit].format(begins.isoformat())
        return self._months(today, {"month": step, "quarter": 3 * step, "year": 12 * step}[unit], unit)

    def _months(self, today: date, step: int, unit: str) -> str:
        year, month = divmod(today.year * 12 + today.month - 1 + step, 12)
        if not MINYEAR <= year <= MAXYEAR:
            raise OverflowError(f"no calendar has the year {year}")
        if unit == "year":
            return self._wording["year"].format(year)
        return f"{year}-{month + 1:02d}" if unit == "month" else f"{year} Q{month // 3 + 1}"

    def _weekday(self, match: re.Match[str], today: date, *, step: int) -> str:
        day = int(_which(match, "d_"))
        if step == 0:
            return (today + timedelta(days=(day - today.weekday()) % 7)).isoformat()
        if step < 0:
            return (today - timedelta(days=(today.weekday() - day - 1) % 7 + 1)).isoformat()
        ahead = (day - today.weekday()) % 7 or 7
        if self._all.get("next") and ahead + today.weekday() < 7:
            ahead += 7
        return (today + timedelta(days=ahead + 7 * (step - 1))).isoformat()

    def _distance(self, match: re.Match[str], today: date, *, sign: int) -> str | None:
        unit = _which(match, "s_")
        count = sign * _number(match)
        if abs(count) * _DAYS[unit] > DAYS_MAX:
            return None
        if unit in _SPANS:
            return (today + timedelta(days=_SPANS[unit] * count)).isoformat()
        return self._months(today, count * (12 if unit == "year" else 1), unit)


_BLANK = re.compile(r"(\(\?<[!=][^)]*\)|\[[^\]]*\])| (\?)?")
"""A blank of a phrase, optional or not, and what holds blanks that stay: a look behind has a fixed length."""


def _any(words: dict[str, str]) -> str:
    """One of some words, each a group by its name."""
    return "(?:" + "|".join(f"(?P<{name}>{word})" for name, word in words.items()) + ")"


def _which(match: re.Match[str], prefix: str) -> str:
    """Which of the groups with a prefix has matched."""
    return next(
        name for name, text in match.groupdict().items() if text and name.startswith(prefix)
    ).removeprefix(prefix)


def _number(match: re.Match[str]) -> int:
    return int(match["digits"]) if match["digits"] else int(_which(match, "n_"))


def _ahead(match: re.Match[str], today: date) -> str:
    """The first such weekday after today."""
    ahead = (int(_which(match, "d_")) - today.weekday()) % 7 or 7
    return (today + timedelta(days=ahead)).isoformat()


def _ahead_unless_today(match: re.Match[str], today: date) -> str | None:
    """The first such weekday; None where today is one, and which is meant is not said."""
    return None if int(_which(match, "d_")) == today.weekday() else _ahead(match, today)


def _weeks_ahead(match: re.Match[str], today: date) -> str | None:
    """So many weeks after the first such weekday: "a week from Friday"."""
    first, days = date.fromisoformat(_ahead(match, today)), 7 * _number(match)
    return (first + timedelta(days=days)).isoformat() if days <= DAYS_MAX else None


def _of_week(match: re.Match[str], today: date, *, step: int | None = None) -> str | None:
    """That day of the week `step` weeks ahead, or as many as the words say."""
    weeks = _number(match) if step is None else step
    day = int(_which(match, "d_"))
    if 7 * weeks > DAYS_MAX:
        return None
    return (today + timedelta(days=7 * weeks + day - today.weekday())).isoformat()


def _day(_match: re.Match[str], today: date, *, step: int) -> str:
    return (today + timedelta(days=step)).isoformat()
