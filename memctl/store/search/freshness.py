"""Whether a search cache still describes the files: what it was made from, beside what is there now.

One digest over the listing (names, sizes, mtimes in ns, inodes) and over the stamps of the index and of the
kept queries answers "nothing changed". Files whose mtime lies within two seconds of the sweep that read them
are read again next time, because a second write in the same tick of a coarse clock leaves no trace (as git
does for its index). Above `SHORTCUT_MIN` files the folders' own mtimes may stand for the listing, but for at
most `SHORTCUT_SECONDS` after a full sweep: they show what is created, removed, renamed or replaced, not what
is written in place. On the hot path: imports nothing but os.
"""

import os

from memctl.places import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from memctl.store.memory.listing import Listing, Problem
    from memctl.store.search.database import sqlite3

RACY_NS = 2_000_000_000
"""The coarsest clock in use (FAT, some network file systems) ticks every two seconds."""

SHORTCUT_MIN = 20_000
"""Files from which the folders' mtimes may stand for a full sweep; below, a sweep takes less than 60 ms."""

SHORTCUT_SECONDS = 60.0
"""How long after a full sweep they may: so late at most an edit in place of a file that is no hit is seen."""

MISSING = "-;"
"""The stamp of a file that is not there."""

Stamps = tuple[str, str]
"""The stamps of the index (`MEMORY.md`) and of the file that keeps anticipated queries."""

COLUMNS = "digest, folders, racy, unread, swept, live, tokens, stale, lengths, odd"


class State:
    """The one row that says what a cache was made from, as SQLite holds it: damage shows in the types."""

    __slots__ = (
        "digest", "folders", "lengths", "live", "odd", "racy", "stale", "swept", "tokens", "unread",
    )  # fmt: skip

    def __init__(self, row: "tuple[Any, ...]") -> None:
        self.digest, self.folders, self.racy, self.unread, self.swept = row[:5]
        self.live, self.tokens, self.stale, self.lengths, self.odd = row[5:]

    def fits(self, listing: "Listing", stamps: Stamps, now: float) -> bool:
        """Whether nothing of the listing changed, no file is racy, and the sweep need not be noted anew."""
        if self.digest != digest(listing, stamps) or self.racy:
            return False
        return len(listing.files) < SHORTCUT_MIN or 0 <= now - float(self.swept) < SHORTCUT_SECONDS / 2

    def fits_folders(self, directory: str, stamps: Stamps, now: float) -> bool:
        """Whether this is a large directory of which no folder changed since a recent full sweep."""
        if self.live < SHORTCUT_MIN or self.racy:
            return False
        swept = float(self.swept)
        if not 0 <= now - swept < SHORTCUT_SECONDS or not self.digest.endswith(" " + "".join(stamps)):
            return False
        return all(_is_settled(os.path.join(directory, p), t, swept) for t, p in unpack(self.folders))


def _is_settled(folder: str, mtime: str, swept: float) -> bool:
    try:
        found = os.stat(folder).st_mtime_ns
    except OSError:
        return False
    return str(found) == mtime and found <= swept * 1e9 - RACY_NS


def read_state(db: "sqlite3.Connection") -> "State | None":
    """What an open cache was made from; None when it does not say."""
    row = db.execute(f"select {COLUMNS} from state").fetchone()
    return None if row is None else State(row)


def stamp(path: str) -> str:
    """Size, mtime and inode of a file as text; a missing one has a stamp too."""
    try:
        stat = os.lstat(path)
    except OSError:
        return MISSING
    return f"{stat.st_size},{stat.st_mtime_ns},{stat.st_ino};"


def digest(listing: "Listing", stamps: Stamps) -> str:
    """One value for the whole listing and the stamps, equal as long as nothing changed.

    Tuples of ints hash the same in every process, at a tenth of the cost of turning them into bytes.
    """
    names = blake2b(os.fsencode("\0".join(listing.files)), digest_size=16).hexdigest()
    columns = (listing.sizes, listing.mtimes, listing.inodes)
    return " ".join([names, *(str(hash(tuple(column))) for column in columns), "".join(stamps)])


def pack(pairs: "list[tuple[str, str]]") -> bytes:
    """Pairs of texts (problems, or mtimes and folders) as one value; `unpack` reads it."""
    return os.fsencode("\0".join(part for pair in pairs for part in pair))


def unpack(value: object) -> "list[Problem]":
    """What `pack` made; nothing for what is no such value."""
    parts = os.fsdecode(value).split("\0") if isinstance(value, bytes) and value else []
    return list(zip(parts[::2], parts[1::2], strict=True))
