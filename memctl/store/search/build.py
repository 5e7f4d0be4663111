"""Making the search cache and bringing it up to date with the files.

A changed file gets a new id; what its old id left in the inverted index stays there, marked by a length of
zero, until so much of it has gathered that a rebuild is cheaper than carrying it (a contentless FTS5 index
can only forget what it is told again).
"""

import os

from memctl import places
from memctl.domain.fingerprint import fingerprint, hash_many
from memctl.store.disk import files, flock
from memctl.store.disk.sqlite import sqlite3
from memctl.store.memory.listing import Listing
from memctl.store.search import anticipated_rows
from memctl.store.search import cache as store
from memctl.store.search.sweep import (
    Sweep,
    forget_moved,
    load_sweep,
    names_of,
    pointers_of,
    save_sweep,
    unchanged,
)
from memctl.store.search.writer import Filler, Writer

DEAD_MIN = 200
"""Removed entries that are always carried; beyond, they may make up a fifth of the living."""

MANY = 500
"""Files from which it pays to load what works faster."""

PROGRESS_AFTER = 1.0
"""Seconds of indexing after which progress is shown."""

LOCK_WAIT = 30.0
"""Seconds to wait for another process that is indexing; then an index in memory serves."""

TOKEN_BYTES = 6
"""Random bytes in the name of a database that is being built."""

BUILD_HASH = 16 << 20
"""Bytes of terms that FTS5 gathers before it writes a segment while building; halves the time."""

_TABLES = (
    "create table meta(key text primary key, value)",
    "create table docs(id integer primary key, file, name, description, type, modified real, expires real,"
    " superseded, fingerprint, key, warnings, size, mtime, inode)",
    "create table state(digest, folders, racy, unread, swept, live, tokens, stale, lengths, odd)",
    "create table sweep(files, ids, sizes, mtimes, inodes, pointers, index_stamp, asks_stamp)",
    "create virtual table words using"
    f" fts5(head, body, content='', columnsize=0, tokenize='{store.TOKENIZER}')",
    "create index stale on docs(id) where expires > 0 or superseded != ''",
    anticipated_rows.TABLE,
    "create table asks(id integer primary key, key, length, text)",
    "create index asks_key on asks(key)",
)


def bring_up_to_date(
    directory: str, path: str, asks_path: str, listing: Listing, extra: str, now: float, progress: object
) -> store.Cache:
    """The cache of `directory`: updated, rebuilt or, where nothing can be written, made in memory."""
    job = _Job(directory, path, asks_path, listing, extra, now, progress)
    try:
        places.make_private(os.path.dirname(path))
        lock = flock.take(path + ".lock", LOCK_WAIT)
    except OSError:
        lock = None
    if lock is None:
        return job.in_memory()
    try:
        return job.update() or job.rebuild()
    except (sqlite3.Error, OSError):
        return job.in_memory()
    finally:
        os.close(lock)


class _Job:
    """One attempt to make the cache describe `listing`."""

    def __init__(
        self,
        directory: str,
        path: str,
        asks_path: str,
        listing: Listing,
        extra: str,
        now: float,
        progress: object,
    ) -> None:
        self.directory = directory
        self.path = path
        self.asks_path = asks_path
        self.listing = listing
        self.extra = extra
        self.now = now
        self.progress = progress

    def update(self) -> "store.Cache | None":
        """Re-read what changed since the cache was made; None when a rebuild is due."""
        db = store.open_database(self.path)
        if db is None:
            return None
        try:
            found = store.by_listing(db, self.listing, self.extra, self.now)  # another process was faster
            if found is not None:
                return found
            db.execute("commit")
            db.execute("begin immediate")
            if self._refresh(db):
                db.execute("commit")
                db.execute("begin")
                return store.describe(db, self.listing.problems)
        except (sqlite3.Error, ValueError, TypeError, IndexError):
            pass  # damaged: rebuilt
        db.close()
        return None

    def rebuild(self) -> store.Cache:
        """A new database, put in place whole. Raises OSError or sqlite3.Error when it cannot be written."""
        _clear_leftovers(self.path)
        temporary = f"{self.path}.{os.urandom(TOKEN_BYTES).hex()}"
        os.close(
            os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        )
        try:
            db = store.connect(temporary)
            try:
                self._fill(db)
            finally:
                db.close()
            # with the lock held no one can be writing the old database: its journal, left by a killed
            # process, must not be rolled back into the new one
            for leftover in ("-journal", "-wal", "-shm"):
                _unlink(self.path + leftover)
            os.replace(temporary, self.path)
        except BaseException:
            _unlink(temporary)
            raise
        found = store.open_database(self.path)
        if found is None:
            raise sqlite3.DatabaseError("the cache that was just made cannot be read")
        return store.describe(found, self.listing.problems)

    def in_memory(self) -> store.Cache:
        """An index for this process alone."""
        db = store.connect(":memory:")
        self._fill(db)
        db.execute("begin")
        store.attach_vocabularies(db)
        return store.describe(db, self.listing.problems)

    def _fill(self, db: sqlite3.Connection) -> None:
        db.execute("pragma journal_mode=off")  # what fails half-way is thrown away
        db.execute("pragma cache_size=-65536")  # pages are written once, at the end
        db.execute("begin")
        for statement in _TABLES:
            db.execute(statement)
        everything = range(len(self.listing.files))
        if len(everything) > MANY:
            db.execute("insert into words(words, rank) values ('hashsize', ?)", (BUILD_HASH,))
        sweep = Sweep(pointers_of(self.directory))
        sweep.ids = [0] * len(everything)
        filler = self._read(db, sweep, everything, 1)
        if len(everything) > MANY:
            db.execute("insert into words(words, rank) values ('hashsize', ?)", (1 << 20,))
        if self._asks_stamp() != store.MISSING:
            anticipated_rows.sync(db, self.asks_path)
        anticipated_rows.add(db, filler.asks)
        self._save(db, sweep, filler, bytearray(4))
        db.execute("insert into meta values ('made', ?)", (store.made(),))
        db.execute("commit")

    def _read(
        self, db: sqlite3.Connection, sweep: Sweep, positions: "range | list[int]", next_id: int
    ) -> Filler:
        """Index the files at `positions` of the listing and note them in `sweep`."""
        listing = self.listing
        if len(positions) > MANY:
            hash_many()
        writer = Writer(db, len(positions) > MANY)
        filler = Filler(writer, self.directory, next_id, self._asks_stamp() != store.MISSING)
        report = _Progress(self.progress, len(positions))
        pointer = sweep.pointers.get
        names, sizes, mtimes, inodes = listing.files, listing.sizes, listing.mtimes, listing.inodes
        ids = sweep.ids
        try:
            for done, at in enumerate(positions):
                file = names[at]
                ids[at] = filler.add(file, sizes[at], mtimes[at], inodes[at], pointer(file, ""))
                if not done & 255:
                    report(done)
        finally:
            writer.close()
        sweep.files, sweep.sizes, sweep.mtimes, sweep.inodes = names, sizes, mtimes, inodes
        return filler

    def _refresh(self, db: sqlite3.Connection) -> bool:
        """Bring the open database up to date; False when it is better rebuilt."""
        state = store.read_state(db)
        row = db.execute("select * from sweep").fetchone()
        if state is None or row is None:
            return False
        old, index_stamp, asks_stamp = load_sweep(row), row[6], row[7]
        same_pointers = index_stamp == self._index_stamp()
        pointers = old.pointers if same_pointers else pointers_of(self.directory)
        ids = unchanged(self.listing, old)
        if not same_pointers:
            forget_moved(self.listing, ids, old.pointers, pointers)
        self._forget_rewritten(db, ids, set(names_of(state[2])))
        lengths = bytearray(state[8])  # type: ignore[call-overload]
        next_id = len(lengths) // 4
        living, fresh = len(ids), ids.count(0)
        if next_id - 1 + fresh - living > max(DEAD_MIN, living // 5):
            return False
        if asks_stamp != self._asks_stamp():
            if asks_stamp == store.MISSING:
                return False  # the rows have no content keys yet
            anticipated_rows.sync(db, self.asks_path)
        _bury(db, lengths, set(old.ids).difference(ids))
        sweep = Sweep(pointers)
        sweep.ids = ids
        filler = self._read(
            db, sweep, [at for at, doc in enumerate(ids) if not doc] if fresh else [], next_id
        )
        anticipated_rows.add(db, filler.asks)
        self._save(db, sweep, filler, lengths)
        return True

    def _forget_rewritten(self, db: sqlite3.Connection, ids: list[int], racy: set[str]) -> None:
        """Zero the ids of racy files whose bytes are not those that were indexed."""
        if not racy:
            return
        for at, file in enumerate(self.listing.files):
            if file not in racy or not ids[at]:
                continue
            row = db.execute("select fingerprint from docs where id = ?", (ids[at],)).fetchone()
            try:
                raw, _ = files.read_regular(f"{self.directory}/{file}")
            except OSError:
                raw = b""
            if row is None or fingerprint(raw) != row[0]:
                ids[at] = 0

    def _save(self, db: sqlite3.Connection, sweep: Sweep, filler: Filler, lengths: bytearray) -> None:
        """Write the columns, and the one row of state that later uses compare with."""
        lengths.extend(bytes(4 * filler.next_id - len(lengths)))
        view = memoryview(lengths).cast("I")
        for doc, length in filler.lengths.items():
            view[doc] = length
        tokens = sum(view)
        view.release()
        racy = {file for file, _ in filler.unread} | filler.moved | self._recent()
        stale = db.execute("select count(*) from docs where expires > 0 or superseded != ''").fetchone()[0]
        live = len(sweep.ids) - sweep.ids.count(0)
        db.execute("delete from state")
        db.execute(
            "insert into state values (?,?,?,?,?,?,?,?,?,?)",
            (store.digest(self.listing, self.extra), store.folder_stamps(self.listing),
             os.fsencode("\0".join(sorted(racy))), store.pack_problems(filler.unread), repr(self.now), live,
             tokens, stale, bytes(lengths), store.pack_problems(self.listing.problems)),
        )  # fmt: skip
        save_sweep(db, sweep, self._index_stamp(), self._asks_stamp())

    def _recent(self) -> set[str]:
        """Files whose mtime is so close to now that another write might not have moved it."""
        edge = int(self.now * 1e9)
        if max(self.listing.mtimes, default=0) < edge - store.RACY_NS:
            return set()
        near = range(edge - store.RACY_NS, edge + store.RACY_NS)
        return {
            file for file, mtime in zip(self.listing.files, self.listing.mtimes, strict=True) if mtime in near
        }

    def _index_stamp(self) -> str:
        return self.extra.split(";")[0] + ";"

    def _asks_stamp(self) -> str:
        return self.extra.split(";")[1] + ";"


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


def _clear_leftovers(path: str) -> None:
    """Remove what killed builders left: with the lock held no one else is building."""
    folder, base = os.path.split(path)
    for name in os.listdir(folder):
        token = name.removeprefix(base + ".")
        if token != name and len(token) == 2 * TOKEN_BYTES and not token.strip("0123456789abcdef"):
            _unlink(os.path.join(folder, name))


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _bury(db: sqlite3.Connection, lengths: bytearray, gone: set[int]) -> None:
    """Forget the ids `gone`: no row, and a length of zero for what the inverted index still holds."""
    view = memoryview(lengths).cast("I")
    for doc in gone:
        view[doc] = 0
    view.release()
    db.executemany("delete from docs where id = ?", [(doc,) for doc in gone])
    db.executemany("delete from asks where key = ?", [(f"doc:{doc}",) for doc in gone])
