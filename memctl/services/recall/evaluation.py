"""`eval`: recall on a person's own queries, with the figures that bench/recall.py gives."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from memctl.domain.selection import K
from memctl.errors import Ambiguous, NotFound, UsageError
from memctl.llm.provider import Provider
from memctl.services.recall.answer import Ask, recall
from memctl.settings import Settings
from memctl.store.memory.memories import MemoryStore


@dataclass(frozen=True)
class Evaluation:
    """The figures, and each query that missed something."""

    figures: dict[str, Any]
    misses: tuple[dict[str, Any], ...]


def evaluate(
    store: MemoryStore, file: str, settings: Settings, provider: Callable[[], Provider], now: float
) -> Evaluation:
    """Recall every query of `file`. Raises UsageError, NotFound or Ambiguous that name the line which is
    wrong."""
    cases = _cases(store, file)
    answered = []
    for query, want in cases:
        ask = Ask(query, selector=settings.selector, deadline=settings.deadline, semantic=settings.semantic)
        selection = recall(store.directory, ask, provider, now=now)
        answered.append((want, [r.memory.file for r in selection.memories]))
    misses = [
        {"query": query, "expect": sorted(want), "found": got}
        for (query, _), (want, got) in zip(cases, answered, strict=True)
        if not (want <= {*got} if want else not got)
    ]
    return Evaluation(_figures(answered), tuple(misses))


def _figures(answered: list[tuple[set[str], list[str]]]) -> dict[str, Any]:
    """Recall, precision at one and abstention, over what was wanted and what came for each query."""
    some = [(want, got) for want, got in answered if want]
    none = [got for want, got in answered if not want]
    return {
        "queries": len(answered),
        "recall_at_5": _mean([len(want & {*got[:K]}) / min(K, len(want)) for want, got in some]),
        "hit_at_1": _mean([float(bool(got) and got[0] in want) for want, got in some]),
        "answered": _mean([float(bool(got)) for _, got in some]),
        "abstained": _mean([float(not got) for got in none]),
    }


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _cases(store: MemoryStore, file: str) -> list[tuple[str, set[str]]]:
    try:
        with open(file, encoding="utf-8-sig") as handle:
            lines = handle.read().split("\n")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", hint="name a file of JSON lines") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is not valid UTF-8", hint="name a file of JSON lines") from None
    cases = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            cases.append(_case(store, f"{file}, line {number}", line))
    if not cases:
        raise UsageError(f"{file} holds no query", hint='write {"query": "...", "expect": ["NAME"]} lines')
    return cases


def _case(store: MemoryStore, where: str, line: str) -> tuple[str, set[str]]:
    try:
        case = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{where}: {error}", hint="one JSON object a line") from None
    query = case.get("query") if isinstance(case, dict) else None
    names = case.get("expect", case.get("gold")) if isinstance(case, dict) else None
    if (
        not isinstance(query, str)
        or not isinstance(names, list)
        or not all(isinstance(n, str) for n in names)
    ):
        raise UsageError(f"{where}: query or expect is missing", hint='{"query": "...", "expect": ["NAME"]}')
    try:
        return query, {store.find(name).file for name in names}
    except (NotFound, Ambiguous) as error:
        raise type(error)(f"{where}: {error.message}", hint=error.hint) from None
