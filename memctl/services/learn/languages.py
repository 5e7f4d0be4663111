"""The table of statements by language, compiled, and the language of a sentence."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One kind of statement in one language."""

    id: str
    type: str
    pattern: re.Pattern[str]
    lead: re.Pattern[str]
    needs: re.Pattern[str] | None
    veto: re.Pattern[str] | None


@dataclass(frozen=True)
class Language:
    """The rules of one language, and what tells that a sentence is no statement."""

    rules: tuple[Rule, ...]
    common: frozenset[str]
    hint: re.Pattern[str] | None
    exempt: re.Pattern[str] | None
    before: re.Pattern[str] | None
    veto: re.Pattern[str] | None
    question_ok: re.Pattern[str] | None
    why: re.Pattern[str] | None
    why_inside: re.Pattern[str] | None
    how: re.Pattern[str] | None


@cache
def languages() -> dict[str, Language]:
    """The rule table, compiled once."""
    text = resources.files("memctl").joinpath("data", "statements.toml").read_text(encoding="utf-8")
    return {name: _language(table) for name, table in tomllib.loads(text).items()}


def _language(table: dict[str, Any]) -> Language:
    start = str(table.get("start", ""))

    def compiled(value: object) -> re.Pattern[str] | None:
        parts = value if isinstance(value, list) else [value] if value else []
        joined = "|".join(f"(?:{part})" for part in parts)
        return re.compile(joined.replace("<start>", start), re.IGNORECASE) if joined else None

    rules = []
    for rule in table.get("rule", []):
        pattern, lead = compiled(rule["pattern"]), compiled(rule.get("lead") or r"^\W*")
        if pattern and lead:
            rules.append(
                Rule(
                    rule["id"],
                    rule["type"],
                    pattern,
                    lead,
                    compiled(rule.get("needs")),
                    compiled(rule.get("veto")),
                )
            )
    keys = ("hint", "exempt", "before", "veto", "question_ok", "why", "why_inside", "how")
    common = frozenset(str(table.get("common", "")).split())
    return Language(tuple(rules), common, *(compiled(table.get(key)) for key in keys))


KANA = re.compile(r"[\u3040-\u30ff]")
HAN = re.compile(r"[\u4e00-\u9fff]")
HANGUL = re.compile(r"[\uac00-\ud7af]")
CYRILLIC = re.compile(r"[\u0400-\u04ff]")


def spoken(text: str) -> tuple[str, ...]:
    """The languages in which a sentence may be, by its script and its common words."""
    if KANA.search(text):
        return ("ja",)
    if HANGUL.search(text):
        return ("ko",)
    if CYRILLIC.search(text):
        return ("ru",)
    if HAN.search(text):
        return ("zh",)
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower())
    latin = {name: language.common for name, language in languages().items() if language.common}
    scores = {name: sum(word in common for word in words) for name, common in latin.items()}
    best = max(scores.values())
    return tuple(name for name, score in scores.items() if score == best or (best <= 1 and name == "en"))
