"""Making the search cache and bringing it up to date: files in, rows and terms out.

A changed file gets a new id; what its old id left in the inverted index stays there, marked by a length of
zero, until so much of it has gathered that a rebuild is cheaper than carrying it (a contentless FTS5 index
can only forget what it is told again).
"""

import os
import sqlite3

from memctl.domain.words import fold
from memctl.store import cache as store
from memctl.store import anticipated, fields, files
from memctl.store.listing import Listing, Problem

INDEXED_MAX = 512 * 1024
"""Characters of one body that are indexed: a pasted log at the end of a memory must not drown the rest."""

DEAD_MIN = 200
"""Removed entries that are always carried; beyond, they may make up a fifth of the living."""

PROGRESS_AFTER = 1.0
"""Seconds of indexing after which progress is shown."""

LOCK_WAIT = 10.0
"""Seconds to wait for another process that is indexing; then an index in memory serves."""

_TABLES = (
    "create table meta(key text primary key, value)",
    "create table docs(id integer primary key, file, name, description, type, modified real, expires real,"
    " superseded, fingerprint, key, warnings, size, mtime, inode)",
    "create table state(digest, folders, racy, unread, swept, live, tokens, stale, lengths, odd)",
    "create table sweep(files, ids, sizes, mtimes, inodes, pointers, index_stamp, asks_stamp)",
    f"create virtual table words using fts5(head, body, content='', tokenize='{store.TOKENIZER}')",
    f"create virtual table asked using fts5(text, content='', columnsize=0, tokenize='{store.TOKENIZER}')",
    "create table asks(id integer primary key, key, length, text)",
    "create index asks_key on asks(key)",
)


class Sweep:
    """One entry per listed file, as columns: what the inverted index was made from."""

    __slots__ = ("files", "ids", "inodes", "mtimes", "pointers", "sizes")

    def __init__(self) -> None:
        self.files: list[str] = []
        self.ids: list[int] = []  # 0 for a file that could not be read
        self.sizes: list[int] = []
        self.mtimes: list[int] = []
        self.inodes: list[int] = []
        self.pointers: dict[str, str] = {}  # file -> its pointer's text in the index


class Filler:
    """Reads files and writes their rows and terms into one database, inside a transaction of the caller."""

    def __init__(self, db: sqlite3.Connection, directory: str, next_id: int, progress: object) -> None:
        self.db = db
        self.directory = directory
        self.next_id = next_id
        self.progress = progress
        self.lengths: dict[int, int] = {}
        self.unread: list[Problem] = []
        self.moved: set[str] = set()  # changed between the listing and the reading: read again next time

    def add(self, file: str, size: int, mtime: int, inode: int, pointer: str) -> int:
        """Index one file and return its id; 0 when it cannot be read (noted in `unread`)."""
        try:
            raw, stat = files.read_regular(os.path.join(self.directory, file))
        except OSError as error:
            self.unread.append((file, error.strerror or "cannot be read"))
            return 0
        if (stat.st_size, stat.st_mtime_ns, stat.st_ino) != (size, mtime, inode):
            self.moved.add(file)
        memory = fields.read(raw, file, mtime / 1e9)
        doc = self.next_id
        self.next_id += 1
        body = memory.body[:INDEXED_MAX]
        self.lengths[doc] = len(body) // 4 + 1
        self.db.execute(
            "insert into words(rowid, head, body) values (?, ?, ?)", (doc, _head(memory, pointer), fold(body))
        )
        self.db.execute(
            "insert into docs values (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (doc, _keep_file(file), _keep(memory.name), _keep(memory.description), memory.type, memory.modified,
             memory.expires, _keep(memory.superseded), files.fingerprint(raw), anticipated.content_key(memory.description, memory.body),
             _keep("\n".join(memory.warnings)), size, mtime, inode),
        )  # fmt: skip
        return doc


def _head(memory: fields.Fields, pointer: str) -> str:
    """The heavy field: name, file name (once, when they agree), description, the pointer in the index."""
    stem = memory.file[:-3]
    name = memory.name if memory.name == stem else f"{memory.name} {stem}"
    return fold(f"{name} {memory.description} {pointer}")


def _keep(text: str) -> str:
    """`text` as SQLite can hold it; lone surrogates (from YAML escapes) cannot be kept."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _keep_file(file: str) -> "str | bytes":
    """A file name, which may hold bytes that are no UTF-8."""
    try:
        file.encode()
    except UnicodeEncodeError:
        return os.fsencode(file)
    return file


def bring_up_to_date(
    directory: str, path: str, asks_path: str, listing: Listing, extra: str, now: float, progress: object
) -> store.Cache:
    """The cache of `directory` after an update, a rebuild or, where nothing can be written, made in memory."""
    job = _Job(directory, path, asks_path, listing, extra, now, progress)
    try:
        lock = _lock(path)
    except OSError:
        return job.in_memory()
    try:
        return job.update() or job.rebuild()
    except (sqlite3.Error, OSError):
        return job.in_memory()
    finally:
        os.close(lock)


def _lock(path: str) -> int:
    """An exclusive lock on the cache, released when the descriptor is closed or its process dies.

    Raises OSError when the directory cannot be made or written, or another process holds on for too long.
    """
    import fcntl
    import time

    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        _make_private(folder)
    handle = os.open(path + ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + LOCK_WAIT
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > deadline:
                os.close(handle)
                raise
            time.sleep(0.02)
        else:
            return handle


def _make_private(folder: str) -> None:
    old = os.umask(0o077)
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
    finally:
        os.umask(old)


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
        except sqlite3.Error:
            pass
        db.close()
        return None

    def rebuild(self) -> store.Cache:
        """A new database, put in place whole. Raises OSError or sqlite3.Error when it cannot be written."""
        temporary = f"{self.path}.{os.urandom(6).hex()}"
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
        db.execute("pragma journal_mode=off")
        db.execute("begin")
        for statement in _TABLES:
            db.execute(statement)
        # one large hash table instead of many small segments that are merged again: half the time
        db.execute("insert into words(words, rank) values ('hashsize', ?)", (16 << 20,))
        sweep = Sweep()
        sweep.pointers = _pointers(self.directory)
        filler = Filler(db, self.directory, 1, self.progress)
        self._read(filler, sweep, range(len(self.listing.files)), {})
        _sync_asks(db, self.asks_path)
        self._save(db, sweep, filler, bytearray(4))
        db.execute("insert into words(words, rank) values ('hashsize', ?)", (1 << 20,))
        db.execute("insert into meta values ('made', ?)", (store.made(),))
        db.execute("commit")

    def _read(
        self, filler: Filler, sweep: Sweep, positions: "range | list[int]", ids: dict[int, int]
    ) -> None:
        """Index the files at `positions` of the listing; `ids` gets their new ids by position."""
        listing = self.listing
        total = len(positions)
        report = _Progress(self.progress, total)
        for done, at in enumerate(positions):
            file = listing.files[at]
            pointer = sweep.pointers.get(file, "")
            ids[at] = filler.add(file, listing.sizes[at], listing.mtimes[at], listing.inodes[at], pointer)
            if not done & 255:
                report(done)
        sweep.files, sweep.sizes = listing.files, listing.sizes
        sweep.mtimes, sweep.inodes = listing.mtimes, listing.inodes
        sweep.ids = [ids[at] if at in ids else sweep.ids[at] for at in range(len(listing.files))]

    def _refresh(self, db: sqlite3.Connection) -> bool:
        """Bring the open database up to date; False when it is better rebuilt."""
        state = store.read_state(db)
        old = _load_sweep(db)
        if state is None or old is None:
            return False
        stamps = db.execute("select index_stamp, asks_stamp from sweep").fetchone()
        pointers = old.pointers
        if stamps[0] != store.stamp(os.path.join(self.directory, "MEMORY.md")):
            pointers = _pointers(self.directory)
        racy = set(os.fsdecode(state[2]).split("\0")) if isinstance(state[2], bytes) else set()
        kept, changed = _compare(self.listing, old, racy, pointers)
        changed += self._rewritten(db, kept, racy)
        gone = set(old.ids) - {doc for at, doc in kept.items() if at not in set(changed)} - {0}
        lengths = bytearray(state[8]) if isinstance(state[8], bytes) else bytearray(4)
        living = len(self.listing.files)
        if len(lengths) // 4 - 1 + len(changed) - living > max(DEAD_MIN, living // 5):
            return False
        view = memoryview(lengths).cast("I")
        for doc in gone:
            view[doc] = 0
        view.release()
        db.executemany("delete from docs where id = ?", [(doc,) for doc in gone])
        sweep = Sweep()
        sweep.pointers = pointers
        sweep.ids = [kept.get(at, 0) for at in range(living)]
        filler = Filler(db, self.directory, len(lengths) // 4, self.progress)
        self._read(filler, sweep, changed, {})
        if stamps[1] != store.stamp(self.asks_path):
            _sync_asks(db, self.asks_path)
        self._save(db, sweep, filler, lengths)
        return True

    def _rewritten(self, db: sqlite3.Connection, kept: dict[int, int], racy: set[str]) -> list[int]:
        """Positions of racy files whose bytes are not those that were indexed."""
        found = []
        for at, doc in kept.items():
            file = self.listing.files[at]
            if file not in racy:
                continue
            row = db.execute("select fingerprint from docs where id = ?", (doc,)).fetchone()
            try:
                raw, _ = files.read_regular(os.path.join(self.directory, file))
            except OSError:
                raw = b""
            if row is None or files.fingerprint(raw) != row[0]:
                found.append(at)
        return found

    def _save(self, db: sqlite3.Connection, sweep: Sweep, filler: Filler, lengths: bytearray) -> None:
        """Write the columns and the one row of state that later uses compare with."""
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
             os.fsencode("\0".join(sorted(racy))), store.pack_problems(filler.unread), repr(self.now), live, tokens,
             stale, bytes(lengths), store.pack_problems(self.listing.problems)),
        )  # fmt: skip
        _save_sweep(
            db, sweep, store.stamp(os.path.join(self.directory, "MEMORY.md")), store.stamp(self.asks_path)
        )

    def _recent(self) -> set[str]:
        """Files whose mtime is so close to now that another write might not have moved it."""
        edge = int(self.now * 1e9)
        near = range(edge - store.RACY_NS, edge + store.RACY_NS)
        return {
            file for file, mtime in zip(self.listing.files, self.listing.mtimes, strict=True) if mtime in near
        }


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


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _compare(
    listing: Listing, old: Sweep, racy: set[str], pointers: dict[str, str]
) -> tuple[dict[int, int], list[int]]:
    """What of the listing is as it was (position -> id), and the positions of what must be read."""
    was = {
        file: (doc, size, mtime, inode)
        for file, doc, size, mtime, inode in zip(
            old.files, old.ids, old.sizes, old.mtimes, old.inodes, strict=True
        )
    }
    moved_pointers = set()
    if pointers is not old.pointers:
        both = set(pointers) | set(old.pointers)
        moved_pointers = {file for file in both if pointers.get(file, "") != old.pointers.get(file, "")}
    kept: dict[int, int] = {}
    changed: list[int] = []
    now = zip(listing.files, listing.sizes, listing.mtimes, listing.inodes, strict=True)
    for at, (file, size, mtime, inode) in enumerate(now):
        doc, *stat = was.get(file, (0, -1, 0, 0))
        if doc and stat == [size, mtime, inode] and file not in moved_pointers:
            kept[at] = doc
        else:
            changed.append(at)
    return kept, changed


def _pointers(directory: str) -> dict[str, str]:
    """File -> the words with which the index (`MEMORY.md`) points at it; {} when it cannot be read."""
    try:
        raw, _ = files.read_regular(os.path.join(directory, "MEMORY.md"), INDEXED_MAX)
    except OSError:
        return {}
    from memctl.domain.index import pointers

    found: dict[str, str] = {}
    for pointer in pointers(raw.decode("utf-8", "replace")):
        text = pointer.text.replace(pointer.file, " ")
        found[pointer.file] = f"{found[pointer.file]} {text}" if pointer.file in found else text
    return found


def _load_sweep(db: sqlite3.Connection) -> "Sweep | None":
    row = db.execute("select files, ids, sizes, mtimes, inodes, pointers from sweep").fetchone()
    if row is None:
        return None
    sweep = Sweep()
    sweep.files = os.fsdecode(row[0]).split("\0") if row[0] else []
    sweep.ids, sweep.sizes, sweep.mtimes = (memoryview(part).cast("q").tolist() for part in row[1:4])
    sweep.inodes = memoryview(row[4]).cast("Q").tolist()
    parts = os.fsdecode(row[5]).split("\0") if row[5] else []
    sweep.pointers = dict(zip(parts[::2], parts[1::2], strict=True))
    return sweep


def _save_sweep(db: sqlite3.Connection, sweep: Sweep, index_stamp: str, asks_stamp: str) -> None:
    from array import array

    pairs = [part for pair in sweep.pointers.items() for part in pair]
    numbers = [array("q", column).tobytes() for column in (sweep.ids, sweep.sizes, sweep.mtimes)]
    db.execute("delete from sweep")
    db.execute(
        "insert into sweep values (?,?,?,?,?,?,?,?)",
        (os.fsencode("\0".join(sweep.files)), *numbers, array("Q", sweep.inodes).tobytes(),
         os.fsencode("\0".join(part.replace("\0", " ") for part in pairs)), index_stamp, asks_stamp),
    )  # fmt: skip


def _sync_asks(db: sqlite3.Connection, asks_path: str) -> None:
    """Index the anticipated queries anew: there are few, they are short, and they seldom change."""
    db.execute("delete from asks")
    db.execute("drop table asked")
    db.execute(
        f"create virtual table asked using fts5(text, content='', columnsize=0, tokenize='{store.TOKENIZER}')"
    )
    at = 0
    for key, queries in anticipated.read(asks_path).items():
        for query in queries:
            at += 1
            folded = fold(_keep(query))
            db.execute("insert into asked(rowid, text) values (?, ?)", (at, folded))
            db.execute("insert into asks values (?,?,?,?)", (at, key, len(folded.split()), _keep(query)))
