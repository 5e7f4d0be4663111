"""Gemini CLI's sessions: `~/.gemini/tmp/<project>/chats/session-*.jsonl`, older ones one `.json` document.

A line is a message (the last one with an id counts), `{"$set": {...}}`, whose `messages` replace everything
before, or `{"$rewindTo": id}`, which takes that message and all later ones back (everything, when the id is
not known): as the client's own loader does.
"""

import os
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from memctl.agents.transcripts import fields, folders, lines
from memctl.agents.transcripts.documents import items
from memctl.agents.transcripts.spill import spill
from memctl.domain.transcript import Session, Turn

RANK = 1

TAGS = "session_context|hook_context"

_KEPT = "CREATE TABLE kept (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, at INTEGER, item INTEGER)"

_PUT = """INSERT INTO kept (id, at, item) VALUES (?,?,?)
          ON CONFLICT (id) DO UPDATE SET at=excluded.at, item=excluded.item"""

_CONTEXT = ("<session_context>", "<hook_context>", "This is the Gemini CLI. We are setting up the context")


def matches(path: str, head: list[dict[str, Any]]) -> bool:
    """Whether the first records of a file look like Gemini CLI's, in either form."""
    return any("projectHash" in r or "$rewindTo" in r or isinstance(r.get("$set"), dict) for r in head) or (
        path.endswith(".json") and b'"projectHash"' in _start(path) and b'"messages"' in _start(path)
    )


def _start(path: str) -> bytes:
    try:
        return lines.head(path, 4096)
    except OSError:
        return b""


def describe(agent: str, path: str, head: list[dict[str, Any]]) -> list[Session]:
    """The one session that a file holds."""
    about = next((r for r in head if "sessionId" in r), None) or _document_about(path)
    session_id, started = fields.text_of(about.get("sessionId")), fields.text_of(about.get("startTime"))
    return [Session(agent, session_id or folders.stem(path), path, _project_of(path), started or None)]


def _document_about(path: str) -> dict[str, Any]:
    """The scalar fields in front of `messages` of the older form."""
    start = _start(path).decode("utf-8", "replace").partition('"messages"')[0]
    return lines.record(start.rstrip().rstrip(",") + "}") or {}


def _project_of(path: str) -> str | None:
    marker = os.path.join(os.path.dirname(os.path.dirname(path)), ".project_root")
    try:
        return lines.head(marker, 4096).decode("utf-8", "replace").strip() or None
    except OSError:
        return None


def find(root: str, home: str) -> Iterator[str]:
    """Sessions of the project `root`: folders that name it, by its path or by the path's hash."""
    base = os.path.join(home, ".gemini", "tmp")
    hashed = sha256(os.path.realpath(root).encode("utf-8", "surrogateescape")).hexdigest()
    for folder in folders.names(base):
        chats = os.path.join(base, folder, "chats")
        files = [os.path.join(chats, f) for f in folders.names(chats) if f.endswith((".jsonl", ".json"))]
        if files and (folder == hashed or folders.within(_project_of(files[0]), root)):
            yield from files


def turns(session: Session) -> Iterator[Turn]:
    """The turns that stand, oldest first. Raises OSError."""
    messages = _documents(session.path) if session.path.endswith(".json") else _messages(session.path)
    for message in messages:
        yield from fields.turns(fields.text_of(message.get("id")), message.get("timestamp"), _parts(message))


def _documents(path: str) -> Iterator[dict[str, Any]]:
    with lines.open_regular(path) as handle:
        yield from items(handle, "messages")


def _messages(path: str) -> Iterator[dict[str, Any]]:
    with spill(_KEPT) as db:
        for line, found in lines.records(path):
            _index(db, line.offset, found)
        with lines.open_regular(path) as handle:
            held, listed = -1, []
            for offset, item in db.execute("SELECT at, item FROM kept ORDER BY seq"):
                if offset != held:
                    held, listed = offset, _listed(lines.record(lines.line_at(handle, offset)) or {})
                if item < len(listed):
                    yield listed[item]


def _listed(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of one line."""
    change = found.get("$set")
    return fields.objects(change.get("messages")) if isinstance(change, dict) else [found]


def _index(db: sqlite3.Connection, offset: int, found: dict[str, Any]) -> None:
    back = found.get("$rewindTo")
    if isinstance(back, str):
        row = db.execute("SELECT seq FROM kept WHERE id=?", (fields.text_of(back),)).fetchone()
        db.execute("DELETE FROM kept WHERE seq >= ?", (row[0] if row else 0,))
        return
    if isinstance(fields.mapping(found.get("$set")).get("messages"), list):
        db.execute("DELETE FROM kept")
    for item, message in enumerate(_listed(found)):
        if isinstance(message.get("id"), str):
            db.execute(_PUT, (fields.text_of(message["id"]), offset, item))


def _parts(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    content = message.get("content")
    text = fields.blocks_text(content)
    if message.get("type") == "user":
        for block in fields.objects(content):
            if "functionResponse" in block:
                yield "tool", fields.clip(block["functionResponse"])
        yield "system" if text.lstrip().startswith(_CONTEXT) else "user", text
    elif message.get("type") in ("gemini", "model"):
        yield "assistant", text
        for call in fields.objects(message.get("toolCalls")):
            yield "tool", fields.clip(call.get("result") or call.get("name"))
