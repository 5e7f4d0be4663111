"""The questions of a set of facts that change (`bench/time.py --questions`): who answers, and how it is scored.

A set holds `<folder>/memory/*.md` and `<folder>/queries.jsonl`: `{query, gold, harmful, after, also, as_of, category}`.
`gold` is all that is needed (`also`: files that may stand for a gold one), `harmful` must not come, `after` only after
gold; a question with a date, `as_of`, means the end of that day. The figures:

    hit1    the first is gold                  recall  share of gold in the first five
    order   gold is there, and before all that is harmful or must come after (questions without a date)
    asof    the same, of questions with a date
    harm5   something harmful is in the five; harm5u: and nothing says that it no longer holds (lower is better)
    past    recall of questions about what was; both: all that is needed is there; none: nothing, where nothing fits
"""

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FIGURES = ("hit1", "recall", "order", "harm5", "harm5u", "asof", "past", "both", "none")
K = 5

Question = dict[str, Any]
Found = list[tuple[str, bool]]
"""(file, whether it is said that it no longer holds), best first."""


def folders(root: Path, variant: str, only: tuple[str, ...]) -> Iterator[tuple[str, str, Path]]:
    """(name, source, path) of every folder of the set in that variant."""
    for listed in root.rglob("dirs.json"):
        for folder in json.loads(listed.read_text()):
            name = folder["name"]
            if folder["variant"] == variant and (not only or name.startswith(only)):
                yield name, folder["source"], listed.parent / name


def answers(folder: Path, scratch: Path) -> Iterator[tuple[Question, Found]]:
    """Every question of `folder` with what recall finds in a copy of its memories."""
    copy = scratch / folder.name / "memory"
    shutil.copytree(folder / "memory", copy)  # with the times of the files
    for row in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        question = json.loads(row)
        yield question, recalled(str(copy), question)


def recalled(directory: str, question: Question) -> Found:
    """What the lexical selector finds, as of the question's date where it has one."""
    from memctl.domain import times
    from memctl.services.recall.answer import Ask, recall

    as_of = times.end_of_day(question["as_of"]) if question.get("as_of") else None
    ask = Ask(question["query"], "lexical", limit=K, as_of=as_of)
    found = recall(directory, ask, _no_provider, now=time.time()).memories
    return [(one.memory.file, bool(one.standing.superseded_by or one.standing.expired)) for one in found]


def _no_provider() -> Any:
    raise AssertionError("the lexical selector asks no model")


def score(question: Question, found: Found) -> dict[str, float]:
    """The figures to which one answer counts."""
    files = [file for file, _ in found]
    if not question["gold"]:
        return {"none": float(not files)}
    also = question.get("also") or {}
    wanted = [{gold, *also.get(gold, ())} for gold in question["gold"]]
    good = [n for n, file in enumerate(files) if any(file in stand for stand in wanted)]
    held = sum(not stand.isdisjoint(files) for stand in wanted) / len(wanted)
    scored = {"hit1": float(good[:1] == [0]), "recall": held}
    return scored | _in_time(question, found, good) | _by_category(question["category"], held)


def _in_time(question: Question, found: Found, good: list[int]) -> dict[str, float]:
    """Whether what holds comes first, and what of the rest is there."""
    harmful, later = {*question["harmful"]}, {*question["harmful"], *question.get("after", ())}
    bad = [n for n, (file, _) in enumerate(found) if file in later]
    right = float(bool(good) and (not bad or good[0] < bad[0]))
    if question.get("as_of"):
        return {"asof": right}
    scored = {"order": right} if later else {}
    if harmful:
        there = [told for file, told in found if file in harmful]
        scored |= {"harm5": float(bool(there)), "harm5u": float(not all(there))}
    return scored


def _by_category(category: str, held: float) -> dict[str, float]:
    if category == "past":
        return {"past": held}
    return {"both": float(held == 1)} if category == "both" else {}


def line(name: str, rows: list[dict[str, float]]) -> str:
    """The means of one source, each with how many questions count to it."""
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row)
    counts = Counter(figure for row in rows for figure in row)
    said = [f"{f} {total[f] / counts[f]:.2f} ({counts[f]})" for f in FIGURES if counts[f]]
    return f"{name}: {len(rows)} questions; {', '.join(said)}"
