"""From files to rows and terms of the search cache: reads topic files and writes what is searched in them."""

import os

from memctl.domain.fingerprint import fingerprint
from memctl.domain.relation import COLD, HOT, PINNED, WARM
from memctl.format import summary
from memctl.format.caption import caption
from memctl.store.disk import files
from memctl.store.memory.listing import Problem
from memctl.store.search import anticipated
from memctl.store.search.database import sqlite3
from memctl.text.words import fold

MTIME_MAX = 2**63 - 1
"""The latest time in nanoseconds that the cache holds: in the year 2262."""

INDEXED_MAX = 512 * 1024
"""Characters of one body that are indexed: a pasted log at the end of a memory must not drown the rest."""

CHUNK = 256
"""Rows that are written at a time."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Read = tuple[bytes, os.stat_result]

Terms = tuple[int, str, str]
"""(id, folded header, folded body) of one memory."""


class RowWriter:
    """Writes rows into one database, inside a transaction of the caller.

    `many` puts the writing on a thread of its own: SQLite works outside the interpreter's lock, so that
    reading the next files and cutting them into terms go on meanwhile.
    """

    def __init__(self, db: sqlite3.Connection, many: bool) -> None:
        self.db = db
        self.terms: list[Terms] = []
        self.rows: list[tuple[object, ...]] = []
        self.failure: BaseException | None = None
        self.thread = None
        if many:
            from queue import SimpleQueue
            from threading import Thread

            self.queue: SimpleQueue[tuple[list[Terms], list[tuple[object, ...]]] | None] = SimpleQueue()
            self.thread = Thread(target=self._work, daemon=True)
            self.thread.start()

    def put(self, terms: Terms, row: tuple[object, ...]) -> None:
        """Add one memory's terms and its row of `docs`."""
        self.terms.append(terms)
        self.rows.append(row)
        if len(self.rows) >= CHUNK:
            self._hand_over()

    def close(self) -> None:
        """Write what is left. Raises what the writing raised."""
        self._hand_over()
        if self.thread is not None:
            self.queue.put(None)
            self.thread.join()
        if self.failure is not None:
            raise self.failure

    def _hand_over(self) -> None:
        chunk = (self.terms, self.rows)
        self.terms, self.rows = [], []
        if self.thread is None:
            self._write(*chunk)
        else:
            self.queue.put(chunk)

    def _work(self) -> None:
        while (chunk := self.queue.get()) is not None:
            if self.failure is None:
                try:
                    self._write(*chunk)
                except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits
                    self.failure = error

    def _write(self, terms: list[Terms], rows: list[tuple[object, ...]]) -> None:
        self.db.executemany("insert into words(rowid, head, body) values (?, ?, ?)", terms)
        self.db.executemany("insert into docs values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,?)", rows)


class TopicIndexer:
    """Reads files one by one, gives them ids from `next_id` on, and hands them to a `RowWriter`.

    `read` gives the bytes of a file and what its stat says. Raises OSError.
    """

    def __init__(self, writer: RowWriter, read: "Callable[[str], Read]", next_id: int) -> None:
        self.writer = writer
        self.read = read
        self.next_id = next_id
        self.lengths: dict[int, int] = {}
        self.queries: list[tuple[str, str]] = []  # ("doc:ID", query) of the queries that headers hold
        self.unread: list[Problem] = []
        self.moved: set[str] = set()  # changed between the listing and the reading: read again next time

    def add(self, file: str, size: int, mtime: int, inode: int, pointer: str) -> int:
        """Index one file and return its id; 0 when it cannot be read (noted in `unread`)."""
        try:
            raw, stat = self.read(file)
        except OSError as error:
            self.unread.append((file, error.strerror or "cannot be read"))
            return 0
        if (stat.st_size, stat.st_mtime_ns, stat.st_ino) != (size, mtime, inode):
            self.moved.add(file)
        memory = summary.read(raw, file, mtime / 1e9)
        if stat.st_size > len(raw):
            memory.warnings.append(files.cut_note(stat.st_size, len(raw)))
        doc = self.next_id
        self.next_id += 1
        body = memory.body[:INDEXED_MAX]
        self.lengths[doc] = len(body) // 4 + 1
        self.queries += [(f"doc:{doc}", query) for query in memory.anticipated]
        key = anticipated.content_key(memory.description, memory.body)
        shown = caption(memory.description, file[:-3], body, pointer)
        self.writer.put(
            (doc, _head(memory, shown, pointer), keep(fold(body))),
            (doc, _keep_file(file), keep(memory.name), keep(shown), memory.type, memory.modified,
             memory.expires, keep(memory.superseded), fingerprint(raw), key,
             keep("\n".join(memory.warnings)), size, kept_mtime(mtime), inode, memory.since,
             PINNED if memory.pinned else COLD if memory.cold else HOT if pointer else WARM,
             memory.rests),
        )  # fmt: skip
        return doc


def _head(memory: summary.Fields, shown: str, pointer: str) -> str:
    """The heavy field: name, file name (once, when they agree), description or what stands in for it, the
    pointer in the index."""
    stem = memory.file[:-3]
    name = memory.name if memory.name == stem else f"{memory.name} {stem}"
    return keep(fold(f"{name} {shown} {pointer}"))


def kept_mtime(mtime: int) -> int:
    """A time in nanoseconds as 64 bits hold it: a clock may say 2400. Such a file is read at every change of
    the folder."""
    return max(-MTIME_MAX, min(mtime, MTIME_MAX))


def keep(text: str) -> str:
    """`text` as SQLite can hold it; lone surrogates (from file names or YAML escapes) cannot be kept."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _keep_file(file: str) -> "str | bytes":
    """A file name, which may hold bytes that are no UTF-8."""
    try:
        file.encode()
    except UnicodeEncodeError:
        return os.fsencode(file)
    return file
