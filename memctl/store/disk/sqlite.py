"""SQLite without what the standard library's `sqlite3` package loads besides.

The package imports datetime and collections.abc to register adapters for dates, which nothing here stores;
that is a fifth of a bare Python start, paid at every hook call. Use it as
`from memctl.store.disk.sqlite import sqlite3`; connections and exceptions are the very classes of `sqlite3`.
"""

TYPE_CHECKING = False  # type checkers know the name; typing itself costs a hook its time
if TYPE_CHECKING:
    import sqlite3
else:
    try:
        import _sqlite3 as sqlite3
    except ImportError:  # pragma: no cover - another interpreter than CPython
        import sqlite3

__all__ = ["sqlite3"]
