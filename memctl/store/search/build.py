"""A search cache from nothing: a new database that is put in place whole, or one in memory."""

import os

from memctl.store.search import anticipated_rows
from memctl.store.search import database as cache
from memctl.store.search.database import sqlite3
from memctl.store.search.freshness import COLUMNS
from memctl.store.search.snapshot import Snapshot
from memctl.store.search.sweep import Sweep

TOKEN_BYTES = 6
"""Random bytes in the name of a database that is being built."""

BUILD_HASH = 16 << 20
"""Bytes of terms that FTS5 gathers before it writes a segment while building; halves the time."""

_TABLES = (
    "create table meta(key text primary key, value)",
    "create table docs(id integer primary key, file, name, description, type, modified real, expires real,"
    " superseded, fingerprint, key, warnings, size, mtime, inode, since real, tier, successor integer,"
    " rests integer)",
    f"create table state({COLUMNS})",
    "create table sweep(files, ids, sizes, mtimes, inodes, pointers, index_stamp, queries_stamp)",
    "create virtual table words using"
    f" fts5(head, body, content='', columnsize=0, tokenize='{cache.TOKENIZER}')",
    "create index stale on docs(id) where expires > 0 or superseded != '' or tier = 'cold'",
    "create index resting on docs(id) where rests",
    anticipated_rows.TABLE,
    "create table queries(id integer primary key, key, length, text)",
    "create index queries_key on queries(key)",
)


def rebuild(path: str, snapshot: Snapshot) -> sqlite3.Connection:
    """A new database in place of what is at `path`; the caller holds its lock. Raises OSError or
    sqlite3.Error when it cannot be written."""
    _clear_leftovers(path)
    temporary = f"{path}.{os.urandom(TOKEN_BYTES).hex()}"
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    try:
        db = cache.connect(temporary)
        try:
            _fill(db, snapshot)
        finally:
            db.close()
        # with the lock held no one can be writing the old database: its journal, left by a killed
        # process, must not be rolled back into the new one
        for leftover in ("-journal", "-wal", "-shm"):
            _unlink(path + leftover)
        os.replace(temporary, path)
    except BaseException:
        _unlink(temporary)
        raise
    found = cache.open_database(path)
    if found is None:
        raise sqlite3.DatabaseError("the cache that was just made cannot be read")
    return found


def in_memory(snapshot: Snapshot) -> sqlite3.Connection:
    """An index for this process alone."""
    db = cache.connect(":memory:")
    _fill(db, snapshot)
    db.execute("begin")
    return db


def _fill(db: sqlite3.Connection, snapshot: Snapshot) -> None:
    db.execute("pragma journal_mode=off")  # what fails half-way is thrown away
    db.execute("pragma cache_size=-65536")  # pages are written once, at the end
    db.execute("begin")
    for statement in _TABLES:
        db.execute(statement)
    everything = range(len(snapshot.listing.files))
    gather = "insert into words(words, rank) values ('hashsize', ?)"
    db.execute(gather, (BUILD_HASH,))
    sweep = Sweep(snapshot.pointers())
    sweep.ids = [0] * len(everything)
    indexer = snapshot.index(db, sweep, everything, 1)
    db.execute(gather, (1 << 20,))  # FTS5's own default
    if snapshot.keeps_queries:
        anticipated_rows.sync(db, snapshot.queries_path)
    anticipated_rows.inherit(db, snapshot, 1)
    anticipated_rows.add(db, indexer.queries)
    snapshot.save(db, sweep, indexer, bytearray(4))
    db.execute("insert into meta values ('made', ?)", (cache.made(),))
    db.execute("commit")


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
