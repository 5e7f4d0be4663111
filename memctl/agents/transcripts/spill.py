"""Order and identity of records, kept in a private temporary database instead of in memory.

A session file may hold a million records; which of them stand, and in which order, is known only at its end.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager


@contextmanager
def spill(*schema: str) -> Iterator[sqlite3.Connection]:
    """An empty database that SQLite keeps in a file of its own and removes; its cache is 2 MiB at most."""
    with closing(sqlite3.connect("", isolation_level=None)) as db:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", "cache_size=-2000"):
            db.execute(f"PRAGMA {pragma}")
        for statement in schema:
            db.execute(statement)
        db.execute("BEGIN")
        yield db
