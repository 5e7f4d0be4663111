"""The search cache of one memory directory: what is asked of it, always right about the files as they are.

Every use compares the files with what the cache was made from (`freshness`) and brings it up to date first
(`update`). Whoever gets a cache that was not `swept` must stat what it returns (`Cache.confirm`).

On the hot path: imports nothing but os and hot modules.
"""

import os

from memctl.domain.relation import PINNED
from memctl.store.memory.listing import Problem, columns
from memctl.store.search.database import TOKENIZER, open_database, sqlite3
from memctl.store.search.freshness import State, read_state, stamp, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from memctl.store.memory.listing import Listing

Row = tuple[int, str, str, str, "str | None", float, float, str, str, str, float, str, int]
"""(id, file, name, description, type, modified, expires, superseded, fingerprint, warnings joined by \\n,
since, tier, id of the memory that replaces it or 0)"""

SAYING_MAX = 100
"""Memories that are looked at where many have the same words in a row in their header."""

ORDERS = {
    "modified": "modified desc, file",
    "name": "file",
    "type": "coalesce(nullif(type, ''), '~'), modified desc, file",
    "pinned": f"tier = '{PINNED}' desc, modified desc, file",
}
"""Orders in which rows are told, of those without a type the type last."""

_ROW = (
    "id, file, name, description, type, modified, expires, superseded, fingerprint, warnings, since, tier,"
    " successor"
)


class Cache:
    """An open cache that describes the files as they are now. Close it after use."""

    def __init__(self, db: sqlite3.Connection, state: State, problems: list[Problem], swept: bool) -> None:
        self.db = db
        self.live: int = state.live
        self.tokens: int = state.tokens
        self.stale: int = state.stale
        self.lengths = memoryview(state.lengths).cast("I")
        self.problems = problems + unpack(state.unread)
        self.listing: Listing | None = None  # what is there, where it was listed just now
        self.swept = swept  # False when the folders' mtimes stood for the listing
        self.doubts: dict[str, tuple[str, str, str]] = {}  # `store.state.doubts`, for who asks about now
        self.query_count: int = db.execute("select count(*) from queries").fetchone()[0]
        # views of the inverted indexes: which terms there are, and where each stands
        db.execute("create virtual table temp.terms using fts5vocab(main, words, row)")
        db.execute("create virtual table temp.instances using fts5vocab(main, words, instance)")
        if self.query_count:
            db.execute(
                "create virtual table temp.query_instances using fts5vocab(main, query_words, instance)"
            )

    def close(self) -> None:
        """Close the database; a cache that is left open costs the next reader a look at its journal."""
        self.lengths.release()
        self.db.close()

    def stems(self, words: list[str]) -> list[list[str]]:
        """What the index's own tokenizer makes of each word (usually one stem)."""
        memory = sqlite3.connect(":memory:", isolation_level=None)
        try:
            memory.execute(
                f"create virtual table q using fts5(w, content='', columnsize=0, tokenize='{TOKENIZER}')"
            )
            memory.execute("create virtual table v using fts5vocab(q, instance)")
            memory.execute("begin")
            memory.executemany("insert into q(rowid, w) values (?, ?)", enumerate(words))
            memory.execute("commit")
            found: list[list[str]] = [[] for _ in words]
            for at, term in memory.execute("select doc, term from v order by doc, offset"):
                found[at].append(term)
            return found
        finally:
            memory.close()

    def frequency(self, stem: str) -> int:
        """How many memories hold `stem` (removed ones that are still in the index included)."""
        row = self.db.execute("select doc from terms where term = ?", (stem,)).fetchone()
        return row[0] if row else 0

    def commonest(self, prefix: str) -> str:
        """The term in most memories of those that begin with `prefix`; `prefix` where there is none."""
        row = self.db.execute(
            "select term from terms where term >= ? and term < ? order by doc desc limit 1",
            (prefix, prefix + "\U0010ffff"),
        ).fetchone()
        return row[0] if row else prefix

    def longer(self, stem: str, limit: int) -> list[str]:
        """The rarest `limit` terms that begin with `stem` and are longer."""
        found = self.db.execute(
            "select term from terms where term > ? and term < ? order by doc limit ?",
            (stem, stem + "\U0010ffff", limit),
        )
        return [term for (term,) in found]

    def instances(self, stem: str) -> "sqlite3.Cursor":
        """(id, column) of every place where `stem` stands; the column is `head` or `body`."""
        return self.db.execute("select doc, col from instances where term = ?", (stem,))

    def headed(self, stems: list[str]) -> "dict[str, set[int]]":
        """Stem -> ids of the memories whose header holds it, of those of `stems` that stand in one."""
        found: dict[str, set[int]] = {}
        ask = f"select term, doc from instances where term in ({_marks(stems)}) and col = 'head'"
        for stem, doc in self.db.execute(ask, stems):
            found.setdefault(stem, set()).add(doc)
        return found

    def holders(self, word: str, among: "list[int] | None" = None) -> set[int]:
        """Ids of the memories that hold `word` (letters and digits only), of all or `among` some."""
        ask, query = "select rowid from words where words match ?", f'"{word}"'
        if among is None:
            return {doc for (doc,) in self.db.execute(ask, (query,))}
        ask += " and rowid = ?"
        return {doc for doc in among if self.db.execute(ask, (query, doc)).fetchone()}

    def saying(self, text: str) -> list[Row]:
        """The rows of the memories whose header holds the words of `text` (folded) one after the other."""
        phrase = text.replace('"', " ").replace("\0", " ")
        if not phrase.strip():
            return []
        found = self.db.execute("select rowid from words where words match ?", (f'head : "{phrase}"',))
        return self.rows([doc for (doc,) in found.fetchmany(SAYING_MAX)])

    def called(self, name: str) -> list[str]:
        """The files of the memories whose header names them so."""
        return [
            os.fsdecode(file) for (file,) in self.db.execute("select file from docs where name = ?", (name,))
        ]

    def resting(self) -> list[str]:
        """The files of the memories whose header names evidence, in order."""
        return sorted(os.fsdecode(file) for (file,) in self.db.execute("select file from docs where rests"))

    def rows(self, ids: list[int]) -> list[Row]:
        """The rows of `ids`, in no particular order; removed memories have none."""
        return self._rows(f"where id in ({_marks(ids)})", ids)

    def filed(self, files: list[str]) -> list[Row]:
        """The rows of these files; each call looks through all that there are."""
        return self._rows(f"where file in ({_marks(files)})", files) if files else []

    def newest(self, limit: int = -1) -> list[Row]:
        """The `limit` newest rows, the newest first; every row without a limit."""
        return self._rows("order by modified desc, file limit ?", [limit])

    def first(self, limit: int, order: str, type_: "str | None" = None) -> list[Row]:
        """The first `limit` rows in an order of `ORDERS`, of all or of those of one type."""
        which, values = ("where type = ? ", [type_]) if type_ is not None else ("", [])
        return self._rows(f"{which}order by {ORDERS[order]} limit ?", [*values, limit])

    def _rows(self, which: str, values: "list[Any]") -> list[Row]:
        return [_row(raw) for raw in self.db.execute(f"select {_ROW} from docs {which}", values)]

    def queries_with(self, stem: str) -> set[int]:
        """Ids of the anticipated queries that hold `stem`."""
        return {q for (q,) in self.db.execute("select doc from query_instances where term = ?", (stem,))}

    def queries(self, ids: list[int]) -> list[tuple[int, int, int, str]]:
        """(id, id of its memory, its length in words, its text) of the anticipated queries `ids`.

        Several memories with the same content share their queries.
        """
        marks = _marks(ids)
        ask = "select queries.id, docs.id, length, text from queries join docs on"
        kept = self.db.execute(f"{ask} docs.key = queries.key where queries.id in ({marks})", ids).fetchall()
        by_id = "docs.id = cast(substr(queries.key, 5) as integer)"
        written = f"{ask} {by_id} where queries.key like 'doc:%' and queries.id in ({marks})"
        return kept + self.db.execute(written, ids).fetchall()

    def confirm(self, directory: str, ids: list[int]) -> bool:
        """Whether the files of `ids` are still those that were indexed; needed after the shortcut."""
        ask = f"select file, size, mtime, inode from docs where id in ({_marks(ids)})"
        for file, *known in self.db.execute(ask, ids):
            try:
                stat = os.lstat(os.path.join(directory, os.fsdecode(file)))
            except OSError:
                return False
            if [stat.st_size, stat.st_mtime_ns, stat.st_ino] != known:
                return False
        return True


def _marks(values: "list[int] | list[str]") -> str:
    return ",".join("?" * len(values))


def _row(raw: "Any") -> Row:
    """`raw` with its file name as Python has it: one that is not UTF-8 is kept as bytes."""
    return (raw[0], os.fsdecode(raw[1]), *raw[2:]) if isinstance(raw[1], bytes) else raw


def open_cache(
    directory: str,
    path: str,
    queries_path: str,
    now: float,
    *,
    whole: bool = False,
    progress: object = None,
) -> Cache:
    """The cache at `path` of `directory`, brought up to date with the files.

    `queries_path` holds the anticipated queries; `now` is in seconds since the epoch. `whole` refuses the
    shortcut. `progress(done, total)` is called while a first indexing takes over a second. Raises OSError
    when the directory itself cannot be read.
    """
    stamps = stamp(os.path.join(directory, "MEMORY.md")), stamp(queries_path)
    listing, damaged = None, False
    db = open_database(path)
    if db is not None:
        try:
            state = read_state(db)
            if state is not None and not whole and state.fits_folders(directory, stamps, now):
                return Cache(db, state, unpack(state.odd), False)
            listing = columns(directory)
            if state is not None and state.fits(listing, stamps, now):
                return _with(Cache(db, state, listing.problems, True), listing)
        except (sqlite3.Error, ValueError, TypeError, AttributeError):
            damaged = True
        db.close()
    from memctl.store.search.snapshot import Snapshot
    from memctl.store.search.update import bring_up_to_date

    snapshot = Snapshot(directory, listing or columns(directory), stamps, queries_path, now, progress)
    db, state = bring_up_to_date(path, snapshot, anew=damaged)
    return _with(Cache(db, state, snapshot.listing.problems, True), snapshot.listing)


def _with(cache: Cache, listing: "Listing") -> Cache:
    cache.listing = listing
    return cache
