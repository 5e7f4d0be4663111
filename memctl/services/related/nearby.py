"""The memories that a new statement may be about, found through the search cache, and how it stands to
each."""

import os
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from memctl.domain.memory import INDEX, Memory
from memctl.errors import MemctlError
from memctl.places import cache_file, queries_file
from memctl.services.recall.hits import Hit
from memctl.services.recall.lexical import open_index
from memctl.services.recall.ranking import Ranking
from memctl.services.related import linking
from memctl.services.related.claim import Claim, Lexicon, Statement
from memctl.services.related.comparison import Verdict, verdict
from memctl.store.memory.listing import Listing, columns
from memctl.store.memory.memories import MemoryStore
from memctl.store.search.cache import Cache
from memctl.store.search.freshness import MISSING, stamp
from memctl.text.words import fold

NEAREST = 20
"""Memories that are read and compared, the nearest by their words. On the tuning sets as many replaced
memories are found as when every memory is compared."""

FEW = 20
"""Memories as which a smaller folder counts when words are weighed: in a folder of four every word is
rare."""

SMALL = 1_000
"""Files that are read for one comparison where there is no search cache yet."""

RELATED_MAX = 5
"""Memories of which a person is told at once."""


@dataclass(frozen=True)
class Related:
    """A memory about the same subject, and how the new statement stands to it."""

    memory: Memory
    verdict: Verdict

    @property
    def name(self) -> str:
        """What a person types to name it."""
        return self.memory.stem

    @property
    def asks(self) -> bool:
        """Whether a person is asked: one of the two cannot just stand beside the other, or is an exception
        to it."""
        said = self.verdict
        return said.relation not in ("beside", "repeats") and (said.disagrees or said.explicit)

    @property
    def is_about(self) -> bool:
        """Whether the statement is about the same subject, or about one that is easily taken for it."""
        return self.verdict.relation not in ("none", "beside") or bool(self.verdict.words)


def _opened(directory: str, now: float) -> Cache:
    """The search cache, up to date. Where there is none yet and the folder is small, one in memory: who
    writes a memory leaves no copy of the others."""
    path, queries = cache_file(directory), queries_file(directory)
    if not os.path.exists(path):
        listing = columns(os.path.abspath(directory))
        if len(listing.files) <= SMALL:
            from memctl.store.search.snapshot import Snapshot
            from memctl.store.search.update import unwritten

            stamps = stamp(os.path.join(directory, INDEX)), MISSING
            snapshot = Snapshot(os.path.abspath(directory), listing, stamps, queries, now)
            found = Cache(*unwritten(snapshot), listing.problems, True)
            found.listing = listing
            return found
    return open_index(directory, now, whole=True)


class Folder:
    """The memories of one directory as the search cache has them, brought up to date first. Close it after
    use.

    Of a folder with a cache only what is near a statement is read. Raises OSError when the directory itself
    cannot be read.
    """

    def __init__(self, store: MemoryStore, now: float) -> None:
        self.store, self.now = store, now
        self.cache = _opened(store.directory, now)
        self._stems: dict[str, str] = {}
        self._claims: dict[tuple[Statement, bool], Claim] = {}
        self._read: dict[str, Memory] = {}
        self._lexicon = Lexicon(
            lambda word: self._stems.get(word, word), cache(self._frequency), max(self.cache.live, FEW)
        )

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *_: object) -> None:
        self.cache.close()

    def hits(self) -> list[Hit]:
        """The header of every memory, the newest first."""
        return [Hit(row) for row in self.cache.newest()]

    def listing(self) -> Listing:
        """The files that are there, as they were listed for the cache."""
        return self.cache.listing or columns(os.path.abspath(self.store.directory))

    def described(self, description: str) -> list[Hit]:
        """The headers of the memories whose description has the same words, as far as there are few."""
        return [Hit(row) for row in self.cache.saying(fold(description.lower()))]

    def near(self, statement: Statement, exclude: Collection[str] = ()) -> list[Memory]:
        """The current memories whose words are nearest to `statement`, without the files `exclude`."""
        found: list[Memory] = []
        for hit in self._ranked(statement, NEAREST + len(exclude) + self.cache.stale):
            if len(found) < NEAREST and hit.file not in exclude and not hit.stale(self.now):
                with suppress(MemctlError):  # gone or unreadable since: it is compared with nothing
                    found.append(self.read(hit.file))
        return found

    def read(self, file: str) -> Memory:
        """The memory of `file`, read once. Raises MemctlError."""
        if file not in self._read:
            self._read[file] = self.store.skim(file)
        return self._read[file]

    def _ranked(self, statement: Statement, count: int) -> list[Hit]:
        if self.cache.live <= NEAREST:
            return self.hits()
        ids = Ranking(self.cache, statement.text).best(count)
        place = {doc: at for at, doc in enumerate(ids)}
        return [Hit(row) for row in sorted(self.cache.rows(ids), key=lambda row: place[row[0]])]

    def _frequency(self, stem: str) -> int:
        """In how many memories a stem stands; of a name that the cache has in parts, the rarest. One
        character of a script without blanks is looked for at the beginning of the pairs that the cache
        has."""
        if len(stem) == 1 and stem >= "\u3040":
            return self.cache.frequency(self.cache.commonest(stem))
        return min(self.cache.frequency(part) for part in stem.split(" "))

    def claims(self, statements: Sequence[Statement], *, counted: bool = True) -> list[Claim]:
        """The statements, cut into words, each once; `counted`: they are memories of this folder."""
        new = [statement for statement in statements if (statement, counted) not in self._claims]
        every = sorted(set().union(*(statement.words for statement in new)) - self._stems.keys())
        found = self.cache.stems(every)
        self._stems.update((word, " ".join(stems) or word) for word, stems in zip(every, found, strict=True))
        self._claims.update(((one, counted), Claim(one, self._lexicon, counted=counted)) for one in new)
        return [self._claims[statement, counted] for statement in statements]

    def verdict(self, older: Memory, newer: Memory) -> Verdict:
        """How a memory of the folder stands to one that was said before."""
        before, after = self.claims([Statement.of(older), Statement.of(newer)])
        return verdict(before, after)


def plain_lexicon() -> Lexicon:
    """A lexicon without a folder, for what needs no comparing of words."""
    return Lexicon(lambda word: word, lambda _: 1, 1)


def related(folder: Folder, new: Statement, near: Sequence[Memory]) -> list[Related]:
    """The memories of `near` that `new` is about and does not link to: first those that are asked about, of
    these first what it surely replaces, then the nearest."""
    if not near:
        return []
    (claim,) = folder.claims([new], counted=False)
    there = folder.claims([Statement.of(memory) for memory in near])
    compared = [Related(m, verdict(before, claim)) for m, before in zip(near, there, strict=True)]
    return sorted(
        (one for one in compared if one.is_about and not linking.links(new.body, one.name)), key=_rank
    )


def newly(found: Sequence[Related], before: Sequence[Related]) -> list[Related]:
    """Those of `found` that did not stand so to what the same memory said `before` it was changed."""
    known = {(one.memory.file, one.verdict.relation) for one in before}
    return [one for one in found if (one.memory.file, one.verdict.relation) not in known]


def _rank(one: Related) -> tuple[bool, bool, float]:
    return not one.asks, not one.verdict.is_sure, -one.verdict.weight


def of(store: MemoryStore, new: Statement, now: float, exclude: Iterable[str] = ()) -> list[Related]:
    """The memories of `store` that `new` is about, but for the files `exclude`. Nothing where the directory
    cannot be read: it is a notice, and what writes says what is wrong."""
    with suppress(OSError), Folder(store, now) as folder:
        return related(folder, new, folder.near(new, frozenset(exclude)))[:RELATED_MAX]
    return []
