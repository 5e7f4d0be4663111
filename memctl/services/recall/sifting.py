"""Which anticipated queries may be kept, whoever wrote them: short lines without a secret that steer none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memctl.errors import Refused
from memctl.services.recall.queries import KEPT_MAX
from memctl.text.escape import hidden

QUERY_MAX = 200
"""Characters of one query; about twenty words are asked for."""


@dataclass(frozen=True)
class Guard:
    """The guard's rules: `redact` replaces secrets in a text, `refuses` that a query must not be kept."""

    redact: Callable[[str], str]
    refuses: Callable[[str], bool]


@dataclass(frozen=True)
class Sifted:
    """What of some queries may be kept, how many may not, and how many were more than are kept."""

    kept: tuple[str, ...]
    unfit: int = 0
    surplus: int = 0


def guard() -> Guard:
    """The guard's own rules: a query with a secret or with suspicious wording is not kept."""
    from memctl.services import guard as rules

    return Guard(rules.redact, rules.is_unfit)


def sift(given: object, guard: Guard) -> Sifted:
    """`given`, a list of texts or what a model wrote instead, as far as it may be kept; twins count once."""
    kept: dict[str, str] = {}
    unfit = 0
    for item in given if isinstance(given, list) else []:
        query = " ".join(item.split()) if isinstance(item, str) else ""
        if not query:
            continue
        if hidden(query) or guard.redact(query) != query or guard.refuses(query):
            unfit += 1
            continue
        kept.setdefault(query.casefold(), shortened(query))
    return Sifted(tuple(kept.values())[:KEPT_MAX], unfit, max(0, len(kept) - KEPT_MAX))


def clean(given: object, guard: Guard) -> tuple[str, ...]:
    """What `sift` keeps."""
    return sift(given, guard).kept


def shortened(query: str) -> str:
    """`query` cut at a blank to QUERY_MAX characters."""
    return query if len(query) <= QUERY_MAX else query[:QUERY_MAX].rsplit(" ", 1)[0]


def checked(given: Sequence[str]) -> list[str]:
    """The queries that a command was given, one line each. Raises Refused for one that must not be kept."""
    from memctl.services import guard as rules

    queries = [" ".join(query.split()) for query in given]
    for query in queries:
        rules.refuse_if_errors(rules.check_text(query, where="prompt"))
        if hidden(query) or guard().refuses(query):
            hint = "say in plain words when the memory helps"
            raise Refused("a prompt of --when holds what steers a model", hint=hint)
    return [shortened(query) for query in queries if query]
