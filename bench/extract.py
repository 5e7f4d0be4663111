#!/usr/bin/env python3
"""Extraction measured: precision and recall on labelled sessions; time and peak memory on large ones.

    python bench/extract.py                      the rules engine on tests/fixtures/labelled
    python bench/extract.py --labelled FILE      on other labelled sessions, same form
    python bench/extract.py --engine llm         the llm engine, with the provider of the user's settings
    python bench/extract.py --size 100           a transcript of 100 MB (and of a tenth, to see what grows)

A proposal is right when one of its quotes and an expected phrase overlap (one holds the other) in the same
session; an expected phrase is found when a proposal is right about it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Parse the command line and print what was measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--labelled", type=Path)
    parser.add_argument("--engine", choices=("rules", "llm"), default="rules")
    parser.add_argument("--size", type=int, help="megabytes of a generated Claude Code transcript")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(one(args.one)))
    elif args.size:
        sizes(args.size)
    else:
        quality(args.labelled, args.engine, args.verbose)


def sandbox(folder: str) -> None:
    """Keep every place of memctl inside `folder`."""
    for kind in ("STATE", "CACHE", "CONFIG", "DATA"):
        if kind != "CONFIG" or "MEMCTL_CONFIG_DIR" not in os.environ:
            os.environ[f"MEMCTL_{kind}_DIR"] = os.path.join(folder, kind.lower())


def quality(path: Path | None, engine_name: str, verbose: bool) -> None:
    """Precision and recall over all sessions, and by format."""
    from memctl.agents.transcripts import readers
    from memctl.services.learn.extraction import Rules, extract
    from tests.kit import sessions as kit

    found = kit.labelled(path) if path else kit.labelled()
    totals: dict[str, list[int]] = {}
    for number, labelled in enumerate(found):
        with tempfile.TemporaryDirectory() as folder:
            sandbox(folder)
            file = kit.write(labelled.turns, labelled.format, Path(folder), f"s{number}")
            engine = Rules() if engine_name == "rules" else _llm()
            session = readers.open_file(str(file))[0]
            outcome = extract(_place(folder), session, engine, now=time.time())
        quotes = [[e.quote for e in p.evidence] for p in outcome.proposals]
        right = [any(_overlap(q, x) for q in qs for x in labelled.expect) for qs in quotes]
        hit = [any(_overlap(q, x) for qs in quotes for q in qs) for x in labelled.expect]
        for key in ("all", labelled.format):
            sums = totals.setdefault(key, [0, 0, 0, 0])
            for at, add in enumerate((sum(right), len(quotes), sum(hit), len(labelled.expect))):
                sums[at] += add
        for ok, qs in zip(right, quotes, strict=True):
            if not ok:
                print(f"  wrong   [{labelled.name}] {qs[0]}")
        for ok, phrase in zip(hit, labelled.expect, strict=True):
            if not ok:
                print(f"  missed  [{labelled.name}] {phrase}")
        if verbose:
            for proposal in outcome.proposals:
                print(f"  {proposal.type:<9} {proposal.name:<40} {proposal.body!r}")
    print(f"{engine_name}: {len(found)} sessions")
    for key, (right_count, proposed, hits, expected) in totals.items():
        precision = right_count / proposed if proposed else 1.0
        recall = hits / expected if expected else 1.0
        print(
            f"  {key:<12} precision {precision:.3f} ({right_count}/{proposed})  recall {recall:.3f} ({hits}/{expected})"
        )


def _place(folder: str) -> Any:
    from memctl.store.state.resolve import Place

    return Place(os.path.join(folder, "memory"), folder, [])


def _overlap(quote: str, phrase: str) -> bool:
    one, other = " ".join(quote.split()).casefold(), " ".join(phrase.split()).casefold()
    return one in other or other in one


def _llm() -> object:
    from memctl import settings
    from memctl.llm.choose import choose
    from memctl.services.learn.by_model import Llm

    return Llm(choose(settings.load(), "extract"))


def sizes(megabytes: int) -> None:
    """Time and peak memory of a whole extraction, each in a process of its own, at a tenth and at full size."""
    with tempfile.TemporaryDirectory() as folder:
        for size in (max(1, megabytes // 10), megabytes):
            path = Path(folder) / f"{size}.jsonl"
            generate(path, size)
            line = [sys.executable, __file__, "--one", str(path)]
            found = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
            print(f"{size:>5} MB: {found['seconds']:.2f} s, peak {found['peak_mib']:.1f} MiB, {found['turns']} messages read, "
                  f"{found['proposals']} proposals, {found['dropped']}")  # fmt: skip


def generate(path: Path, megabytes: int) -> None:
    """A session of that size: two of three bytes are tool results, as in real ones."""
    from tests.kit.sessions import claude_records

    parent, number, left = None, 0, megabytes * 1_000_000
    filler = "the quick brown fox reads a file and prints what it finds there; " * 40
    with path.open("w", encoding="utf-8") as out:
        while left > 0:
            said = (
                f"Remember that the port is {number}."
                if number % 400 == 0
                else f"Please look at module {number} and fix it."
            )
            turns = [
                ("user", said),
                ("assistant", "I will look. " + filler[:1200]),
                ("tool", f"{number} " + filler * 2),
            ]
            records = claude_records(turns, "big", parent, number)
            for record in records:
                line = json.dumps(record) + "\n"
                out.write(line)
                left -= len(line)
            parent = str(records[-1]["uuid"])
            number += 3


def one(path: Path) -> dict[str, object]:
    """Extract `path` once in this process."""
    from memctl.agents.transcripts import readers
    from memctl.services.learn.extraction import Rules, extract

    with tempfile.TemporaryDirectory() as folder:
        sandbox(folder)
        started = time.perf_counter()
        outcome = extract(_place(folder), readers.open_file(str(path))[0], Rules(), now=time.time())
        seconds = time.perf_counter() - started
    peak = _peak_mib()
    return {
        "seconds": seconds,
        "peak_mib": peak,
        "turns": outcome.turns,
        "proposals": len(outcome.proposals),
        "dropped": dict(outcome.dropped),
    }


def _peak_mib() -> float:
    """Peak memory of this process alone; getrusage would count what the parent had before the exec."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
