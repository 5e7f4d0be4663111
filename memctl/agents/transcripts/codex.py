"""Codex rollouts: `$CODEX_HOME/sessions/YYYY/MM/DD/rollout-*.jsonl`, one `{timestamp, type, payload}` a line.

What the person typed stands clean in an event (`user_message`; `item_completed` with a `UserMessage` in newer
versions), while the messages sent to the model mix it with instructions and context. Files from before the
events have only the latter. `thread_rolled_back` takes turns back.
"""

import os
import sqlite3
from collections.abc import Iterator
from typing import Any

from memctl.agents.transcripts import fields, folders, lines
from memctl.agents.transcripts.spill import spill
from memctl.domain.transcript import Session, Turn

RANK = 1

TAGS = "environment_context|user_instructions|INSTRUCTIONS"

_KEPT = "CREATE TABLE kept (at INTEGER PRIMARY KEY, number INTEGER, asked INTEGER)"

_CONTEXT = (
    "<environment_context>",
    "<user_instructions>",
    "# AGENTS.md instructions",
    "<permissions",
    "<skill",
    "<turn_aborted>",
)
"""How texts begin that Codex puts into user messages (0.20 to 0.169)."""


def matches(path: str, head: list[dict[str, Any]]) -> bool:
    """Whether the first records of a file look like a rollout."""
    kinds = ("session_meta", "response_item", "event_msg", "turn_context", "compacted")
    return any(r.get("type") in kinds and isinstance(r.get("payload"), dict) for r in head)


def describe(agent: str, path: str, head: list[dict[str, Any]]) -> list[Session]:
    """The one session that a file holds."""
    about = _about(head)
    session_id, project, started = (fields.text_of(about.get(key)) for key in ("id", "cwd", "timestamp"))
    session_id = session_id or folders.stem(path).removeprefix("rollout-")
    return [Session(agent, session_id, path, project or None, started or None)]


def _about(head: list[dict[str, Any]]) -> dict[str, Any]:
    """What the first records say about the session; the earlier one counts."""
    about: dict[str, Any] = {}
    for found in head:
        if found.get("type") in ("session_meta", "turn_context"):
            about = {**fields.mapping(found.get("payload")), **about}
    return about


def find(root: str, home: str) -> Iterator[str]:
    """Rollouts whose working directory lies in the project `root`."""
    base = os.path.join(folders.base(home, "CODEX_HOME", ".codex"), "sessions")
    for folder, inner, files in os.walk(base):
        inner.sort()
        for file in sorted(files):
            path = os.path.join(folder, file)
            if file.startswith("rollout-") and file.endswith(".jsonl") and _belongs(path, root):
                yield path


def _belongs(path: str, root: str) -> bool:
    try:
        return folders.within(fields.text_of(_about(lines.head_records(path, 3)).get("cwd")), root)
    except OSError:
        return False


def turns(session: Session) -> Iterator[Turn]:
    """The turns that stand, in file order, which is time order here. Raises OSError."""
    with spill(_KEPT) as db:
        clean = _index(db, session.path)
        with lines.open_regular(session.path) as handle:
            for offset, number in db.execute("SELECT at, number FROM kept ORDER BY at"):
                found = lines.record(lines.line_at(handle, offset)) or {}
                yield from fields.turns(f"L{number}", found.get("timestamp"), _parts(found, clean))


def _index(db: sqlite3.Connection, path: str) -> bool:
    """First pass: which lines stand after rollbacks, and whether the file has clean events."""
    clean = False
    asked = 0
    for line, found in lines.records(path):
        payload = fields.mapping(found.get("payload"))
        if payload.get("type") == "thread_rolled_back":
            asked = max(0, asked - _count(payload.get("num_turns")))
            db.execute("DELETE FROM kept WHERE asked > ?", (asked,))
            continue
        if _typed(found, payload) is not None:
            clean = True
            asked += 1
        if found.get("type") in ("event_msg", "response_item"):
            db.execute("INSERT INTO kept VALUES (?,?,?)", (line.offset, line.number, asked))
    return clean


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _typed(found: dict[str, Any], payload: dict[str, Any]) -> str | None:
    """What the person typed, when this record is the event that says so."""
    if found.get("type") != "event_msg":
        return None
    if payload.get("type") == "user_message" and payload.get("kind", "plain") == "plain":
        return fields.text_of(payload.get("message"))
    item = fields.mapping(payload.get("item"))
    if payload.get("type") == "item_completed" and item.get("type") == "UserMessage":
        return fields.blocks_text(item.get("content"))
    return None


def _parts(found: dict[str, Any], clean: bool) -> Iterator[tuple[str, str]]:
    payload = fields.mapping(found.get("payload"))
    typed = _typed(found, payload)
    if typed is not None:
        yield "user", typed
    elif found.get("type") == "response_item":
        yield from _item(payload, clean)


def _item(payload: dict[str, Any], clean: bool) -> Iterator[tuple[str, str]]:
    kind, role = payload.get("type"), payload.get("role")
    text = fields.blocks_text(payload.get("content"))
    if kind in ("function_call", "custom_tool_call", "local_shell_call"):
        given = payload.get("arguments") or payload.get("input") or payload.get("action")
        yield "assistant", fields.tool_call(payload.get("name") or "shell", given)
    elif kind in ("function_call_output", "custom_tool_call_output"):
        yield "tool", fields.clip(payload.get("output"))
    elif kind == "message" and role == "assistant":
        yield "assistant", text
    elif kind == "message" and role != "user":
        yield "system", text
    elif kind == "message" and not clean:
        yield "system" if text.lstrip().startswith(_CONTEXT) else "user", text
