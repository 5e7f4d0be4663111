"""The examination of the files: what changed since the last one is read, what did not is known.

Two things are kept under the same premises. The whole report, which stands while nothing in the directory
changed, by the names and stats of all that lies in it; and a chart of each file, so that after a change that
file alone is read, and the checks run on all charts. What may have changed without a trace (within two
seconds of the look) is not kept, and neither is the report of a directory in which lies what names and stats
do not tell.
"""

import json
import time
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from memctl.domain import times
from memctl.domain.finding import Finding
from memctl.domain.fingerprint import hash_many
from memctl.errors import MemctlError
from memctl.services.doctor import chart, content, files, relations, resemblance
from memctl.services.doctor.premises import premises
from memctl.services.doctor.resemblance import Sketches
from memctl.services.doctor.view import Ground, Likeness, View, ground, index_of, is_memory
from memctl.store.memory import inventory
from memctl.store.memory.memories import MANY, MemoryStore
from memctl.store.search.freshness import RACY_NS
from memctl.store.state import diagnoses
from memctl.text import similar
from memctl.text.alignment import values

SAID_AFTER, SAID_EVERY = 1.0, 0.2
"""Seconds of reading after which progress is said, and how often."""

TOLD = 3
"""Memories of which it is told of one that they say nearly the same."""

TEXTS = 256
"""Texts that are held while pairs are compared: a folder may hold many that are alike."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Report:
    """What the checks of files, texts and relations found; `out` are the memories kept out of the index, each
    with the reason; `files` all of them. It holds from `since` to `until`, when the next one expires."""

    findings: list[Finding]
    files: list[str]
    out: dict[str, str]
    since: float
    until: float


def examine(at: Ground, progress: Progress | None = None) -> Report:
    """The report on the directory as it is now. Raises Damaged when it cannot be listed."""
    found = inventory.take(at.directory)
    racy = found.since(time.time_ns() - RACY_NS)
    rules = premises()
    digest = f"{at.directory} {at.in_tree} {found.digest()}" if found.is_plain and not racy else ""
    if digest and (said := _kept(diagnoses.report(at.directory, rules, digest), found, at.now)):
        return said
    known = diagnoses.kept(at.directory, rules)
    look = _Look(at.store, found, known, progress)
    report = _report(look.view(at))
    fresh = [row for file, row in look.new.items() if file not in racy]
    diagnoses.keep(
        at.directory, rules, digest, _values(report), fresh, diagnoses.Kept(look.rows, look.scores)
    )
    return report


def look(directory: str, now: float) -> View:
    """The directory as the checks see it, read anew. Raises Damaged when it cannot be listed."""
    at = ground(directory, now)
    return _Look(at.store, inventory.take(directory), diagnoses.Kept(), None).view(at)


def _report(view: View) -> Report:
    found = [*files.check(view), *content.check(view), *relations.check(view)]
    ends = [times.end_of(one.expires) for one in view.charts if one.expires]
    until = min((end for end in ends if end > view.now), default=0.0)
    out = {one.file: one.out for one in view.charts if one.out}
    return Report(found, [one.file for one in view.charts], out, view.now, until)


def _values(report: Report) -> list[object]:
    found = [chart.finding_values(finding) for finding in report.findings]
    return [found, report.out, report.since, report.until]


def _kept(values: Any, found: inventory.Inventory, now: float) -> Report | None:
    """The report that `_values` gave, where it still holds."""
    try:
        said, out, since, until = values
        if not (since <= now and (not until or now < until)):
            return None
        findings = [Finding(*item) for item in said]
    except (TypeError, ValueError):
        return None
    return Report(findings, [file for file in found.looks if is_memory(file)], out, since, until)


class _Look:
    """One look at every file: as it is known, or read. `rows` are those that hold now, `new` those of them
    that were not known; `scores` how alike the pairs are that were compared."""

    def __init__(
        self, store: MemoryStore, found: inventory.Inventory, known: diagnoses.Kept, progress: Progress | None
    ) -> None:
        self.store, self.found, self.known, self.progress = store, found, known, progress
        self.rows: dict[str, diagnoses.Row] = {}
        self.new: dict[str, diagnoses.Row] = {}
        self.scores: dict[str, float] = {}
        self._charts: list[chart.Chart] = []
        self._text = lru_cache(TEXTS)(store.skim)
        self._sketches: dict[str, Sketches] = {}

    def view(self, at: Ground) -> View:
        """All of it, as the checks see it."""
        entries, problems = self.store.listing()
        listed = sorted(entry[0] for entry in entries)
        unknown = [file for file in listed if not self._take_known(file)]
        for file, trouble in self._read(unknown):
            problems.append((file, trouble))
        self._charts.sort(key=lambda one: one.file)
        index, index_trouble = index_of(self.store)
        return View(
            at.store, at.now, at.in_tree, tuple(self._charts), tuple(sorted(problems)), index, index_trouble,
            self._alike(),
        )  # fmt: skip

    def _take_known(self, file: str) -> bool:
        """Whether the file looks as it did when what is kept of it was found; then that is taken."""
        row = self.known.rows.get(file)
        if row is None or row[1] != str(self.found.looks.get(file)):
            return False
        try:
            self._charts.append(chart.of_values(json.loads(row[2])))
            self._sketches[file] = array("I", row[3]), array("I", row[4])
        except (TypeError, ValueError):
            return False
        self.rows[file] = row
        return True

    def _read(self, unknown: list[str]) -> Iterable[tuple[str, str]]:
        """Read the files; those that cannot be read, with the reason."""
        if len(unknown) > MANY:
            hash_many()
        said = time.monotonic() + SAID_AFTER
        for done, file in enumerate(unknown):
            try:
                self._add(file)
            except MemctlError as error:
                yield file, error.message.rpartition(": ")[2]
            if self.progress is not None and time.monotonic() > said:
                said = time.monotonic() + SAID_EVERY
                self.progress(done + 1, len(unknown))

    def _add(self, file: str) -> None:
        memory = self.store.skim(file)
        one = chart.of_memory(memory)
        both = resemblance.sketches(memory.description, memory.body)
        self._charts.append(one)
        self._sketches[file] = both
        looks = str(self.found.looks.get(file))
        row = file, looks, json.dumps(one.values()), both[0].tobytes(), both[1].tobytes()
        self.rows[file] = self.new[file] = row

    def _alike(self) -> dict[str, list[Likeness]]:
        """Of each file those newer ones that say nearly the same, the most alike first; but for what is
        replaced already, of which nothing is to be done."""
        current = (one for one in self._charts if not one.successor)
        newest = sorted(current, key=lambda one: (-one.modified, one.file))
        prints = {one.file: one.fingerprint for one in newest}
        found = {}
        for file, others in resemblance.pairs(self._sketches, [one.file for one in newest]):
            scored = [(other, self._score(file, other, prints)) for other in others]
            alike = sorted((pair for pair in scored if pair[1]), key=lambda pair: -pair[1])
            if alike:
                found[file] = [Likeness(*pair, self._differs(file, pair[0], prints)) for pair in alike[:TOLD]]
        return found

    def _score(self, file: str, other: str, prints: dict[str, str]) -> float:
        """How alike two files are, 0 unless nearly the same; by their contents, so that it is asked once."""
        pair = f"{prints[file]} {prints[other]}"
        if pair not in self.scores:
            known = self.known.scores.get(pair)
            self.scores[pair] = self._compared(file, other) if known is None else known
        return self.scores[pair]

    def _differs(self, file: str, other: str, prints: dict[str, str]) -> bool:
        """Whether two files that say nearly the same have other numbers, days, names in code; kept beside the
        scores, since it is told by the contents as well."""
        pair = f"{prints[file]} {prints[other]} values"
        known = self.known.scores.get(pair)
        self.scores[pair] = self._valued(file, other) if known is None else known
        return self.scores[pair] > 0

    def _valued(self, file: str, other: str) -> float:
        try:
            one, second = (values(f"{m.description}\n{m.body}") for m in map(self._text, (file, other)))
        except MemctlError:
            return 0.0  # gone since it was listed
        return float(bool(one - second and second - one))

    def _compared(self, file: str, other: str) -> float:
        try:
            one, second = self._text(file), self._text(other)
        except MemctlError:
            return 0.0  # gone since it was listed
        near = similar.near(one.description, one.body, [(other, second.description, second.body)])
        return near[0][1] if near else 0.0
