"""The search cache of one memory directory: one SQLite file with FTS5, derived from the files and disposable.

Freshness. Every use compares the listing (names, sizes, mtimes in ns, inodes) with what the cache was made
from; one digest answers "nothing changed". Files whose mtime lies within two seconds of the sweep that read
them are read again next time, because a second write in the same tick of a coarse clock leaves no trace (as
git does for its index). Above `SHORTCUT_MIN` files the folders' own mtimes may stand for the listing, but
for at most `SHORTCUT_SECONDS` after a full sweep: they show what is created, removed, renamed or replaced,
not what is written in place. Whoever takes the shortcut must stat what it returns (`Cache.confirm`).

Safety. Writers hold a lock file, work in one transaction of SQLite's rollback journal, and put a whole new
database in place by rename. Whatever is wrong with the file (another version, another boot, damage, a
link) makes it worth nothing, and it is built anew. Where nothing can be written, an index in memory serves.

On the hot path: imports nothing but os, sqlite3 and what `places` imports.
"""

import os

from memctl.store.disk.sqlite import sqlite3
from memctl.store.memory.listing import Listing, Problem, columns

SCHEMA = "6"
"""Changes with the layout, the tokenizer, `words.fold` or a header's meaning: an older cache is rebuilt."""

TOKENIZER = "porter unicode61 remove_diacritics 2"

RACY_NS = 2_000_000_000
"""The coarsest clock in use (FAT, some network file systems) ticks every two seconds."""

SHORTCUT_MIN = 20_000
"""Files from which the folders' mtimes may stand for a full sweep; below, a sweep takes less than 60 ms."""

SHORTCUT_SECONDS = 60.0
"""How long after a full sweep they may: so late at most an edit in place of a file that is no hit is seen."""

BUSY_MS = 3000

MISSING = "-;"
"""The stamp of a file that is not there."""

Row = tuple[int, str, str, str, "str | None", float, float, str, str, str]
"""(id, file, name, description, type, modified, expires, superseded, fingerprint, warnings joined by \\n)"""

_ROW = "id, file, name, description, type, modified, expires, superseded, fingerprint, warnings"

_STATE = "digest, folders, racy, unread, swept, live, tokens, stale, lengths, odd"


class Cache:
    """An open cache that describes the files as they are now. Close it after use."""

    def __init__(self, db: sqlite3.Connection, state: tuple[object, ...], problems: list[Problem]) -> None:
        self.db = db
        self.live: int = state[5]  # type: ignore[assignment]
        self.tokens: int = state[6]  # type: ignore[assignment]
        self.stale: int = state[7]  # type: ignore[assignment]
        self.lengths = memoryview(state[8]).cast("I")  # type: ignore[arg-type]
        self.problems = problems + unpack_problems(state[3])
        self.ask_count: int = db.execute("select count(*) from asks").fetchone()[0]
        self.swept = True  # False when the folders' mtimes stood for the listing

    def close(self) -> None:
        """Close the database; a cache that is left open costs the next reader a look at its journal."""
        self.lengths.release()
        self.db.close()

    def stems(self, words: list[str]) -> list[list[str]]:
        """What the index's own tokenizer makes of each word (usually one stem)."""
        memory = sqlite3.connect(":memory:", isolation_level=None)
        try:
            memory.execute(
                f"create virtual table q using fts5(w, content='', columnsize=0, tokenize='{TOKENIZER}')"
            )
            memory.execute("create virtual table v using fts5vocab(q, instance)")
            memory.execute("begin")
            memory.executemany("insert into q(rowid, w) values (?, ?)", enumerate(words))
            memory.execute("commit")
            found: list[list[str]] = [[] for _ in words]
            for at, term in memory.execute("select doc, term from v order by doc, offset"):
                found[at].append(term)
            return found
        finally:
            memory.close()

    def frequency(self, stem: str) -> int:
        """How many memories hold `stem` (removed ones that are still in the index included)."""
        row = self.db.execute("select doc from terms where term = ?", (stem,)).fetchone()
        return row[0] if row else 0

    def longer(self, stem: str, limit: int) -> list[tuple[str, int]]:
        """The rarest `limit` terms that begin with `stem` and are longer, with their frequencies."""
        found = self.db.execute(
            "select term, doc from terms where term > ? and term < ? order by doc limit ?",
            (stem, stem + "\U0010ffff", limit),
        )
        return found.fetchall()

    def instances(self, stem: str) -> "sqlite3.Cursor":
        """(id, column) of every place where `stem` stands; the column is `head` or `body`."""
        return self.db.execute("select doc, col from places where term = ?", (stem,))

    def holders(self, word: str, among: "list[int] | None" = None) -> set[int]:
        """Ids of the memories that hold `word` (letters and digits only), of all or `among` some."""
        query = f'"{word}"'
        if among is None:
            return {
                row[0] for row in self.db.execute("select rowid from words where words match ?", (query,))
            }
        ask = "select rowid from words where words match ? and rowid = ?"
        return {doc for doc in among if self.db.execute(ask, (query, doc)).fetchone()}

    def rows(self, ids: list[int]) -> list[Row]:
        """The rows of `ids`, in no particular order; removed memories have none."""
        marks = ",".join("?" * len(ids))
        return [_row(r) for r in self.db.execute(f"select {_ROW} from docs where id in ({marks})", ids)]

    def all_rows(self) -> list[Row]:
        """Every row, newest first."""
        return [_row(r) for r in self.db.execute(f"select {_ROW} from docs order by modified desc, file")]

    def newest(self, limit: int) -> list[Row]:
        """The `limit` newest rows."""
        found = self.db.execute(f"select {_ROW} from docs order by modified desc, file limit ?", (limit,))
        return [_row(r) for r in found]

    def ask_instances(self, stem: str) -> "sqlite3.Cursor":
        """Id of every anticipated query that holds `stem`, once per place."""
        return self.db.execute("select doc from ask_places where term = ?", (stem,))

    def asks(self, ids: list[int]) -> list[tuple[int, int, int, str]]:
        """(id, id of its memory, its length in words, its text) of the anticipated queries `ids`.

        Several memories with the same content share their queries.
        """
        marks = ",".join("?" * len(ids))
        ask = "select asks.id, docs.id, length, text from asks join docs on"
        kept = self.db.execute(f"{ask} docs.key = asks.key where asks.id in ({marks})", ids).fetchall()
        by_id = "docs.id = cast(substr(asks.key, 5) as integer)"
        written = f"{ask} {by_id} where asks.key like 'doc:%' and asks.id in ({marks})"
        return kept + self.db.execute(written, ids).fetchall()

    def confirm(self, directory: str, ids: list[int]) -> bool:
        """Whether the files of `ids` are still those that were indexed; needed after the shortcut."""
        marks = ",".join("?" * len(ids))
        found = self.db.execute(f"select file, size, mtime, inode from docs where id in ({marks})", ids)
        for file, size, mtime, inode in found:
            try:
                stat = os.lstat(os.path.join(directory, load_text(file)))
            except OSError:
                return False
            if (stat.st_size, stat.st_mtime_ns, stat.st_ino) != (size, mtime, inode):
                return False
        return True


def _row(raw: tuple[object, ...]) -> Row:
    if isinstance(raw[1], bytes):
        return (raw[0], os.fsdecode(raw[1]), *raw[2:])  # type: ignore[return-value]
    return raw  # type: ignore[return-value]


def pack_problems(problems: list[Problem]) -> bytes:
    """`problems` as one value; `unpack_problems` reads it."""
    return os.fsencode("\0".join(part for problem in problems for part in problem))


def unpack_problems(value: object) -> list[Problem]:
    """What `pack_problems` made."""
    parts = os.fsdecode(value).split("\0") if isinstance(value, bytes) and value else []
    return list(zip(parts[::2], parts[1::2], strict=True))


def load_text(value: "str | bytes") -> str:
    """A file name as Python has it; names that are not UTF-8 are kept as bytes."""
    return value if isinstance(value, str) else os.fsdecode(value)


def open_cache(
    directory: str,
    path: str,
    asks_path: str,
    now: float,
    *,
    whole: bool = False,
    progress: object = None,
) -> Cache:
    """The cache at `path` of `directory`, brought up to date with the files.

    `asks_path` holds the anticipated queries; `now` is in seconds since the epoch. `whole` refuses the
    shortcut. `progress(done, total)` is called while a first indexing takes over a second. Raises OSError
    when the directory itself cannot be read.
    """
    extra = stamp(os.path.join(directory, "MEMORY.md")) + stamp(asks_path)
    db = open_database(path)
    if db is not None:
        try:
            found = None if whole else _by_folders(db, directory, extra, now)
            if found is not None:
                return found
            listing = columns(directory)
            found = by_listing(db, listing, extra, now)
            if found is not None:
                return found
        except sqlite3.Error:
            listing = columns(directory)
        db.close()
    else:
        listing = columns(directory)
    from memctl.store.search.build import bring_up_to_date

    return bring_up_to_date(directory, path, asks_path, listing, extra, now, progress)


def connect(path: str) -> sqlite3.Connection:
    """A connection set up for a cache: no fsync (it can be rebuilt), temporary tables in memory."""
    db = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    db.execute("pragma synchronous=off")
    db.execute("pragma temp_store=memory")
    return db


def attach_vocabularies(db: sqlite3.Connection) -> None:
    """Views of the inverted index: which terms there are, and where each stands."""
    db.execute("create virtual table temp.terms using fts5vocab(main, words, row)")
    db.execute("create virtual table temp.places using fts5vocab(main, words, instance)")
    db.execute("create virtual table temp.ask_places using fts5vocab(main, asked, instance)")


def open_database(path: str) -> "sqlite3.Connection | None":
    """An open transaction on the cache at `path`, or None when there is none that is worth reading."""
    try:
        stat = os.lstat(path)
    except OSError:
        return None
    if stat.st_mode & 0o170000 != 0o100000 or stat.st_uid != os.geteuid():
        return None  # a link or someone else's file: never followed, never trusted
    db = None
    try:
        db = connect(path)
        db.execute("begin")
        row = db.execute("select value from meta where key = 'made'").fetchone()
        if row is not None and row[0] == made():
            attach_vocabularies(db)
            return db
    except sqlite3.Error:
        pass
    if db is not None:
        db.close()
    return None


def made() -> str:
    """What a cache must have been made by to be read: this layout, this SQLite, this boot of the machine.

    After a crash of the whole machine unsynced pages may be missing without a trace, hence the boot.
    """
    try:
        handle = os.open("/proc/sys/kernel/random/boot_id", os.O_RDONLY | os.O_CLOEXEC)
        try:
            boot = os.read(handle, 64).decode("ascii", "replace").strip()
        finally:
            os.close(handle)
    except OSError:
        boot = ""
    return f"{SCHEMA} {sqlite3.sqlite_version} {boot}"


def stamp(path: str) -> str:
    """Size, mtime and inode of a file as text; a missing one has a stamp too."""
    try:
        stat = os.lstat(path)
    except OSError:
        return MISSING
    return f"{stat.st_size},{stat.st_mtime_ns},{stat.st_ino};"


def digest(listing: Listing, extra: str) -> str:
    """One value for the whole listing (and the stamps `extra`), equal as long as nothing changed.

    Tuples of ints hash the same in every process, at a tenth of the cost of turning them into bytes.
    """
    from memctl.places import blake2b

    names = os.fsencode("\0".join(listing.files))
    numbers = (
        f"{hash(tuple(listing.sizes))} {hash(tuple(listing.mtimes))} {hash(tuple(listing.inodes))} {extra}"
    )
    return blake2b(names, digest_size=16).hexdigest() + " " + numbers


def folder_stamps(listing: Listing) -> bytes:
    """The folders of the listing with their mtimes, in a form to keep."""
    return os.fsencode("\0".join(f"{mtime}\0{prefix}" for prefix, mtime in listing.folders))


def describe(db: sqlite3.Connection, problems: list[Problem]) -> Cache:
    """The cache of an open transaction that is known to be up to date."""
    state = read_state(db)
    if state is None:
        raise sqlite3.DatabaseError("the cache holds no state")
    return Cache(db, state, problems)


def read_state(db: sqlite3.Connection) -> "tuple[object, ...] | None":
    """The one row that says what the cache was made from; None when it is missing."""
    row: tuple[object, ...] | None = db.execute(f"select {_STATE} from state").fetchone()
    return row


def by_listing(db: sqlite3.Connection, listing: Listing, extra: str, now: float) -> "Cache | None":
    """The cache, when the digest of the listing says that nothing changed and nothing is racy."""
    state = read_state(db)
    if state is None or state[0] != digest(listing, extra) or state[2]:
        return None
    if len(listing.files) >= SHORTCUT_MIN and not 0 <= now - float(str(state[4])) < SHORTCUT_SECONDS / 2:
        return None  # let the refresh note the time of this sweep
    return Cache(db, state, listing.problems)


def _by_folders(db: sqlite3.Connection, directory: str, extra: str, now: float) -> "Cache | None":
    """The cache of a large directory, when no folder of it changed since a recent full sweep."""
    state = read_state(db)
    if state is None or not isinstance(state[5], int) or state[5] < SHORTCUT_MIN or state[2]:
        return None
    swept = float(str(state[4]))
    if not 0 <= now - swept < SHORTCUT_SECONDS or not str(state[0]).endswith(" " + extra):
        return None
    kept = os.fsdecode(state[1]).split("\0") if isinstance(state[1], bytes) else []
    for mtime, prefix in zip(kept[::2], kept[1::2], strict=True):
        try:
            found = os.stat(os.path.join(directory, prefix)).st_mtime_ns
        except OSError:
            return None
        if str(found) != mtime or found > swept * 1e9 - RACY_NS:
            return None
    cache = Cache(db, state, unpack_problems(state[9]))
    cache.swept = False
    return cache
