"""The anticipated queries in the search cache."""

from memctl.store.disk.sqlite import sqlite3
from memctl.store.search import anticipated
from memctl.store.search import cache as store
from memctl.store.search.writer import keep
from memctl.text.words import fold

TABLE = f"create virtual table asked using fts5(text, content='', columnsize=0, tokenize='{store.TOKENIZER}')"


def sync(db: sqlite3.Connection, asks_path: str) -> None:
    """Index the kept queries anew (they are short, and seldom change), and with them those from headers."""
    written = db.execute("select key, text from asks where key like 'doc:%'").fetchall()
    db.execute("create index if not exists docs_key on docs(key)")
    db.execute("delete from asks")
    db.execute("drop table asked")
    db.execute(TABLE)
    add(db, written)
    add(db, [(key, query) for key, queries in anticipated.read(asks_path).items() for query in queries])


def add(db: sqlite3.Connection, asks: "list[tuple[str, str]]") -> None:
    """Index queries by content key, or by `doc:` and the id of the memory whose header holds them."""
    last = db.execute("select max(id) from asks").fetchone()[0] or 0
    for at, (key, query) in enumerate(asks, last + 1):
        folded = keep(fold(query))
        db.execute("insert into asked(rowid, text) values (?, ?)", (at, folded))
        db.execute("insert into asks values (?,?,?,?)", (at, key, len(folded.split()), keep(query)))
