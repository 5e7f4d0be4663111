"""One look at a memory directory, and how what it shows gets into a search cache."""

import os

from memctl.domain.fingerprint import hash_many
from memctl.store.disk import files
from memctl.store.memory.listing import Listing
from memctl.store.search.database import sqlite3
from memctl.store.search.freshness import MISSING, RACY_NS, Stamps, digest, pack
from memctl.store.search.indexer import RowWriter, TopicIndexer
from memctl.store.search.successors import link
from memctl.store.search.sweep import Sweep, pointers_of, save_sweep

MANY = 500
"""Files from which it pays to load what works faster."""

PROGRESS_AFTER = 1.0
"""Seconds of indexing after which progress is shown."""


class Snapshot:
    """A memory directory as it was found at `now`: its listing, and the stamps of index and kept queries."""

    def __init__(
        self,
        directory: str,
        listing: Listing,
        stamps: Stamps,
        queries_path: str,
        now: float,
        progress: object = None,
    ) -> None:
        self.directory = directory
        self.listing = listing
        self.stamps = stamps
        self.queries_path = queries_path
        self.now = now
        self.progress = progress  # called with how many files are indexed, of how many, once it takes long

    @property
    def keeps_queries(self) -> bool:
        """Whether there is a file of anticipated queries, which are looked up by the content of a memory."""
        return self.stamps[1] != MISSING

    def read(self, file: str) -> tuple[bytes, os.stat_result]:
        """The bytes of a file of the listing, and its stat. Raises OSError."""
        return files.read_regular(f"{self.directory}/{file}")

    def pointers(self) -> dict[str, str]:
        """File -> the words with which the index points at it."""
        return pointers_of(self.directory)

    def index(
        self, db: sqlite3.Connection, sweep: Sweep, positions: "range | list[int]", next_id: int
    ) -> TopicIndexer:
        """Index the files at `positions` of the listing, with ids from `next_id` on, noted in `sweep`."""
        many = len(positions) > MANY
        if many:
            hash_many()
        writer = RowWriter(db, many)
        indexer = TopicIndexer(writer, self.read, next_id)
        report = _Progress(self.progress, len(positions))
        pointer = sweep.pointers.get
        names, ids = self.listing.files, sweep.ids
        sizes, mtimes, inodes = self.listing.sizes, self.listing.mtimes, self.listing.inodes
        try:
            for done, at in enumerate(positions):
                file = names[at]
                ids[at] = indexer.add(file, sizes[at], mtimes[at], inodes[at], pointer(file, ""))
                if not done & 255:
                    report(done)
        finally:
            writer.close()
        sweep.files, sweep.sizes, sweep.mtimes, sweep.inodes = names, sizes, mtimes, inodes
        return indexer

    def save(self, db: sqlite3.Connection, sweep: Sweep, indexer: TopicIndexer, lengths: bytearray) -> None:
        """Write the columns, and the one row of state that later uses compare with.

        `lengths` holds four bytes for each id below the first that `indexer` gave.
        """
        lengths.extend(bytes(4 * indexer.next_id - len(lengths)))
        view = memoryview(lengths).cast("I")
        for doc, length in indexer.lengths.items():
            view[doc] = length
        tokens = sum(view)
        view.release()
        racy = {file for file, _ in indexer.unread} | indexer.moved | self._recent()
        link(db)
        which = "expires > 0 or superseded != '' or tier = 'cold'"
        stale = db.execute(f"select count(*) from docs where {which}").fetchone()[0]
        live = len(sweep.ids) - sweep.ids.count(0)
        folders = [(str(mtime), prefix) for prefix, mtime in self.listing.folders]
        db.execute("delete from state")
        db.execute(
            "insert into state values (?,?,?,?,?,?,?,?,?,?)",
            (digest(self.listing, self.stamps), pack(folders), os.fsencode("\0".join(sorted(racy))),
             pack(indexer.unread), repr(self.now), live, tokens, stale, bytes(lengths),
             pack(self.listing.problems)),
        )  # fmt: skip
        save_sweep(db, sweep, *self.stamps)

    def _recent(self) -> set[str]:
        """Files whose mtime is so close to now that another write might not have moved it."""
        edge = int(self.now * 1e9)
        listing = self.listing
        if max(listing.mtimes, default=0) < edge - RACY_NS:
            return set()
        near = range(edge - RACY_NS, edge + RACY_NS)
        return {file for file, mtime in zip(listing.files, listing.mtimes, strict=True) if mtime in near}


class _Progress:
    """Calls `report(done, total)` from time to time once `PROGRESS_AFTER` has passed."""

    def __init__(self, report: object, total: int) -> None:
        import time

        self.report = report
        self.total = total
        self.clock = time.monotonic
        self.start = self.clock()

    def __call__(self, done: int) -> None:
        if callable(self.report) and self.clock() - self.start > PROGRESS_AFTER:
            self.report(done, self.total)
