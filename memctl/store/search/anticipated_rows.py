"""The anticipated queries in the search cache."""

from memctl.store.disk.files import read_regular
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
    """Keep and index what was anticipated for the memories with ids from `first` on that have no queries: for
    the same content in another memory directory, or for a file before it was edited a little."""
    path = snapshot.queries_path
    ask = "select file, key from docs where id >= ? and key not in (select key from queries)"
    lacking = dict(db.execute(ask, (first,)).fetchall())
    keys = set(lacking.values())
    if not keys:
        return
    named = {file: key for file, key in lacking.items() if isinstance(file, str)}
    found = anticipated.inherited(path, keys)
    if snapshot.keeps_queries:
        found = {
            **anticipated.followed(path, named, lambda file: _text_of(snapshot.directory, file)),
            **found,
        }
    if found:
        known = anticipated.lines(path)  # an empty line forgets for good
        try:
            anticipated.put(path, [line for key, line in found.items() if key not in known])
        except OSError:
            return  # they are found again when something else changes
        snapshot.stamps = (snapshot.stamps[0], stamp(path))
        sync(db, path)


def _text_of(directory: str, file: str) -> "tuple[str, str]":
    """Description and body of a memory; empty when it cannot be read."""
    from memctl.format import summary

    try:
        raw, _ = read_regular(f"{directory}/{file}")
    except OSError:
        return "", ""
    memory = summary.read(raw, file, 0.0)
    return memory.description, memory.body


def add(db: sqlite3.Connection, queries: "list[tuple[str, str]]") -> None:
    """Index queries by content key, or by `doc:` and the id of the memory whose header holds them."""
    last = db.execute("select max(id) from queries").fetchone()[0] or 0
    for at, (key, query) in enumerate(queries, last + 1):
        folded = keep(fold(query))
        db.execute("insert into query_words(rowid, text) values (?, ?)", (at, folded))
        db.execute("insert into queries values (?,?,?,?)", (at, key, len(folded.split()), keep(query)))
