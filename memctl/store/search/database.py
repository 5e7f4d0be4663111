"""The file of a search cache: one SQLite database with FTS5, opened only when it is worth reading.

Whatever is wrong with it (another version, another boot, damage, a link) makes it worth nothing, and it is
built anew: it holds nothing that the files do not.

On the hot path: imports nothing but os, sys and SQLite's C module. The standard library's `sqlite3` package
imports datetime and collections.abc besides, to register adapters for dates, which nothing here stores; so
take `sqlite3` from here. Connections and exceptions are the very classes of that package.
"""

import os
import sys
import time

TYPE_CHECKING = False  # type checkers know the name; typing itself costs a hook its time
if TYPE_CHECKING:
    import sqlite3 as sqlite3
else:

    def _c_module():
        """SQLite's C module. All it wants of `functools` is `lru_cache`, to keep prepared statements; the
        import of the rest costs a tenth of a hook call, so where none has happened this stands in for it."""
        if "functools" in sys.modules:
            import _sqlite3

            return _sqlite3
        from _functools import _lru_cache_wrapper

        class Functools:
            """Stands in for the module while `_sqlite3` looks for `functools.lru_cache`."""

            @staticmethod
            def lru_cache(size):
                """As `functools.lru_cache(maxsize=size)`: a decorator."""
                return lambda call: _lru_cache_wrapper(call, size, False, tuple)

        sys.modules["functools"] = Functools
        try:
            import _sqlite3
        finally:
            del sys.modules["functools"]
        return _sqlite3

    try:
        sqlite3 = _c_module()
    except ImportError:  # pragma: no cover - another interpreter than CPython
        import sqlite3

SCHEMA = "10"
"""Changes with the tables, the tokenizer or `words.fold`: an older cache is rebuilt."""

TOKENIZER = "porter unicode61 remove_diacritics 2"

BUSY_MS = 3000


def connect(path: str) -> sqlite3.Connection:
    """A connection set up for a cache: no fsync (it can be rebuilt), temporary tables in memory."""
    db = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    db.execute("pragma synchronous=off")
    db.execute("pragma temp_store=memory")
    return db


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
            return db
    except sqlite3.Error:
        pass
    if db is not None:
        db.close()
    return None


def made() -> str:
    """What a cache must have been made by to be read: these tables, this SQLite, this boot, this time zone.

    After a crash of the whole machine unsynced pages may be missing without a trace, hence the boot. The end
    of a day, which is local, is kept as a moment, hence the zone.
    """
    try:
        handle = os.open("/proc/sys/kernel/random/boot_id", os.O_RDONLY | os.O_CLOEXEC)
        try:
            boot = os.read(handle, 64).decode("ascii", "replace").strip()
        finally:
            os.close(handle)
    except OSError:
        boot = ""
    return f"{SCHEMA} {sqlite3.sqlite_version} {boot} {time.timezone} {time.altzone} {time.tzname}"
