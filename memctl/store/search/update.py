"""Bringing a search cache up to date with the files, one process at a time.

Writers hold a lock file, work in one transaction of SQLite's rollback journal, and put a whole new database
in place by rename. Where nothing can be written, an index in memory serves.

A changed file gets a new id; what its old id left in the inverted index stays there, marked by a length of
zero, until so much of it has gathered that a rebuild is cheaper than carrying it (a contentless FTS5 index
can only forget what it is told again).
"""

import os

from memctl import places
from memctl.domain.fingerprint import fingerprint
from memctl.store.disk import files, flock
from memctl.store.search import anticipated_rows
from memctl.store.search.database import open_database, sqlite3
from memctl.store.search.freshness import State, read_state
from memctl.store.search.snapshot import Snapshot
from memctl.store.search.sweep import (
    Sweep,
    forget_moved,
    load_sweep,
    names_of,
    unchanged,
)

DEAD_MIN = 200
"""Removed entries that are always carried; beyond, they may make up a fifth of the living."""

LOCK_WAIT = 30.0
"""Seconds to wait for another process that is indexing; then an index in memory serves."""


def bring_up_to_date(path: str, snapshot: Snapshot, *, anew: bool) -> tuple[sqlite3.Connection, State]:
    """An open transaction on a cache that describes `snapshot`, and what it says of itself.

    The cache at `path` is updated, rebuilt (always when `anew`: it was seen to be damaged) or, where nothing
    can be written, made in memory.
    """
    db = _on_disk(path, snapshot, anew) or _in_memory(snapshot)
    state = read_state(db)
    if state is None:
        raise sqlite3.DatabaseError("the cache holds no state")
    return db, state


def unwritten(snapshot: Snapshot) -> tuple[sqlite3.Connection, State]:
    """As `bring_up_to_date`, in memory: for a use after which nothing shall be left of what the files say."""
    db = _in_memory(snapshot)
    state = read_state(db)
    if state is None:
        raise sqlite3.DatabaseError("the cache holds no state")
    return db, state


def _in_memory(snapshot: Snapshot) -> sqlite3.Connection:
    from memctl.store.search import build  # most updates need none of it

    return build.in_memory(snapshot)


def _on_disk(path: str, snapshot: Snapshot, anew: bool) -> "sqlite3.Connection | None":
    try:
        places.make_private(os.path.dirname(path))
        lock = flock.take(path + ".lock", LOCK_WAIT)
    except OSError:
        return None
    if lock is None:
        return None
    try:
        updated = None if anew else _updated(path, snapshot)
        if updated is None:
            from memctl.store.search import build

            updated = build.rebuild(path, snapshot)
        return updated
    except (sqlite3.Error, OSError):
        return None
    finally:
        os.close(lock)


def _updated(path: str, snapshot: Snapshot) -> "sqlite3.Connection | None":
    """The cache with what changed since read again; None when it is missing or better rebuilt."""
    db = open_database(path)
    if db is None:
        return None
    try:
        state = read_state(db)
        if state is not None and state.fits(snapshot.listing, snapshot.stamps, snapshot.now):
            return db  # another process was faster
        db.execute("commit")
        db.execute("begin immediate")
        if _refresh(db, snapshot):
            db.execute("commit")
            db.execute("begin")
            return db
    except (sqlite3.Error, ValueError, TypeError, IndexError):
        pass  # damaged: rebuilt
    db.close()
    return None


def _refresh(db: sqlite3.Connection, snapshot: Snapshot) -> bool:
    """Bring the open database up to date; False when it is better rebuilt."""
    state = read_state(db)
    row = db.execute("select * from sweep").fetchone()
    if state is None or row is None:
        return False
    old, index_stamp, queries_stamp = load_sweep(row), row[6], row[7]
    same = index_stamp == snapshot.stamps[0]
    sweep = Sweep(old.pointers if same else snapshot.pointers())
    sweep.ids = unchanged(snapshot.listing, old)
    if not same:
        forget_moved(snapshot.listing, sweep.ids, old.pointers, sweep.pointers)
    _forget_rewritten(db, snapshot, sweep.ids, set(names_of(state.racy)))
    fresh = [at for at, doc in enumerate(sweep.ids) if not doc]
    lengths = bytearray(state.lengths)
    next_id, living = len(lengths) // 4, len(sweep.ids)
    if next_id - 1 + len(fresh) - living > max(DEAD_MIN, living // 5):
        return False
    if queries_stamp != snapshot.stamps[1]:
        anticipated_rows.sync(db, snapshot.queries_path)
    _bury(db, lengths, set(old.ids).difference(sweep.ids))
    indexer = snapshot.index(db, sweep, fresh, next_id)
    anticipated_rows.inherit(db, snapshot, next_id)
    anticipated_rows.add(db, indexer.queries)
    snapshot.save(db, sweep, indexer, lengths)
    return True


def _forget_rewritten(db: sqlite3.Connection, snapshot: Snapshot, ids: list[int], racy: set[str]) -> None:
    """Zero the ids of racy files whose bytes are not those that were indexed."""
    if not racy:
        return
    for at, file in enumerate(snapshot.listing.files):
        if file not in racy or not ids[at]:
            continue
        row = db.execute("select fingerprint from docs where id = ?", (ids[at],)).fetchone()
        try:
            raw, _ = files.read_regular(f"{snapshot.directory}/{file}")
        except OSError:
            raw = b""
        if row is None or fingerprint(raw) != row[0]:
            ids[at] = 0


def _bury(db: sqlite3.Connection, lengths: bytearray, gone: set[int]) -> None:
    """Forget the ids `gone`: no row, and a length of zero for what the inverted index still holds."""
    view = memoryview(lengths).cast("I")
    for doc in gone:
        view[doc] = 0
    view.release()
    db.executemany("delete from docs where id = ?", [(doc,) for doc in gone])
    db.executemany("delete from queries where key = ?", [(f"doc:{doc}",) for doc in gone])
