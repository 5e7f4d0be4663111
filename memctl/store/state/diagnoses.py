"""What the doctor found in each file, kept in the cache directory: what is as it was need not be read again.

Derived and disposable, like the search cache: one that was made under other premises (rules, versions,
settings), by another boot, or that cannot be read, is begun anew; where it cannot be written, it is done
without.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from memctl import places
from memctl.store.search.database import connect, made, open_database, sqlite3

Row = tuple[str, str, str, bytes, bytes]
"""(file, how it looked, what was found as JSON, sketch of its description, sketch of its body)."""

_TABLES = (
    "create table if not exists meta(key text primary key, value)",
    "create table if not exists charts(file primary key, looks, chart, said, body)",
    "create table if not exists scores(pair primary key, score)",
)


@dataclass
class Kept:
    """All that is kept of one directory, by file; and of pairs how alike they are."""

    rows: dict[str, Row] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)


def path_of(directory: str) -> str:
    """Where it is kept: beside the search cache, whose removal takes it along."""
    return places.cache_file(directory) + ".diagnoses"


def report(directory: str, premises: str, digest: str) -> Any:
    """The report on a directory that looked as `digest` says, as it was kept; None where there is none."""
    db = open_database(path_of(directory))
    if db is None:
        return None
    with contextlib.closing(db), contextlib.suppress(sqlite3.Error, ValueError, RecursionError):
        meta = dict(db.execute("select key, value from meta").fetchall())
        if (meta.get("premises"), meta.get("digest")) == (premises, digest):
            return json.loads(meta["report"])
    return None


def kept(directory: str, premises: str) -> Kept:
    """What is kept of every file, where it was found under the same premises."""
    db = open_database(path_of(directory))
    if db is None:
        return Kept()
    with contextlib.closing(db), contextlib.suppress(sqlite3.Error):
        if db.execute("select value from meta where key = 'premises'").fetchone() == (premises,):
            rows = {os.fsdecode(row[0]): row for row in db.execute("select * from charts")}
            return Kept(rows, dict(db.execute("select pair, score from scores")))
    return Kept()


def keep(directory: str, premises: str, digest: str, said: Any, new: Iterable[Row], now: Kept) -> None:
    """Keep the rows that are `new`, of others those in `now` alone; `said` is the report at `digest`, "" for
    none. Never raises: without it the next look is a longer one.
    """
    path = path_of(directory)
    with contextlib.suppress(OSError, sqlite3.Error, ValueError):
        places.make_private(os.path.dirname(path))
        if not _is_of(path, premises):
            _begin(path, premises)
        with contextlib.closing(connect(path)) as db:
            db.execute("begin immediate")
            files = {row[0] for row in db.execute("select file from charts")}
            gone = files.difference(row[0] for row in now.rows.values())
            db.executemany("delete from charts where file = ?", [(file,) for file in gone])
            db.executemany("insert or replace into charts values (?, ?, ?, ?, ?)", new)
            db.execute("delete from scores")
            db.executemany("insert into scores values (?, ?)", now.scores.items())
            told = {"digest": digest, "report": json.dumps(said) if digest else ""}
            db.executemany("insert or replace into meta values (?, ?)", told.items())
            db.execute("commit")


def _is_of(path: str, premises: str) -> bool:
    db = open_database(path)
    if db is None:
        return False
    with contextlib.closing(db):
        return bool(db.execute("select value from meta where key = 'premises'").fetchone() == (premises,))


def _begin(path: str, premises: str) -> None:
    """An empty one in the place of what is there."""
    for name in (path, path + "-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    with contextlib.closing(connect(path)) as db:
        db.execute("begin immediate")
        for statement in _TABLES:
            db.execute(statement)
        db.executemany("insert into meta values (?, ?)", [("made", made()), ("premises", premises)])
        db.execute("commit")
