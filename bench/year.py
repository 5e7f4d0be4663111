#!/usr/bin/env python3
"""A year of dreams: what is left of a growing memory when everything is accepted that may be accepted in bulk.

    python bench/year.py [--days 365] [--seed 1] [-v]

Each day facts are saved: new ones, ones that were said before in the same words, ones that give a subject another
value and say that the former no longer holds. Each night the rules dream, and then a scripted model at its worst: it
merges everything, invents, deletes, words badly, or answers nothing; `review --accept all` follows. Figures:

    lost          statements that stand in no file and were listed by no proposal
    hidden        subjects whose present value is in no memory that holds now
    live          memories that hold now, beside the statements that were ever made and those of the last two days
    index         the most lines and bytes of MEMORY.md on any day
    undone        whether undoing every change gives the first day back, byte for byte
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)

START = datetime(2025, 1, 1, 9, tzinfo=UTC)
PLACES = "quay,dock,basin,pier,lock,mole,slip,weir,jetty,wharf,canal,marina".split(",")
THINGS = "pump,crane,lamp,scale,gate,winch,camera,buoy,barrier,sensor,siren,printer,heater,radio".split(",")
WORST = ("merge", "invent", "delete", "words", "empty", "garbage")
"""What the scripted model does, a night each."""


@dataclass
class World:
    """The memory directory and what was ever said: `statements` in order, `values` by subject."""

    directory: str
    random: random.Random
    statements: dict[str, str] = field(default_factory=dict)  # statement -> its subject
    values: dict[str, int] = field(default_factory=dict)
    saves: int = 0
    recent: list[int] = field(default_factory=list)  # saves of each day

    def day(self, number: int) -> list[str]:
        """What is said on a day: one to three statements."""
        return [self._said() for _ in range(self.random.randint(1, 3))]

    def _said(self) -> str:
        kind = self.random.random()
        if kind < 0.4 and self.values:
            subject = self.random.choice(list(self.values))
            return self._stated(subject, self.values[subject])
        if kind < 0.6 and self.values:
            subject = self.random.choice(list(self.values))
            old, new = self.values[subject], self.random.randint(1000, 9999)
            self.values[subject] = new
            return f"The {subject} listens on port {new}, no longer on {old}"
        free = [s for p in PLACES for t in THINGS if (s := f"{p} {t}") not in self.values]
        if not free:
            return self._stated(*self.random.choice(list(self.values.items())))
        subject = self.random.choice(free)
        self.values[subject] = self.random.randint(1000, 9999)
        return self._stated(subject, self.values[subject])

    def _stated(self, subject: str, value: int) -> str:
        known = [s for s, of in self.statements.items() if of == subject and f"port {value}" in s]
        return known[-1] if known else f"The {subject} listens on port {value}"


class Worst:
    """A model that answers as badly as it can: what it says depends on the night and on what it was shown."""

    name, model = "worst", None

    def __init__(self, way: str) -> None:
        self.way = way

    def warm(self) -> None:
        """Nothing to prepare."""

    def ask(self, prompt: Any, deadline: float) -> Any:
        """An answer about the memories that the prompt names. Raises ModelFailed where it is garbage."""
        from memctl.errors import ModelFailed
        from memctl.llm.provider import Reply

        if self.way == "garbage":
            raise ModelFailed("the model's answer holds no usable JSON", slug="bad-reply")
        names = [line[1:].partition("]")[0] for line in prompt.user.splitlines() if line.startswith("[")]
        return Reply({"advice": list(self._advice(names))})

    def _advice(self, names: list[str]) -> Iterator[Mapping[str, object]]:
        empty: dict[str, object] = {"description": "", "body": "", "parts": [], "quote": "", "why": "so"}
        if self.way == "merge" and len(names) > 1:
            every = " ".join(f"{name} is merged." for name in names)
            yield {**empty, "kind": "merge", "memories": names[:20], "description": "All", "body": every}
        if self.way == "invent":
            for name in names[:9]:
                said = "The harbour master forbids everything on port 1"
                yield {**empty, "kind": "describe", "memories": [name], "description": said}
        if self.way == "delete":
            for name in names[:9]:
                yield {**empty, "kind": "over", "memories": [name], "quote": "no longer on"}
        if self.way == "words":
            for one, other in zip(names[::2], names[1::2], strict=False):
                yield {**empty, "kind": "supersede", "memories": [one, other]}


@dataclass
class Figures:
    """What a simulation came to."""

    days: int = 0
    statements: int = 0
    live: int = 0
    over: int = 0  # the most live memories beyond the statements and what is too young, on any day
    lost: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    lines: int = 0
    bytes: int = 0
    changes: int = 0
    undone: bool = False

    @property
    def line(self) -> str:
        """All of it for a person."""
        return (
            f"days {self.days}: statements {self.statements}, live {self.live} (over {self.over}), "
            f"lost {len(self.lost)}, hidden {len(self.hidden)}, index at most {self.lines} lines "
            f"{self.bytes:,} bytes, changes {self.changes}, undone {'yes' if self.undone else 'no'}"
        )


def simulate(directory: str, days: int, seed: int = 1, *, verbose: bool = False) -> Figures:
    """Live through `days` in the empty `directory`; memctl's own places are where the environment says."""
    world, found = World(directory, random.Random(seed)), Figures()
    listed: set[str] = set()
    _save(world, ["The harbour office is in the old mill"], START.timestamp())
    first = _files(directory)
    for number in range(1, days + 1):
        at = (START + timedelta(days=number)).timestamp()
        _save(world, world.day(number), at)
        _dream(world, WORST[number % len(WORST)], at + 3600, listed)
        _look(world, found, listed, at + 3600)
        if verbose and number % 30 == 0:
            print(f"{number}: {found.line}, {time.process_time():.0f} s of CPU", file=sys.stderr, flush=True)
    found.days = days
    _go_back(directory, found, first)
    return found


def _save(world: World, said: list[str], at: float) -> None:
    from memctl.domain import times
    from memctl.domain.change import Change, Write
    from memctl.format import topic

    when = times.write(at)
    about = {"type": "project", "created": when, "modified": when, "origin": "person"}
    for one in said:
        name = f"m{world.saves:04}"
        content = topic.encode(name, one, f"{one}.\n", about)
        _door(world.directory).write(Change("save", (Write(f"{name}.md", content),)), now=at)
        world.saves += 1
        subject = " ".join(one.split()[1:3])
        world.statements[one] = subject
    world.recent.append(len(said))


def _door(directory: str) -> Any:
    from memctl.services.write.door import WriteDoor

    return WriteDoor(_place(directory), "memctl")


def _place(directory: str) -> Any:
    from memctl.store.state.resolve import Place

    return Place(directory, "/", [])


def _dream(world: World, way: str, at: float, listed: set[str]) -> None:
    """A night: the rules, then the model, each with everything accepted in bulk; what an accepted proposal
    lists as lost is `listed`."""
    from memctl import settings
    from memctl.services.dream import consolidation, counsel
    from memctl.services.review.loss import coverage_of
    from memctl.services.review.verdicts import Review

    wanted = replace(settings.load(), dream_proposals=40)
    for by, engine in (("rules", consolidation.rules), ("llm", counsel.by(Worst(way)))):
        place = _place(world.directory)
        consolidation.dream(place, engine, wanted, by=by, root=world.directory, now=at)
        desk = Review(place, now=at)
        offers = desk.offers()[0]
        left = desk.left_by_all([offer.entry for offer in offers])
        taken = [offer for offer in offers if offer.entry not in left]
        for offer in taken:
            kept = coverage_of(offer.planned)
            listed |= {text for _, text in kept.lost} if kept else set()
        if taken:
            desk.accept([offer.entry for offer in taken])
        for entry in left:
            desk.reject(entry)


def _look(world: World, found: Figures, listed: set[str], at: float) -> None:
    """Count what there is on the evening of a day."""
    from memctl.domain import relation
    from memctl.store.memory.memories import MemoryStore

    memories = MemoryStore(world.directory).memories()[0]
    live = [memory for memory in memories if not relation.header_state(memory.metadata, at)]
    told = "\n".join(memory.body for memory in memories)
    holds = "\n".join(memory.body for memory in live)
    found.lost |= {one for one in world.statements if one not in told and one not in listed}
    found.hidden |= {
        s for s, value in world.values.items() if f"The {s} listens on port {value}" not in holds
    }
    found.statements, found.live = len(world.statements), len(live)
    found.over = max(found.over, len(live) - len(world.statements) - sum(world.recent[-2:]))
    index = Path(world.directory, "MEMORY.md").read_bytes()
    found.lines, found.bytes = max(found.lines, index.count(b"\n")), max(found.bytes, len(index))


def _go_back(directory: str, found: Figures, first: dict[str, bytes]) -> None:
    """Undo everything but the first day."""
    from memctl.services.write import undo
    from memctl.store.history import records

    found.changes = len(records.log(directory)) - 1
    undo.undo(_door(directory), found.changes, now=time.time())
    found.undone = _files(directory) == first


def _files(directory: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(directory).iterdir() if path.is_file()}


def main() -> None:
    """Parse the command line, live through it, and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for kind in ("STATE", "CACHE", "CONFIG", "DATA"):
            os.environ[f"MEMCTL_{kind}_DIR"] = os.path.join(scratch, kind.lower())
        directory = os.path.join(scratch, "memory")
        os.mkdir(directory)
        began = time.monotonic()
        print(simulate(directory, args.days, args.seed, verbose=args.verbose).line)
        print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
