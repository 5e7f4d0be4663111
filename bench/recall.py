"""Recall quality: recall@5, hit@1, nDCG@5 and abstention of each selector on a recall set, beside baselines.

    python bench/recall.py SET [--selector lexical --selector semantic ...] [--anticipated FILE] [--json OUT]

SET is a folder or .tar.gz as `bench/recall_set.py` describes. Selectors:

    lexical       words alone
    anticipated   words, with the anticipated queries in FILE (`anticipated.jsonl` as memctl keeps it), or
                  with the recorded ones (`bench/recorded_answers.py`)
    semantic      words and static vectors, when the extra memctl-cli[semantic] is installed
    llm           the provider that memctl's settings name; no fallback

Runs in process. Baselines are read from `baselines.json` next to SET when it is there.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import recall_set as rs

FIGURES = {
    "core r@5": rs.core("recall"),
    "core h@1": rs.core("hit1"),
    "core ndcg": rs.core("ndcg"),
    "easy none": rs.easy_none,
    "hard none": rs.hard_none,
    "answered": rs.answered,
}


def search_of(selector: str, directory: Path) -> rs.Search:
    """What `selector` does on `directory`."""
    from memctl.services.recall import lexical

    def words(query: str) -> list[str]:
        answer = lexical.recall(str(directory), query, semantic=selector == "semantic")
        return [Path(hit.file).name for hit in answer.hits]

    def model(query: str) -> list[str]:
        from memctl.llm.choose import choose
        from memctl.services.recall.answer import Ask, recall
        from memctl.settings import load

        settings = load()
        ask = Ask(query, selector="llm", deadline=settings.deadline, fallback=False)
        found = recall(str(directory), ask, lambda: choose(settings, "select"), now=time.time())
        return [Path(item.memory.file).name for item in found.memories]

    return model if selector == "llm" else words


def run(path: str, selector: str, anticipated: str) -> list[rs.Scored]:
    """Every query of the set, answered by `selector` and scored."""
    rows = []
    with rs.folders(path) as folders, tempfile.TemporaryDirectory() as scratch:
        own = {} if selector == "llm" else {"MEMCTL_CACHE_DIR": scratch, "MEMCTL_STATE_DIR": scratch}
        with mock.patch.dict(os.environ, own):
            for directory, queries in folders.values():
                if selector == "anticipated":
                    _anticipate(str(directory), anticipated)
                search = search_of(selector, directory)
                rows += [rs.score(query, search(query.text)) for query in queries]
    return rows


def _anticipate(directory: str, path: str) -> None:
    """Keep the queries of the file `path`, or else the recorded ones, for the memories of `directory`."""
    import recorded_answers

    from memctl.places import queries_file
    from memctl.store.search import anticipated

    found = anticipated.read(path) if path else recorded_answers.queries()
    anticipated.append(queries_file(directory), found)


def report(selector: str, rows: list[rs.Scored]) -> dict[str, object]:
    """Print the figures of one selector with their intervals, by source and by category; return them."""
    print(f"\n{selector}: {len(rows)} queries")
    found: dict[str, object] = {}
    for name, measure in FIGURES.items():
        low, high = rs.interval(rows, measure)
        found[name] = {"value": round(measure(rows), 4), "low": round(low, 4), "high": round(high, 4)}
        print(f"  {name:10} {measure(rows):.3f}  [{low:.3f}, {high:.3f}]")
    for key in ("source", "category"):
        table = {}
        for name in sorted({_name(row, key) for row in rows if row.query.gold}):
            part = [row for row in rows if _name(row, key) == name and row.query.gold]
            low, high = rs.interval(part, rs.mean("recall"))
            values = [rs.mean(of)(part) for of in ("recall", "hit1", "ndcg")]
            table[name] = [round(value, 4) for value in values]
            figures = "r@5 {:.3f} [{:.2f}, {:.2f}]  h@1 {:.3f}  ndcg {:.3f}".format(
                values[0], low, high, *values[1:]
            )
            print(f"  {key:8} {name:36} n {len(part):3}  {figures}")
        found[key] = table
    return found


def _name(row: rs.Scored, key: str) -> str:
    return row.query.source if key == "source" else f"{row.query.source}/{row.query.category}"


def show_baselines(path: str) -> None:
    """Print what simple methods reach on the set, when its authors say so."""
    place = Path(path).parent if Path(path).is_file() else Path(path)
    file = place / "baselines.json"
    if not file.is_file():
        return
    print("\nbaselines: core r@5, core h@1, real r@5, real h@1, easy none, answered")
    for name, found in json.loads(file.read_text()).items():
        real = found.get("sources", {}).get("real", {})
        core = found.get("macro_core", {})
        values = [core.get("recall"), core.get("hit1"), real.get("recall"), real.get("hit1")]
        values += [found.get("abstain_easy"), found.get("answered")]
        print(
            f"  {name:18}"
            + "".join(f" {value:.3f}" if isinstance(value, float) else "     -" for value in values)
        )


def main() -> None:
    """Run the selectors that were asked for and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set")
    parser.add_argument("--selector", action="append", choices=["lexical", "anticipated", "semantic", "llm"])
    parser.add_argument("--anticipated", default="", metavar="FILE")
    parser.add_argument("--json", metavar="OUT")
    args = parser.parse_args()
    chosen = args.selector or ["lexical", "anticipated", *["semantic"] * _has_vectors()]
    if "semantic" in chosen and not _has_vectors():
        sys.exit("the extra memctl-cli[semantic] is not installed")
    found = {selector: report(selector, run(args.set, selector, args.anticipated)) for selector in chosen}
    show_baselines(args.set)
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=1) + "\n")


def _has_vectors() -> bool:
    from memctl.services.recall import semantic

    return semantic.available()


if __name__ == "__main__":
    main()
