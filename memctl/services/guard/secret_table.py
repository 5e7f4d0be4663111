"""The table of `data/secrets.toml`: read at the first look for secrets, never at import."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from memctl import places
from memctl.text.lookup import Keywords

_FILE = places.package_file("data", "secrets.toml")

_LEFT = r"(?:(?<![A-Za-z0-9_])|(?<=\\[nrt]))"  # the start of a word, or a newline written as \n
_RIGHT = r"(?![A-Za-z0-9])"


@dataclass(frozen=True)
class Rule:
    """One kind of secret; the table's first lines say what each field means."""

    id: str
    about: str
    keywords: tuple[str, ...]
    regex: str | None = None
    near: str | None = None
    bounded: bool = True
    entropy: float = 2.5
    value: str = "token"
    run: int = 0


@cache
def table() -> dict[str, Any]:
    """The whole table."""
    import tomllib

    with open(_FILE, "rb") as file:
        return tomllib.load(file)


@cache
def rules() -> tuple[Rule, ...]:
    """The kinds of secrets, most specific first."""
    return tuple(Rule(**{**row, "keywords": tuple(row["keywords"])}) for row in table()["rule"])


@cache
def keywords() -> Keywords:
    """The keywords of `rules`, row by row."""
    return Keywords(rule.keywords for rule in rules())


@cache
def patterns(rule: Rule) -> tuple[re.Pattern[str], ...]:
    """The one or two regular expressions of `rule`, compiled when its keyword is first met."""
    found = []
    if rule.regex is not None:
        found.append(f"{_LEFT}(?:{rule.regex}){_RIGHT}" if rule.bounded else rule.regex)
    if rule.near is not None:
        found.append(f"(?:{rule.near}){_RIGHT}")
    return tuple(re.compile(pattern) for pattern in found)


def any_of(expressions: Iterable[str]) -> str:
    """One expression that matches where any of `expressions` does."""
    return "(?:" + "|".join(expressions) + ")"


@cache
def values(name: str) -> re.Pattern[str]:
    """The expressions under `[values]` called `name`, as one; their case does not matter."""
    return re.compile(any_of(table()["values"][name]), re.IGNORECASE)


@cache
def defaults() -> frozenset[str]:
    """Passwords, in lower case, that open nothing worth guarding."""
    return frozenset(table()["values"]["defaults"].split())
