"""opencode's database: `$XDG_DATA_HOME/opencode/opencode.db`, SQLite; sessions, messages, parts.

Opened read-only. With an unmerged write-ahead log SQLite has to read that too; without one the file is opened
as immutable, so that nothing is created beside it.

The person's are the text parts of a `user` message that are not `synthetic` (files, reminders) or
`ignored`, outside of elements in them, in sessions without a parent: a sub-agent's have one. Known from the
schema of its parts in a recording of 1.18.33.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote

from memctl.agents.transcripts import fields, folders, lines, regions
from memctl.domain import times
from memctl.domain.transcript import Session, Turn

RANK = 0

TAGS = ""

_MAGIC = b"SQLite format 3\x00"


def matches(path: str, head: list[dict[str, Any]]) -> bool:
    """Whether `path` is an SQLite database with opencode's tables."""
    try:
        if lines.head(path, 16) != _MAGIC:
            return False
        with closing(_open(path)) as db:
            names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    except (OSError, sqlite3.Error):
        return False
    return {"session", "message", "part"} <= names


def _open(path: str) -> sqlite3.Connection:
    try:
        pending = os.path.getsize(path + "-wal") > 0
    except OSError:
        pending = False
    location = "file:" + quote(os.path.abspath(path))
    if pending:
        try:
            db = sqlite3.connect(location + "?mode=ro", uri=True)
            db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            return db
        except sqlite3.Error:  # a directory that cannot be written: the log's index cannot be made
            pass
    return sqlite3.connect(location + "?mode=ro&immutable=1", uri=True)


def describe(agent: str, path: str, head: list[dict[str, Any]]) -> list[Session]:
    """Every session of the database that a person started, the newest last."""
    query = (
        "SELECT id, directory, time_created FROM session WHERE parent_id IS NULL ORDER BY time_created, id"
    )
    try:
        with closing(_open(path)) as db:
            rows = db.execute(query).fetchall()
    except sqlite3.Error:
        return []
    return [Session(agent, str(i), path, str(d) if d else None, _time(t)) for i, d, t in rows]


def _time(milliseconds: object) -> str | None:
    try:
        return times.write(float(str(milliseconds)) / 1000)
    except (ValueError, OverflowError, OSError):
        return None


def find(root: str, home: str) -> Iterator[str]:
    """The database, when it is there; its sessions name their directory."""
    path = _kept(home)
    if os.path.isfile(path):
        yield path


def owns(path: str, home: str) -> bool:
    """Whether `path` is a file in which the client keeps a session, below the user's own `home`."""
    return os.path.realpath(path) == os.path.realpath(_kept(home))


def _kept(home: str) -> str:
    return os.path.join(folders.base(home, "XDG_DATA_HOME", ".local", "share"), "opencode", "opencode.db")


def turns(session: Session) -> Iterator[Turn]:
    """The turns of one session, oldest first; what a revert took back is left out.

    Raises OSError when the database cannot be read.
    """
    query = """SELECT m.id, m.data, p.data, m.time_created FROM message m JOIN part p ON p.message_id = m.id
               WHERE m.session_id = ? ORDER BY m.time_created, m.id, p.id"""
    try:
        with closing(_open(session.path)) as db:
            stop = _reverted(db, session.id)
            for message_id, message, part, at in db.execute(query, (session.id,)):
                if message_id == stop:
                    return
                said = _parts(_json(message), _json(part))
                yield from fields.turns(str(message_id), _time(at), said)
    except sqlite3.Error as error:
        raise OSError(f"{session.path}: {error}") from None


def _reverted(db: sqlite3.Connection, session_id: str) -> str | None:
    """The first message that a revert took back."""
    try:
        row = db.execute("SELECT revert FROM session WHERE id=?", (session_id,)).fetchone()
    except sqlite3.Error:
        return None  # an older schema
    return fields.text_of(_json(row[0]).get("messageID")) or None if row else None


def _json(text: object) -> dict[str, Any]:
    return (lines.record(text) if isinstance(text, str | bytes) else None) or {}


def _parts(message: dict[str, Any], part: dict[str, Any]) -> Iterator[tuple[str, str] | fields.Part]:
    kind, role, text = part.get("type"), message.get("role"), fields.text_of(part.get("text"))
    if kind == "tool":
        state = fields.mapping(part.get("state"))
        called = fields.called(part.get("callID"), part.get("tool"), state.get("input"))
        came = state.get("output") or state.get("error")
        code = fields.mapping(state.get("metadata")).get("exit")
        failed = {"completed": bool(code), "error": True}.get(fields.text_of(state.get("status")))
        shown = state.get("output") or part.get("tool")
        answer = fields.answered(part.get("callID"), came, failed=failed, shown=shown)
        yield answer._replace(call=called.call)
    elif kind == "text" and role == "assistant":
        yield "assistant", text
    elif kind == "text" and role == "user":
        made = part.get("synthetic") or part.get("ignored")
        typed = _unquoted(text)
        yield from [("system", text)] if made else regions.split(typed, regions.regions(typed))


def _unquoted(text: str) -> str:
    """`opencode run` joins its arguments and puts quotation marks around those with blanks."""
    bare = text.strip()
    if len(bare) > 1 and bare[0] == bare[-1] == '"' and '"' not in bare[1:-1].replace('\\"', ""):
        return bare[1:-1].replace('\\"', '"')
    return text
