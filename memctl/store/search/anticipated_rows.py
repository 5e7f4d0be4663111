"""The anticipated queries in the search cache."""

from memctl.store.search import anticipated
from memctl.store.search.database import TOKENIZER, sqlite3
from memctl.store.search.freshness import stamp
from memctl.store.search.indexer import keep
from memctl.store.search.snapshot import Snapshot
from memctl.text.words import fold

TABLE = f"create virtual table query_words using fts5(text, content='', columnsize=0, tokenize='{TOKENIZER}')"


def sync(db: sqlite3.Connection, path: str) -> None:
    """Index the queries kept at `path` anew (they are short, and seldom change), and with them those from
    headers."""
    written = db.execute("select key, text from queries where key like 'doc:%'").fetchall()
    db.execute("create index if not exists docs_key on docs(key)")
    db.execute("delete from queries")
    db.execute("drop table query_words")
    db.execute(TABLE)
    add(db, written)
    add(db, [(key, query) for key, queries in anticipated.read(path).items() for query in queries])


def inherit(db: sqlite3.Connection, snapshot: Snapshot, first: int) -> None:
    """Keep and index what another memory directory anticipated for the same content: for the memories with
    ids from `first` on that have no queries."""
    path = snapshot.queries_path
    ask = "select distinct key from docs where id >= ? and key not in (select key from queries)"
    found = anticipated.inherited(path, {key for (key,) in db.execute(ask, (first,))})
    if found:
        known = anticipated.lines(path)  # an empty line forgets for good
        try:
            anticipated.put(path, [line for key, line in found.items() if key not in known])
        except OSError:
            return  # they are found again when something else changes
        snapshot.stamps = (snapshot.stamps[0], stamp(path))
        sync(db, path)


def add(db: sqlite3.Connection, queries: "list[tuple[str, str]]") -> None:
    """Index queries by content key, or by `doc:` and the id of the memory whose header holds them."""
    last = db.execute("select max(id) from queries").fetchone()[0] or 0
    for at, (key, query) in enumerate(queries, last + 1):
        folded = keep(fold(query))
        db.execute("insert into query_words(rowid, text) values (?, ?)", (at, folded))
        db.execute("insert into queries values (?,?,?,?)", (at, key, len(folded.split()), keep(query)))
