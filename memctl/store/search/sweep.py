"""What the search cache was made from: one entry per listed file, kept to tell what changed since."""

import os

from memctl.store.disk import files
from memctl.store.memory.listing import Listing
from memctl.store.search.database import sqlite3
from memctl.store.search.indexer import INDEXED_MAX, kept_mtime


class Sweep:
    """One entry per listed file, as columns: what the inverted index was made from."""

    __slots__ = ("files", "ids", "inodes", "mtimes", "pointers", "sizes")

    def __init__(self, pointers: dict[str, str]) -> None:
        self.files: list[str] = []
        self.ids: list[int] = []  # 0 for a file that could not be read
        self.sizes: list[int] = []
        self.mtimes: list[int] = []
        self.inodes: list[int] = []
        self.pointers = pointers  # file -> the words with which the index points at it


def unchanged(listing: Listing, old: Sweep) -> list[int]:
    """The id of every listed file that is as it was, 0 for one that must be read."""
    if listing.files == old.files:
        ids = list(old.ids)
        columns = ((listing.sizes, old.sizes), (listing.mtimes, old.mtimes), (listing.inodes, old.inodes))
        for now, before in columns:
            if now != before:
                for at, pair in enumerate(zip(now, before, strict=True)):
                    if pair[0] != pair[1]:
                        ids[at] = 0
        return ids
    was = zip(old.files, old.sizes, old.mtimes, old.inodes, strict=True)
    known = dict(zip(was, old.ids, strict=True))
    looks = zip(listing.files, listing.sizes, listing.mtimes, listing.inodes, strict=True)
    return [known.get(look, 0) for look in looks]


def forget_moved(listing: Listing, ids: list[int], before: dict[str, str], now: dict[str, str]) -> None:
    """Zero the ids of files at which the index points with other words than before."""
    moved = {file for file in {*before, *now} if before.get(file) != now.get(file)}
    for at, file in enumerate(listing.files):
        if file in moved:
            ids[at] = 0


def names_of(value: object) -> list[str]:
    """File names out of one column of the cache, where a NUL stands between them; [] for any other value."""
    return os.fsdecode(value).split("\0") if isinstance(value, bytes) and value else []


def load_sweep(row: tuple[bytes, ...]) -> Sweep:
    """The sweep that `save_sweep` wrote as `row`. Raises ValueError, TypeError for damaged columns."""
    parts = names_of(row[5])
    sweep = Sweep(dict(zip(parts[::2], parts[1::2], strict=True)))
    sweep.files = names_of(row[0])
    sweep.ids, sweep.sizes, sweep.mtimes = (memoryview(part).cast("q").tolist() for part in row[1:4])
    sweep.inodes = memoryview(row[4]).cast("Q").tolist()
    return sweep


def save_sweep(db: sqlite3.Connection, sweep: Sweep, index_stamp: str, queries_stamp: str) -> None:
    """Put `sweep` in the place of the one row of its table, its numbers as 64-bit columns.

    The stamps say which index and which queries it was made with. Raises sqlite3.Error; commits nothing.
    """
    from struct import pack  # of an array's module the import costs six times as much

    pairs = [part for pair in sweep.pointers.items() for part in pair]
    mtimes = [kept_mtime(mtime) for mtime in sweep.mtimes]
    count = len(sweep.ids)
    numbers = [pack(f"{count}q", *column) for column in (sweep.ids, sweep.sizes, mtimes)]
    db.execute("delete from sweep")
    db.execute(
        "insert into sweep values (?,?,?,?,?,?,?,?)",
        (os.fsencode("\0".join(sweep.files)), *numbers, pack(f"{count}Q", *sweep.inodes),
         os.fsencode("\0".join(pairs)), index_stamp, queries_stamp),
    )  # fmt: skip


def pointers_of(directory: str) -> dict[str, str]:
    """File -> the words with which the index (`MEMORY.md`) points at it; {} when it cannot be read."""
    try:
        raw, _ = files.read_regular(os.path.join(directory, "MEMORY.md"), INDEXED_MAX)
    except OSError:
        return {}
    return pointers_in(raw)


def pointers_in(raw: bytes) -> dict[str, str]:
    """File -> the words with which an index of the bytes `raw` points at it."""
    from memctl.format.links import pointers, target_of

    found: dict[str, str] = {}
    for pointer in pointers(raw.decode("utf-8", "replace")):
        text = (
            pointer.text.replace(target_of(pointer.file), " ").replace(pointer.file, " ").replace("\0", " ")
        )
        found[pointer.file] = f"{found[pointer.file]} {text}" if pointer.file in found else text
    return found
