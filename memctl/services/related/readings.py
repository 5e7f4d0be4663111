"""What a text says in figures and names of code, by the kind of thing that each is said of: so many seconds,
at this time of day, in this folder, behind this word."""

import re
from functools import cache
from itertools import pairwise

from memctl.services.related.claim import Claim
from memctl.text import almanac, grammar
from memctl.text.alignment import Token

Readings = dict[str, set[str]]
"""What is said, by its kind."""

CLOCK = ":"
"""The kind of a time of day."""

DAYS = "days"
"""The kind of a length of time from a day on, whatever unit it is said in: two weeks are 14 days."""

_QUANTITY = re.compile(r"(?<![#\w.,:/-])(\d+(?:[.,:]\d+)*)(?:[ \u00a0]([^\W\d_]+)|(%|[\u3040-\uffff]))?")
"""A number and its unit, the word right behind it. Of a script without blanks one character; the time of
day needs none."""

_LENGTHS = {"day": 1, "week": 7, "month": 30, "year": 365}

_PATH = re.compile(r"(?<![\w:/.])(/?(?:[\w.@-]+/)+)([\w.@-]*?\w)(\.[a-z]\w*)?(?![\w/])")
"""A folder, the file in it, and its ending: another kind of file is no other value."""


def measures(claim: Claim, text: str) -> Readings:
    """The units of a part of its text, each with its numbers; no dates."""
    found: Readings = {}
    for number, unit in _quantities(claim, text):
        if CLOCK in number or unit:
            found.setdefault(CLOCK if CLOCK in number else claim.lexicon.stem(unit.lower()), set()).add(
                number
            )
    return found


def lead_numbers(claim: Claim) -> list[tuple[str, str]]:
    """The numbers of its lead that are no dates and no times of day, each with what its unit is compared by;
    "" where none tells."""
    found = _quantities(claim, claim.statement.description)
    return [(number, _compared(claim, unit)) for number, unit in found if CLOCK not in number]


def _compared(claim: Claim, unit: str) -> str:
    if _days(claim, unit):
        return DAYS
    return claim.lexicon.stem(unit.lower()) if unit and _tells(claim, unit) else ""


def _quantities(claim: Claim, text: str) -> list[tuple[str, str]]:
    dates = [date.span() for date in claim.cues.all("date", text)]
    return [
        (quantity[1], quantity[2] or quantity[3] or "")
        for quantity in _QUANTITY.finditer(text)
        if not any(start < quantity.end() and quantity.start() < end for start, end in dates)
    ]


def readings(claim: Claim) -> Readings:
    """All that its description and first sentences say in figures and in names of code."""
    found = {unit: numbers for unit, numbers in measures(claim, claim.text).items() if _tells(claim, unit)}
    for number, unit in _quantities(claim, claim.text):
        days = _days(claim, unit)
        if days and number.isdigit():
            found.setdefault(DAYS, set()).add(str(int(number) * days))
    for path in _PATH.finditer(claim.text):
        found.setdefault(f"{path[1]}{path[3] or ''}", set()).add(path[2])
    for before, code in _named(claim):
        found.setdefault(f"{before.form} ", set()).add(code.form)
    return found


def _tells(claim: Claim, unit: str) -> bool:
    return unit == CLOCK or not unit.isascii() or claim.is_telling(Token(unit, unit))


def _named(claim: Claim) -> list[tuple[Token, Token]]:
    """The names in code, each with the word that it stands behind: program P2, template in jobs/x."""
    found = []
    for line in (claim.lead, claim.fact):
        told = [token for token in line if token.is_content]
        found += [(one, two) for one, two in pairwise(told) if claim.is_telling(one) and _is_code(two)]
    return [(before, code) for before, code in found if not before.is_value]


def _is_code(token: Token) -> bool:
    return token.is_value and not token.is_time and not token.is_number


def _days(claim: Claim, unit: str) -> int:
    """How many days a unit of time has; 0 for any other."""
    lengths = _lengths(grammar.likely(claim.text)[0]) if unit else ()
    return next((days for pattern, days in lengths if pattern.match(unit)), 0)


@cache
def _lengths(language: str) -> tuple[tuple[re.Pattern[str], int], ...]:
    """What finds each unit of time of a language, with how many days it is; longer words are other units."""
    units = almanac.table(language)["unit"]
    end = "" if language in almanac.WITHOUT_BLANKS else r"(?!\w)"
    return tuple((re.compile(units[unit] + end, re.IGNORECASE), days)
                 for unit, days in _LENGTHS.items() if unit in units)  # fmt: skip
