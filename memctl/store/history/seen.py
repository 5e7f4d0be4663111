"""What the history already holds, by stat: which file had which size, mtime and inode, and its blob.

One sweep of stats answers "what changed outside since the last commit" without reading a file. The rules
are git's own for its index: an entry whose mtime is not older than the moment it was recorded could have
been written again within one tick of the clock, so it is read again next time. The file is derived: when
it does not belong to the tip of the history, it is built anew from git and the bytes on disk.
"""

import os
import time

from memctl.domain.memory import INDEX
from memctl.store.disk import files
from memctl.store.memory.listing import Listing, columns

FORMAT = "memctl-seen 1"
TICK_NS = 2_000_000_000
"""Clocks of file systems are as coarse as 2 s (FAT); git calls entries within a tick racy, so do we."""

Stat = tuple[int, int, int]
"""(size, mtime in ns, inode)"""


class Present:
    """The files that the history records and that are there, the topic files and the index, with their stats;
    `listing` where the topic files were listed a moment ago."""

    def __init__(self, directory: str, listing: Listing | None = None) -> None:
        at = columns(directory) if listing is None else listing
        self.files = list(at.files)
        stats: list[Stat] = list(zip(at.sizes, at.mtimes, at.inodes, strict=True))
        try:
            index = os.stat(os.path.join(directory, INDEX), follow_symlinks=False)
        except FileNotFoundError:
            pass
        else:
            self.files.append(INDEX)
            stats.append((index.st_size, index.st_mtime_ns, index.st_ino))
        self.stats = stats


def stats(directory: str) -> dict[str, Stat]:
    """The stat of every file that the history records."""
    present = Present(directory)
    return dict(zip(present.files, present.stats, strict=True))


def _text(stat: Stat) -> str:
    return f"{stat[0]} {stat[1]} {stat[2]}"


class Seen:
    """The record of one memory directory; `tip` is the commit that it describes, "" before the first."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.tip = ""
        self.blobs: dict[str, str] = {}
        self._stats: dict[str, str] = {}  # absent or "" for a file that must be read again
        self._new: list[str] = []
        self._lines = 0

    def load(self, tip: str) -> bool:
        """Read the record; False (and empty) unless it is whole and belongs to `tip`."""
        self._forget()
        try:
            raw, _ = files.read_regular(self._path, 1 << 30)
        except OSError:
            return False
        records = raw.decode("utf-8", "surrogateescape").split("\0")
        if records[0] != FORMAT or records[-1] or not records[-2].startswith("T\t"):
            return False
        try:
            self._take(records[1:-1])
        except (ValueError, KeyError):
            self._forget()
            return False
        self._lines = len(records)
        if self.tip != tip:
            self._forget()
            return False
        return True

    def last(self) -> str:
        """The commit that the record on disk belongs to, known to the history or not; "" without one."""
        try:
            raw, _ = files.read_regular(self._path, 1 << 30)
        except OSError:
            return ""
        tips = [r[2:] for r in raw.decode("utf-8", "replace").split("\0") if r.startswith("T\t")]
        return tips[-1] if tips else ""

    def _take(self, records: list[str]) -> None:
        for record in records:
            kind = record[:2]
            if kind == "F\t":
                _, stat, blob, file = record.split("\t", 3)
                self.blobs[file] = blob
                self._stats[file] = stat
            elif kind == "D\t":
                del self.blobs[record[2:]], self._stats[record[2:]]
            else:
                self.tip = record[2:]

    def _forget(self) -> None:
        self.tip, self.blobs, self._stats, self._lines, self._new = "", {}, {}, 0, []

    def start(self, tip: str, blobs: dict[str, str]) -> None:
        """Begin anew from what the history holds at `tip`; every file is read at the next sweep."""
        self._forget()
        self.tip, self.blobs = tip, dict(blobs)

    def doubtful(self, present: Present) -> list[tuple[str, Stat]]:
        """Those of `present` that are not surely what the history holds."""
        looks = map("%d %d %d".__mod__, present.stats)
        known = self._stats.get
        pairs = zip(present.files, present.stats, looks, strict=True)
        return [(file, stat) for file, stat, look in pairs if known(file) != look]

    def missing(self, present: Present) -> set[str]:
        """The files that the history holds and that are not `present`."""
        return set(self.blobs).difference(present.files)

    def record(self, file: str, stat: Stat | None, blob: str) -> None:
        """The history holds `file` as `blob`, and the file on disk with `stat` has these bytes."""
        racy = stat is None or stat[1] > time.time_ns() - TICK_NS
        text = "" if racy or stat is None else _text(stat)
        if self.blobs.get(file) == blob and self._stats.get(file) == text:
            return
        self.blobs[file] = blob
        self._stats[file] = text
        self._new.append(f"F\t{text}\t{blob}\t{file}")

    def forget(self, file: str) -> None:
        """The history no longer holds `file`."""
        if self.blobs.pop(file, None) is not None:
            self._stats.pop(file, None)
            self._new.append(f"D\t{file}")

    def save(self, tip: str) -> None:
        """Write what is new. Never raises: without the record the next sweep reads the files."""
        if tip == self.tip and not self._new:
            return
        self.tip = tip
        self._new.append(f"T\t{tip}")
        whole = self._lines == 0 or self._lines + len(self._new) > 2 * len(self.blobs) + 1000
        try:
            if whole:
                self._rewrite()
            else:
                self._append()
        except OSError:
            files.discard(self._path)
        self._new = []

    def _append(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(self._path, flags)
        try:
            text = "\0".join(self._new) + "\0"
            files.write_all(handle, text.encode("utf-8", "surrogateescape"))
        finally:
            os.close(handle)
        self._lines += len(self._new)

    def _rewrite(self) -> None:
        records = [FORMAT]
        records += [f"F\t{self._stats.get(f, '')}\t{blob}\t{f}" for f, blob in self.blobs.items()]
        records += [f"T\t{self.tip}", ""]
        files.write_private(self._path, "\0".join(records).encode("utf-8", "surrogateescape"))
        self._lines = len(records)
