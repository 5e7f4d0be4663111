#!/usr/bin/env python3
"""Session notes measured: what survives real compactions, and what a long session costs.

    python bench/session.py --replay TOOL --set SET             figures of a set of recorded compactions
    python bench/session.py --replay TOOL --set SET --only a,b  of these compactions only (hold the others back)
    python bench/session.py --size 100                          a transcript of 100 MB: first note, update, find

Seconds are CPU seconds. TOOL is a scorer that runs `--cmd` and `--pages` on cut transcripts and prints shares (compaction_replay.py). The
second figure of --size is an update after one more exchange; a tenth of the size is measured too, to see what
grows.
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

NOTE = "session note --transcript {transcript} --until {uuid}"
PAGES = "session show {transcript} {query}"


def main() -> None:
    """Parse the command line and print what was measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replay", type=Path, help="the scorer")
    parser.add_argument("--set", help="a folder or archive of recorded compactions")
    parser.add_argument("--only", help="ids of compactions, by commas")
    parser.add_argument("--size", type=int, help="megabytes of a generated transcript")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MEMCTL_DIR"] = os.path.join(folder, "memory")
        for kind in ("STATE", "CACHE", "CONFIG", "DATA"):
            os.environ.setdefault(f"MEMCTL_{kind}_DIR", os.path.join(folder, kind.lower()))
        if args.one:
            print(json.dumps(one(args.one)))
        elif args.size:
            sizes(args.size, Path(folder))
        elif args.replay and args.set:
            sys.exit(replay(args.replay, args.set, args.only))
        else:
            parser.error("give --replay and --set, or --size")


def replay(tool: Path, found: str, only: str | None) -> int:
    """The scorer's table for this memctl."""
    memctl = f"{sys.executable} -m memctl"
    command = [sys.executable, str(tool), "--set", found, "--cmd", f"{memctl} {NOTE}"]
    command += ["--pages", f"{memctl} {PAGES}", *(["--only", only] if only else [])]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode


def sizes(megabytes: int, folder: Path) -> None:
    """First note, update and find on a tenth of the size and on all of it, each in a process of its own."""
    for size in (max(1, megabytes // 10), megabytes):
        path = folder / f"{size}.jsonl"
        generate(path, size << 20)
        run = subprocess.run(
            [sys.executable, __file__, "--one", str(path)], capture_output=True, text=True, check=True
        )
        found = json.loads(run.stdout)
        print(
            f"{size:>5} MB  {found['turns']:>7} turns  first {found['first']:.2f} s  update {found['update']:.3f} s"
            f"  find {found['find']:.2f} s  peak {found['peak']} MB  note {found['characters']} characters"
        )


def generate(path: Path, size: int) -> None:
    """A session of Claude Code of about `size` bytes."""
    from tests.kit import work

    steps: list[work.Step] = []
    for number in range(50):
        command = (
            f"make part{number} && go test ./part{number}/...",
            f"line {number}\n" * 400,
            not number % 7,
        )
        steps += [("assistant", f"I look at part {number}."), ("run", command)]
    parent, written = None, 0
    with path.open("w", encoding="utf-8") as handle:
        while written < size:
            ask = f"Never push change {written} to main. Then fix the part."
            records = work.claude([("user", ask), *steps], "long", parent)
            parent = records[-1]["uuid"]
            written += handle.write(work.lines(records))


def one(path: Path) -> dict[str, Any]:
    """CPU seconds for the first note, for one after an exchange more, and for a find; peak memory."""
    from memctl.agents.transcripts import readers
    from memctl.services.session import note, pages
    from memctl.store.state.sessions import SessionStates
    from tests.kit import work

    states = SessionStates(os.environ["MEMCTL_DIR"])
    session = readers.open_file(str(path))[0]
    began = time.process_time()
    note.note(session, states, now=time.time())
    first = time.process_time() - began
    with path.open("rb") as handle:
        handle.seek(-65_536, os.SEEK_END)
        last = json.loads(handle.read().rstrip().rpartition(b"\n")[2])["uuid"]
    with path.open("a", encoding="utf-8") as handle:
        handle.write(work.lines(work.claude([("user", "Never deploy."), ("assistant", "No.")], "more", last)))
    began = time.process_time()
    found = note.note(session, states, now=time.time())
    update = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    began = time.process_time()
    pages.find(session, "never push change to main part")
    return {
        "turns": found.contents.turns, "first": first, "update": update, "find": time.process_time() - began,
        "peak": peak, "characters": len(found.text),
    }  # fmt: skip


if __name__ == "__main__":
    main()
