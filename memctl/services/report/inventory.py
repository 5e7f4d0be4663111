"""What a report says: gathered from the files, the history, the inbox and the ledger; nothing is written."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from memctl.domain import TYPES
from memctl.domain.memory import Memory
from memctl.domain.proposal import Proposal
from memctl.domain.relation import is_pinned
from memctl.errors import MemctlError
from memctl.services import counts
from memctl.services.evidence import changed
from memctl.services.guard import redact
from memctl.services.recall import overview
from memctl.services.recall.hits import Hit
from memctl.store.history import records
from memctl.store.history.records import Record
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import surfaced
from memctl.store.state.inbox import Inbox
from memctl.store.state.resolve import Place

LISTED_MAX = 2_000
"""Memories that are listed, the newest. A page of more is slow to open, and `memctl list` has them all."""

BODIES_MAX = 500
BODY_MAX = 2_000
"""Of these the memories whose text is there, and its characters: about a megabyte in all."""

LINE_MAX = 300
"""Characters of a description, of evidence and of a reason: files that somebody wrote by hand hold any."""

CHANGES_MAX = 200
WAITING_MAX = 100
CALLS_MAX = 50
UNUSED_MAX = 50
"""Changes, proposals, recalls and memories that were never of use, as far as they are listed."""

COST_DAYS = 30
EVIDENCE_SECONDS = 3.0
"""For comparing evidence with the working tree; of what was not looked at by then nothing is said."""

DAY = 86_400.0


@dataclass(frozen=True)
class Remembered:
    """One memory as it is listed. Times are in seconds since the epoch; `uses` are sessions, 0 for none."""

    name: str
    description: str
    type: str
    modified: float
    notes: tuple[str, ...]  # how it stands: replaced, expired, archived, pinned, damaged
    evidence: str
    state: str  # of the evidence: valid, changed, gone or ""
    uses: int
    used: float
    body: str | None  # None where it was left out
    is_cut: bool = False


@dataclass
class Contents:
    """All that a report says; `cut` has a sentence for each thing that was left out."""

    place: Place
    now: float
    total: int = 0
    memories: dict[str, list[Remembered]] = field(default_factory=dict)  # by type
    figures: Mapping[str, Any] = field(default_factory=dict)
    changes: list[Record] = field(default_factory=list)
    waiting: list[Proposal] = field(default_factory=list)
    waiting_total: int = 0
    calls: Sequence[Mapping[str, Any]] = ()  # recalls at prompts, the newest first
    recent: Mapping[str, int] = field(default_factory=dict)  # what came of the last days' prompts
    unused: list[str] = field(default_factory=list)
    unused_total: int = 0
    cost: Mapping[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)


def gather(
    place: Place, now: float, calls: Sequence[Mapping[str, Any]] = (), recent: Mapping[str, int] | None = None
) -> Contents:
    """The contents for `place` at `now`; `calls` are the hooks' recalls, oldest first, and `recent` their
    figures. Raises Damaged where the memory directory cannot be read."""
    found = Contents(place, now, recent=recent or {})
    hits, problems = overview.headers(place.directory, now=now)
    store, uses = MemoryStore(place.directory), surfaced.uses(place.directory)
    _memories(found, store, overview.ordered(hits, "modified"), uses)
    found.problems = [f"{file} {message}" for file, message in problems]
    found.figures = _figures(store, hits, now)
    _changes(found)
    _waiting(found)
    found.calls = [call for call in reversed(calls) if call.get("recalled")][:CALLS_MAX]
    unused = [hit.stem for hit in hits if hit.file not in uses and hit.answers(now)]
    found.unused, found.unused_total = sorted(unused)[:UNUSED_MAX], len(unused)
    found.cost = counts.cost(now, COST_DAYS)
    return found


def _memories(
    found: Contents, store: MemoryStore, hits: Sequence[Hit], uses: Mapping[str, list[float]]
) -> None:
    found.total = len(hits)
    listed = hits[:LISTED_MAX]
    until = time.monotonic() + EVIDENCE_SECONDS
    states = changed.states(store.directory, [hit.file for hit in listed], found.place.root, until=until)
    found.memories = {name: [] for name in TYPES}
    for number, hit in enumerate(listed):
        one = _remembered(found, store, hit, states.get(hit.file, ""), uses.get(hit.file, ()), number)
        found.memories.setdefault(one.type, []).append(one)
    if len(hits) > len(listed):
        found.cut.append(f"{len(hits) - len(listed):,} older memories are not listed: memctl list")
    if len(listed) > BODIES_MAX:
        found.cut.append(
            f"the text of {len(listed) - BODIES_MAX:,} older memories is left out: memctl show NAME"
        )


def _remembered(
    found: Contents, store: MemoryStore, hit: Hit, state: str, used: Sequence[float], number: int
) -> Remembered:
    notes = [hit.label(found.now), *hit.warnings]
    evidence, body, is_cut = "", None, False
    try:
        memory = store.skim(hit.file)
    except MemctlError as error:
        notes.append(error.message)
    else:
        notes.insert(0, "pinned" if is_pinned(memory.metadata) else "")
        evidence = _evidence(memory)
        if number < BODIES_MAX:
            body, is_cut = text(memory.body), len(memory.body) > BODY_MAX
    name, description, rests_on = map(line, (hit.stem, hit.description, evidence))
    told = tuple(line(note) for note in notes[:5] if note)
    times_used, last = len(used), max(used, default=0.0)
    type_ = hit.type or "no type"
    return Remembered(
        name, description, type_, hit.modified, told, rests_on, state, times_used, last, body, is_cut
    )


def line(said: str) -> str:
    """`said` without secrets, as much of it as a line of the report holds."""
    return _cut(said, LINE_MAX, "…")


def text(said: str) -> str:
    """As `line`, of a whole text."""
    return _cut(said, BODY_MAX)


def _cut(said: str, most: int, mark: str = "") -> str:
    """Looked at beyond the cut: half of a key is none that the guard would know."""
    shown = redact(said[: 2 * most])
    return shown if len(shown) <= most else shown[:most] + mark


def _evidence(memory: Memory) -> str:
    value = memory.metadata.get("evidence")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _figures(store: MemoryStore, hits: Sequence[Hit], now: float) -> dict[str, Any]:
    """Counts of all memories, those that are not listed too."""
    from memctl.services.tiers import census

    try:
        figures = census.count(store)
    except MemctlError:
        figures = {"tiers": {}, "index": {}}
    return figures | {"stale": sum(bool(hit.stale(now)) for hit in hits)}


def _changes(found: Contents) -> None:
    try:
        read, damage = records.readable(found.place.directory, CHANGES_MAX + 1)
    except MemctlError as error:
        found.problems.append(error.message)
        return
    found.problems += [] if damage is None else [damage.message]
    found.changes = read[:CHANGES_MAX]
    if len(read) > CHANGES_MAX:
        found.cut.append(f"only the last {CHANGES_MAX} changes are listed: memctl log -n 1000")


def _waiting(found: Contents) -> None:
    try:
        entries, damaged = Inbox(found.place.directory).entries()
    except OSError as error:  # no folder, or one that cannot be read: the rest is still to be read
        found.problems.append(f"{error.filename}: {error.strerror}")
        return
    waiting = [entry.proposal for entry in entries if entry.approval is None]
    found.waiting, found.waiting_total = waiting[:WAITING_MAX], len(waiting)
    found.problems += [f"{name} in the inbox holds no proposal" for name in damaged]
    if len(waiting) > WAITING_MAX:
        found.cut.append(f"{len(waiting) - WAITING_MAX:,} more proposals wait: memctl review --list")
