"""Pairs of memories that disagree: the same subject, of which one says something else.

Candidates come from the search cache: two memories are looked at when two telling words of the one's header
stand in the other too. So a folder of ten thousand costs a look at each header, and only what may disagree
is read.
"""

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from memctl.domain.change import Change, Write
from memctl.domain.memory import Memory
from memctl.errors import MemctlError
from memctl.format import topic
from memctl.services.recall.hits import Hit
from memctl.services.related import linking
from memctl.services.related.claim import Statement
from memctl.services.related.comparison import Verdict
from memctl.services.related.nearby import Folder
from memctl.store.memory.memories import MemoryStore
from memctl.store.state.settled import Settled
from memctl.text.alignment import cut
from memctl.text.words import LIGHT, STOP

HOLDERS_MAX = 50
"""Memories that hold a word beyond which it tells nothing."""

PARTNERS_MAX = 8
"""Memories with which each one is compared, those that share most first."""

SERIES = 5
"""Current memories whose subject lines differ in a number alone, from which on they are numbered things
("note 1", "note 2"): of a value that changed so often nobody has let each one stand."""

_NUMBER = re.compile(r"\d[\d.,:]*")


@dataclass(frozen=True)
class Conflict:
    """The later and the earlier memory, and how the later one stands to the earlier."""

    later: Memory
    earlier: Memory
    verdict: Verdict


def conflicts(store: MemoryStore, now: float) -> list[Conflict]:
    """The pairs of current memories that disagree and were not settled, the newest first. Raises OSError."""
    settled = Settled(store.directory)
    with Folder(store, now) as folder:
        numbered = _numbered(folder)
        found = [one for one in compared(folder) if _is_open(one, settled) and not _is_series(one, numbered)]
    return sorted(found, key=lambda c: (-c.later.modified, c.later.file, c.earlier.file))


def _numbered(folder: Folder) -> set[str]:
    """The subject lines, without their numbers, that at least `SERIES` current memories have."""
    count = Counter(_shape(hit.description) for hit in folder.hits() if not hit.stale(folder.now))
    return {shape for shape, times in count.items() if times >= SERIES and "#" in shape}


def _shape(description: str) -> str:
    """A subject line with `#` for each number."""
    return _NUMBER.sub("#", description.casefold())


def _is_series(one: Conflict, numbered: set[str]) -> bool:
    """Whether both memories are of one series of numbered things."""
    shape = _shape(one.later.description)
    return shape in numbered and shape == _shape(one.earlier.description)


def compared(folder: Folder) -> list[Conflict]:
    """The pairs of current memories that are about one subject, with how the later stands to the earlier."""
    near = pairs(folder)
    folder.claims([Statement.of(memory) for pair in near for memory in pair])  # cut at once
    found = [Conflict(later, earlier, folder.verdict(earlier, later)) for later, earlier in near]
    return [one for one in found if one.verdict.relation != "none"]


def _is_open(one: Conflict, settled: Settled) -> bool:
    """Whether two memories disagree, and nobody has said that both stand."""
    if not one.verdict.disagrees or is_linked(one.later, one.earlier):
        return False
    return not settled.holds(one.later.fingerprint, one.earlier.fingerprint)


def is_linked(one: Memory, other: Memory) -> bool:
    """Whether one is known to be an exception to the other."""
    return linking.links(other.body, one.stem) or linking.links(one.body, other.stem)


def pairs(folder: Folder) -> list[tuple[Memory, Memory]]:
    """The pairs of current memories that share enough words to be looked at, read, the later one first."""
    hits = {hit.id: hit for hit in folder.hits() if not hit.stale(folder.now)}
    near = _near(folder, hits)
    read: dict[int, Memory] = {}
    for doc in {doc: None for pair in near for doc in pair}:
        with suppress(MemctlError):  # gone or unreadable since
            read[doc] = folder.read(hits[doc].file)
    both = ((read[one], read[other]) for one, other in near if one in read and other in read)
    return [_later_first(one, other) for one, other in both]


def _later_first(one: Memory, other: Memory) -> tuple[Memory, Memory]:
    earlier, later = sorted((one, other), key=lambda m: (m.modified, m.file))
    return later, earlier


def _near(folder: Folder, hits: dict[int, Hit]) -> list[tuple[int, int]]:
    """The ids of memories of which each shares two telling words of a header with the other."""
    words = {
        doc: {w for w in cut(hit.description) if w not in STOP and w not in LIGHT}
        for doc, hit in hits.items()
    }
    every = sorted(set().union(*words.values()))
    stems = dict(zip(every, folder.cache.stems(every), strict=True))
    holders: dict[str, set[int]] = {}
    pairs: dict[tuple[int, int], None] = {}
    for doc, said in words.items():
        shared: Counter[int] = Counter()
        for stem in {stem for word in said for stem in stems[word]}:
            if stem not in holders:
                holders[stem] = _holders(folder, stem, hits)
            shared.update(holders[stem])
        shared.pop(doc, None)
        near = (other for other, count in shared.most_common() if count > 1)
        pairs.update(((min(doc, other), max(doc, other)), None) for other in islice(near, PARTNERS_MAX))
    return list(pairs)


def _holders(folder: Folder, stem: str, hits: dict[int, Hit]) -> set[int]:
    if folder.cache.frequency(stem) > max(HOLDERS_MAX, len(hits) // 20):
        return set()
    return {doc for doc, _ in folder.cache.instances(stem) if doc in hits}


def settle(store: MemoryStore, later: Memory, earlier: Memory, answer: str) -> Change:
    """The change that `answer` (replace or narrow) means: the later memory takes the place of the earlier
    one, or each gets a link to the other. Raises UsageError where the earlier one replaced the later one."""
    if answer == "replace":
        linking.check_order(store, {earlier.stem: later.stem})
        about = {"supersedes": linking.replacing(later.metadata, [earlier])}
        content = topic.rewrite(later, metadata=about)
        told = linking.answers(later.stem, (earlier,), ())
    else:
        content = topic.rewrite(later, body=linking.linked(later.body, (earlier,)))
        told = linking.answers(later.stem, (), (earlier,))
    return Change("conflicts", (Write.over(later, content), *told), why=f"{answer} {earlier.stem}")
