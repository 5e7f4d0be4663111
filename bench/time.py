#!/usr/bin/env python3
"""Facts that change over time: what a save notices of the memories that it changes.

    python bench/time.py SET [--only NAME ...] [-v]
    python bench/time.py --folder DIR      how long `conflicts` takes in a memory directory, and what it finds

SET is a folder or .tar.gz of `<folder>/events.jsonl`: saves in the order of their dates, each with what is expected
of it (`supersedes`, `beside`, `about`, `cue`, `free`). Every folder's saves go one by one into an empty memory
directory, nobody answering; a near-duplicate is saved all the same. Figures by source:

    replaced    saves that name the memory they replace, of those that replace one; and what else they call replaced
    noticed     saves that name the memory they are about in any way
    overridden  memories that must stay beside and were called replaced
    sure        of the right and the wrong ones those that are called sure
"""

import argparse
import json
import os
import sys
import tarfile
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from memctl.services.related.verdict import Verdict

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not bench itself, whose time.py would stand in for the standard library's

Event = dict[str, Any]


def main() -> None:
    """Parse the command line and print a line for each source."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", type=Path, nargs="?")
    parser.add_argument("--folder", type=Path, help="a memory directory")
    parser.add_argument(
        "--only", nargs="*", default=(), help="folders of the set, by the beginning of their names"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="name every wrong and missed save")
    args = parser.parse_args()
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as scratch:
        for kind in ("STATE", "CACHE", "CONFIG", "DATA"):
            os.environ[f"MEMCTL_{kind}_DIR"] = os.path.join(scratch, kind.lower())
        if args.folder:
            print(pairs(str(args.folder)))
        if args.set is None:
            return
        for number, (name, source, events) in enumerate(folders(unpacked(args.set, scratch), args.only)):
            directory = os.path.join(scratch, "memories", str(number))
            totals[source] += folder_counts(name, directory, events, args.verbose)
    for source, count in totals.items():
        print(line(source, count))


def pairs(directory: str) -> str:
    """What `conflicts` finds in a memory directory, and in which time: with a search cache to make, and
    again with it."""
    from memctl.services.related.conflicts import conflicts
    from memctl.store.memory.listing import columns
    from memctl.store.memory.memories import MemoryStore

    took = []
    for _ in range(2):
        before = time.perf_counter()
        found = conflicts(MemoryStore(directory), time.time())
        took.append(time.perf_counter() - before)
    count, sure = len(columns(directory).files), sum(one.verdict.is_sure for one in found)
    return f"{count} files: {len(found)} pairs, {sure} sure; {took[0]:.1f} s, again {took[1]:.1f} s"


def unpacked(path: Path, scratch: str) -> Path:
    """The folder of a set that may be an archive."""
    if path.is_dir():
        return path
    with tarfile.open(path) as archive:
        archive.extractall(os.path.join(scratch, "set"), filter="data")
    return Path(scratch, "set")


def folders(root: Path, only: tuple[str, ...]) -> Iterator[tuple[str, str, list[Event]]]:
    """(name, source, events) of every folder with events."""
    sources = {d["name"]: d["source"] for f in root.rglob("dirs.json") for d in json.loads(f.read_text())}
    for file in sorted([*root.glob("*/events.jsonl"), *root.glob("*/*/events.jsonl")]):
        name = file.parent.name
        if not only or name.startswith(tuple(only)):
            lines = file.read_text(encoding="utf-8").splitlines()
            yield name, sources.get(name, name), [json.loads(row) for row in lines]


def folder_counts(name: str, directory: str, events: list[Event], verbose: bool) -> Counter[str]:
    """The counts of one folder, its events saved into `directory`."""
    count: Counter[str] = Counter()
    os.makedirs(directory)
    chain = {e["name"]: e["expect"]["supersedes"] for e in events}
    for event in events:
        before = time.perf_counter()
        relations, refused = saved(directory, event)
        count["ms"] += round(1000 * (time.perf_counter() - before))
        scored = score(event["expect"], relations, chain)
        count += Counter(scored) + Counter({"saves": 1, "refused": refused})
        if verbose and (scored["wrong"] or scored["overridden"] or scored["want"] > scored["right"]):
            told = {name: verdict.relation for name, verdict in relations.items()}
            print(f"  {name}: {event['description']!r} {event['expect']['supersedes']} {told}")
    return count


def saved(directory: str, event: Event) -> "tuple[dict[str, Verdict], bool]":
    """How the save stands to earlier memories, by their names; and whether it was refused at first."""
    from memctl.errors import Refused
    from memctl.services.write.door import WriteDoor
    from memctl.services.write.draft import draft
    from memctl.services.write.request import Request
    from memctl.store.memory.memories import MemoryStore
    from memctl.store.state.registry import open_place

    store, refused = MemoryStore(directory), False
    request = Request(event["text"], event["name"], event["description"], event["type"], now=time.time())
    try:
        drafted = draft(store, request)
    except Refused as error:
        if error.slug not in ("duplicate", "exists"):
            raise
        refused, drafted = True, draft(store, replace(request, force=True, update=error.slug == "exists"))
    if drafted.change is not None:
        WriteDoor(open_place(directory, directory)).write(drafted.change, now=request.now)
    return {one.name: one.verdict for one in drafted.related}, refused


def score(expect: Event, relations: "dict[str, Verdict]", chain: dict[str, str | None]) -> dict[str, int]:
    """What one save counts for. What its own predecessors replaced before is not held against it."""
    want, older = expect["supersedes"], []
    at = want
    while at and at not in older:
        older.append(at)
        at = chain.get(at)
    replaced = {name for name, verdict in relations.items() if verdict.relation == "replaces"}
    sure = {name for name in replaced if relations[name].is_sure}
    cue = expect.get("cue") or "none"
    return {
        "want": bool(want),
        "right": want in replaced,
        "wrong": 0 if expect.get("free") else len(replaced - set(older)),
        "sure": want in sure,
        "sure wrong": 0 if expect.get("free") else len(sure - set(older)),
        "noticed want": bool(expect["about"]),
        "noticed": expect["about"] in relations,
        "beside": bool(expect["beside"]),
        "overridden": bool(expect["beside"]) and expect["about"] in replaced,
        f"{cue} want": bool(want),
        f"{cue} right": want in replaced,
    }


def line(source: str, count: Counter[str]) -> str:
    """The figures of one source."""
    cues = ", ".join(f"{c} {count[c + ' right']}/{count[c + ' want']}" for c in ("explicit", "implicit"))
    return (
        f"{source}: {count['saves']} saves, {count['refused']} refused; replaced {count['right']}/{count['want']} "
        f"right, {count['wrong']} wrong ({cues}; sure {count['sure']} right, {count['sure wrong']} wrong); noticed {count['noticed']}/{count['noticed want']}; "
        f"overridden {count['overridden']}/{count['beside']}; {count['ms'] / max(1, count['saves']):.0f} ms a save"
    )


if __name__ == "__main__":
    main()
