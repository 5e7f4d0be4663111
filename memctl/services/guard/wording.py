"""Wording that acts as an instruction or grants permission (`data/wording.toml`): advice, never a refusal."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from memctl import places
from memctl.domain.finding import Finding
from memctl.text.lookup import Keywords, Lookup
from memctl.text.plain import plain

_FILE = places.package_file("data", "wording.toml")
_SENTENCE = 120
"""Characters before a hit in which a negation of the same sentence is looked for."""


@dataclass(frozen=True)
class Marker:
    """One kind of wording; the table's first lines say what each field means."""

    id: str
    about: str
    keywords: tuple[str, ...]
    patterns: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class Hit:
    """Wording found: the marker and the offset of its first occurrence."""

    id: str
    about: str
    start: int


@cache
def _table() -> dict[str, Any]:
    import tomllib

    with open(_FILE, "rb") as file:
        return tomllib.load(file)


@cache
def markers() -> tuple[Marker, ...]:
    """The rows of the table."""
    return tuple(
        Marker(**{**row, "keywords": tuple(row["keywords"]), "patterns": tuple(row["patterns"])})
        for row in _table()["marker"]
    )


@cache
def _keywords() -> Keywords:
    return Keywords(marker.keywords for marker in markers())


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


def find(text: str) -> list[Hit]:
    """The kinds of suspicious wording in `text`, each once, at its first place; hidden letters are seen."""
    view = plain(text)
    looked_at = view.text if view else text
    found = []
    for row in _keywords().rows_in(Lookup(looked_at)):
        marker = markers()[row]
        start = min(_places(marker, looked_at), default=None)
        if start is not None:
            found.append(Hit(marker.id, marker.about, view.original(start, start)[0] if view else start))
    return found


def _places(marker: Marker, text: str) -> Iterator[int]:
    for pattern in marker.patterns:
        for match in _compiled(pattern).finditer(text):
            if marker.negated or not _is_forbidden(text, match.start()):
                yield match.start()
                break


def _is_forbidden(text: str, start: int) -> bool:
    """Whether the sentence around `start` forbids it: "never merge without asking" is honest feedback."""
    return _compiled(_table()["negations"]).search(text[max(0, start - _SENTENCE) : start]) is not None


def check(text: str, where: str, file: str | None) -> list[Finding]:
    """One warning for each kind of wording, at its first place."""
    found = []
    for hit in find(text):
        line = text.count("\n", 0, hit.start) + 1
        message = f"the {where} {hit.about} (line {line})"
        repair = "read it before you trust it; a memory states facts"
        found.append(Finding(f"wording.{hit.id}", "warning", message, file, line, repair))
    return found
