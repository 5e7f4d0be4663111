"""What a server or a command reports about its own answer, taken only where it can be true.

The other side may be broken or hostile: a model's name, a token count or a cost that cannot be is left out,
so that neither the answer nor the ledger depends on it.
"""

import re
from collections.abc import Mapping
from typing import Any

from memctl.llm.provider import Usage

NAME_MAX = 200
"""Characters of a model's name; the longest in use (ARNs of Bedrock) have about 130."""

COUNT_MAX = 10**9
"""Tokens of one call; the largest context windows hold some millions."""

COST_MAX = 10_000.0
"""US dollars of one call."""


def name(value: object) -> str | None:
    """`value` as the name of a model; None when it is no short printable text."""
    plain = isinstance(value, str) and 0 < len(value) <= NAME_MAX and value.isprintable()
    return str(value) if plain else None


def count(value: object) -> int:
    """`value` as a number of tokens; 0 when it is none."""
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= COUNT_MAX
    return value if fits and isinstance(value, int) else 0


def cost(value: object) -> float | None:
    """`value` as US dollars; None when it is no amount (nor NaN, infinite or negative)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= COST_MAX else None


def usage(counts: object, dollars: object = None) -> Usage:
    """The `usage` object of the Messages API, with the `dollars` that the provider itself names."""
    given = counts if isinstance(counts, dict) else {}
    return Usage(
        input=count(given.get("input_tokens")),
        output=count(given.get("output_tokens")),
        cache_read=count(given.get("cache_read_input_tokens")),
        cache_write=count(given.get("cache_creation_input_tokens")),
        cost=cost(dollars),
    )


def of_models(stats: object) -> Usage:
    """The tokens in Gemini CLI's `stats` of an answer (0.61), all models together."""
    models = _mapping(_mapping(stats).get("models"))
    tokens = [_mapping(_mapping(one).get("tokens")) for one in models.values()]
    told = {key: sum(count(one.get(key)) for one in tokens) for key in ("prompt", "cached", *_ANSWER)}
    answer = sum(told[key] for key in _ANSWER)
    return Usage(input=max(0, told["prompt"] - told["cached"]), output=answer, cache_read=told["cached"])


_ANSWER = ("candidates", "thoughts")
_TOTAL = re.compile(r"^tokens used\r?\n(\d{1,3}(?:[.,'\u00a0\u202f ]?\d{3}){0,3})\s*\Z", re.MULTILINE)


def total(printed: str) -> Usage:
    """The tokens with which Codex's log ends (`codex exec` 0.169), all of them taken for input: it does not
    say which were."""
    found = _TOTAL.search(printed[-200:])
    return Usage(input=count(int(re.sub(r"\D", "", found[1])))) if found else Usage()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
