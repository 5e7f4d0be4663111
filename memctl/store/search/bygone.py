"""A search index of memories as they were, in memory alone: built from bytes instead of files."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from memctl.store.memory.listing import Listing
from memctl.store.search.cache import Cache
from memctl.store.search.freshness import stamp
from memctl.store.search.snapshot import Snapshot
from memctl.store.search.successors import fold
from memctl.store.search.sweep import pointers_in
from memctl.store.search.update import unwritten


@dataclass(frozen=True)
class Version:
    """One memory as it was: its bytes, and when they were written (seconds since the epoch)."""

    raw: bytes
    written: float


class _Bygone(Snapshot):
    """What stands in for a directory: `versions` by file, and the bytes of the index then."""

    def __init__(self, versions: Mapping[str, Version], index: bytes, queries_path: str, now: float) -> None:
        listing = Listing()
        for number, (file, version) in enumerate(sorted(versions.items())):
            listing.files.append(file)
            listing.sizes.append(len(version.raw))
            listing.mtimes.append(int(version.written * 1e9))
            listing.inodes.append(number)
        super().__init__("", listing, ("", stamp(queries_path)), queries_path, now)
        self._versions, self._index = versions, index
        self._stats = zip(listing.sizes, listing.mtimes, listing.inodes, strict=True)
        self._stat = dict(zip(listing.files, self._stats, strict=True))

    def read(self, file: str) -> tuple[bytes, os.stat_result]:
        """The bytes of a version."""
        size, mtime, inode = self._stat[file]
        times = (size, mtime // 10**9, mtime // 10**9, mtime // 10**9)
        more = {"st_atime_ns": mtime, "st_mtime_ns": mtime, "st_ctime_ns": mtime}
        return self._versions[file].raw, os.stat_result((0o100600, inode, 0, 1, 0, 0, *times), more)

    def pointers(self) -> dict[str, str]:
        """File -> the words with which the index pointed at it."""
        return pointers_in(self._index)


def opened(
    versions: Mapping[str, Version], index: bytes, queries_path: str, now: float, later: Iterable[str]
) -> Cache:
    """An index of `versions`. What names one of `later` (files that came afterwards) as its successor was not
    replaced yet."""
    db, state = unwritten(_Bygone(versions, index, queries_path, now))
    names = {fold(file.removesuffix(".md")) for file in later}
    names |= {name.rsplit("/", 1)[-1] for name in names}
    rows = db.execute("select id, superseded from docs where superseded != '' and successor = 0").fetchall()
    free = [(doc,) for doc, name in rows if fold(name.removesuffix(".md")) in names]
    db.executemany("update docs set superseded = '' where id = ?", free)
    return Cache(db, state, [], True)
