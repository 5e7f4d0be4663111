"""Gemini CLI's sessions: `~/.gemini/tmp/<project>/chats/session-*.jsonl`, older ones one `.json` document.

A line is a message (the last one with an id counts), `{"$set": {...}}`, whose `messages` replace everything
before, or `{"$rewindTo": id}`, which takes that message and all later ones back (everything, when the id is
not known): as the client's own loader does.

The person's is the text of a `user` message (`displayContent`, where the client keeps what was typed) that
answers no tool, before the line with which the client begins what `@file` and `@server:resource` brought
in, and outside of its own elements; a sub-agent's session (`kind`) has none. Known from the source of
Gemini CLI (chatRecordingService.ts, atCommandProcessor.ts) and a recording of 0.61.0.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

from memctl.agents.transcripts import fields, folders, lines, regions
from memctl.agents.transcripts.documents import items
from memctl.agents.transcripts.spill import spill
from memctl.domain.transcript import Session, Turn

RANK = 1

TAGS = "session_context|hook_context|system_note|state_snapshot"

_KNOWN = re.compile(TAGS)
_BROUGHT_IN = re.compile(r"^--- Content from ", re.MULTILINE)

_KEPT = "CREATE TABLE kept (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, at INTEGER, item INTEGER)"

_PUT = """INSERT INTO kept (id, at, item) VALUES (?,?,?)
          ON CONFLICT (id) DO UPDATE SET at=excluded.at, item=excluded.item"""

_CONTEXT = (
    "This is the Gemini CLI. We are setting up the context",
    "I ran the following shell command:",
)
"""How texts begin that are the client's own to their end."""


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
    base, is_owned = _kept(home), folders.owned_by(root)
    hashed = {sha256(tree.encode("utf-8", "surrogateescape")).hexdigest() for tree in folders.trees(root)}
    for folder in folders.names(base):
        chats = os.path.join(base, folder, "chats")
        files = [os.path.join(chats, f) for f in folders.names(chats) if f.endswith((".jsonl", ".json"))]
        if files and (folder in hashed or is_owned(_project_of(files[0]))):
            yield from files


def owns(path: str, home: str) -> bool:
    """Whether `path` is a file in which the client keeps a session, below the user's own `home`."""
    at = folders.below(path, _kept(home))  # tool outputs and sub-agents' sessions lie beside and deeper
    return len(at) == 3 and at[1] == "chats" and at[2].endswith((".jsonl", ".json"))


def _kept(home: str) -> str:
    return os.path.join(home, ".gemini", "tmp")


def turns(session: Session) -> Iterator[Turn]:
    """The turns that stand, oldest first. Raises OSError."""
    messages = _documents(session.path) if session.path.endswith(".json") else _messages(session.path)
    by_person = _by_person(session.path)
    for message in messages:
        said = fields.turns(fields.text_of(message.get("id")), message.get("timestamp"), _parts(message))
        for turn in said:
            yield turn if by_person else _of_agent(turn)


def _of_agent(turn: Turn) -> Turn:
    """A turn of a sub-agent's session: what it was asked, another agent wrote."""
    return replace(turn, origin="agent" if turn.origin == "person" else turn.origin, sidechain=True)


def _by_person(path: str) -> bool:
    about = next((r for r in lines.head_records(path) if "sessionId" in r), None) or _document_about(path)
    return about.get("kind") in (None, "main")


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


def _parts(message: dict[str, Any]) -> Iterator[tuple[str, str] | fields.Part]:
    content = message.get("content")
    text = fields.blocks_text(content)
    if message.get("type") == "user":
        answers = [block for block in fields.objects(content) if "functionResponse" in block]
        for block in answers:
            yield "tool", fields.clip(block["functionResponse"])
        shown = fields.blocks_text(message.get("displayContent"))
        yield from [("system", text)] if answers else _said(shown or text)
    elif message.get("type") in ("gemini", "model"):
        yield "assistant", text
        for call in fields.objects(message.get("toolCalls")):
            yield _call(call)


def _call(call: dict[str, Any]) -> fields.Part:
    """A call with its result, which Gemini keeps together."""
    made = fields.called(call.get("id"), call.get("name"), call.get("args"))
    failed = {"success": False, "error": True}.get(fields.text_of(call.get("status")))
    refused, came = call.get("status") == "cancelled", call.get("result")
    outputs = [
        fields.mapping(fields.mapping(one.get("functionResponse")).get("response"))
        for one in fields.objects(came)
    ]
    texts = [text for one in outputs for text in map(fields.text_of, one.values()) if text]
    shown = came or call.get("name")
    return fields.answered(
        call.get("id"), "\n".join(texts) or came, failed=failed, refused=refused, shown=shown
    )._replace(call=made.call)


def _said(text: str) -> Iterator[tuple[str, str]]:
    brought = _BROUGHT_IN.search(text)
    cut = 0 if text.lstrip().startswith(_CONTEXT) else brought.start() if brought else len(text)
    yield from regions.split(text[:cut], regions.regions(text[:cut], _KNOWN))
    yield "system", text[cut:]
