"""What a server or a command reports about its own answer, taken only where it can be true.

The other side may be broken or hostile: a model's name, a token count or a cost that cannot be is left out,
so that neither the answer nor the ledger depends on it.
"""

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
