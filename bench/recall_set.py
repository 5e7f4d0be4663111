"""A recall set on disk: memory folders with queries and the memories that answer them; and how it is scored.

A set is a folder (or a .tar.gz of one) of `<name>/memory/*.md` and `<name>/queries.jsonl`, one query a line:
`{"id", "query", "gold": ["file.md"], "category", "source"}`; an empty gold means that nothing should come.
"""

import json
import math
import random
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

K = 5
CORE = ("real", "locomo-session", "locomo-obs", "beam", "scale")
"""The sources whose macro average is called core."""

EASY = ("off-topic", "none")
"""Categories whose queries are about something else altogether."""

ROUNDS = 1000
"""Bootstrap rounds of a 95 % interval."""


@dataclass(frozen=True)
class Query:
    """One question to one folder."""

    folder: str
    text: str
    gold: frozenset[str]
    category: str
    source: str


@dataclass(frozen=True)
class Scored:
    """What came back for a query, measured."""

    query: Query
    answered: bool
    recall: float
    hit1: float
    ndcg: float


Search = Callable[[str], list[str]]
"""Query text -> base names of the files that came back, best first."""


@contextmanager
def folders(path: str) -> Iterator[dict[str, tuple[Path, list[Query]]]]:
    """Name -> (memory directory, queries) of every folder of the set, copied with the files' times."""
    with tempfile.TemporaryDirectory(prefix="recall-set-") as scratch:
        if Path(path).is_file():
            with tarfile.open(path) as archive:
                archive.extractall(scratch, filter="data")
        else:
            _copy(Path(path), Path(scratch))
        yield {
            found.parent.name: (found.parent / "memory", _queries(found))
            for found in sorted(Path(scratch).rglob("queries.jsonl"))
        }


def _copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copytree(source, target, copy_function=shutil.copy2, dirs_exist_ok=True)


def _queries(path: Path) -> list[Query]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    name = path.parent.name
    return [Query(name, q["query"], frozenset(q["gold"]), q["category"], q["source"]) for q in lines]


def score(query: Query, files: list[str]) -> Scored:
    """Measure one answer at K: recall against min(K, gold), first hit, binary nDCG."""
    top = list(dict.fromkeys(files))[:K]
    hits = [name in query.gold for name in top]
    ideal = min(K, len(query.gold))
    if not ideal:
        return Scored(query, bool(top), 0.0, 0.0, 0.0)
    gained = sum(1 / math.log2(at + 2) for at, hit in enumerate(hits) if hit)
    best = sum(1 / math.log2(at + 2) for at in range(ideal))
    return Scored(query, bool(top), sum(hits) / ideal, float(hits[:1] == [True]), gained / best)


Measure = Callable[[list[Scored]], float]


def mean(of: str) -> Measure:
    """The mean of one attribute over queries that have an answer."""
    return lambda rows: _mean([getattr(row, of) for row in rows if row.query.gold])


def core(of: str) -> Measure:
    """The mean over the core sources of the mean of one attribute."""

    def measure(rows: list[Scored]) -> float:
        parts = [[r for r in rows if r.query.source == source] for source in CORE]
        return _mean([mean(of)(part) for part in parts if part])

    return measure


def answered(rows: list[Scored]) -> float:
    """Share of the answerable queries for which anything came back."""
    return _mean([float(row.answered) for row in rows if row.query.gold])


def easy_none(rows: list[Scored]) -> float:
    """Share of the queries about something else for which nothing came back."""
    return _mean([float(not row.answered) for row in rows if row.query.category in EASY])


def hard_none(rows: list[Scored]) -> float:
    """Share of the other unanswerable queries for which nothing came back."""
    none = [row for row in rows if not row.query.gold and row.query.category not in EASY]
    return _mean([float(not row.answered) for row in none])


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def interval(rows: list[Scored], measure: Measure) -> tuple[float, float]:
    """A 95 % bootstrap interval of `measure` over queries, drawn within each source."""
    dice = random.Random(7)
    groups: dict[str, list[Scored]] = {}
    for row in rows:
        groups.setdefault(row.query.source, []).append(row)
    values = sorted(
        measure([row for group in groups.values() for row in dice.choices(group, k=len(group))])
        for _ in range(ROUNDS)
    )
    return values[int(0.025 * ROUNDS)], values[int(0.975 * ROUNDS)]
