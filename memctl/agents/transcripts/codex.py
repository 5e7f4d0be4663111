"""Codex rollouts: `$CODEX_HOME/sessions/YYYY/MM/DD/rollout-*.jsonl`, one `{timestamp, type, payload}` a line.

What the person typed stands clean in an event (`user_message`; `item_completed` with a `UserMessage` in newer
versions), while the messages sent to the model mix it with instructions and context. Files from before the
events have only the latter. `thread_rolled_back` takes turns back.
"""

import os
import sqlite3
from collections.abc import Iterator
from typing import Any

from memctl.agents.transcripts import lines
from memctl.agents.transcripts.spill import spill
from memctl.domain.transcript import Session, Turn

AGENT = "codex"

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


def describe(path: str, head: list[dict[str, Any]]) -> list[Session]:
    """The one session that a file holds."""
    about: dict[str, Any] = {}
    for found in head:
        if found.get("type") in ("session_meta", "turn_context") and isinstance(found.get("payload"), dict):
            about = {**found["payload"], **about}
    name = os.path.splitext(os.path.basename(path))[0]
    session_id = lines.text_of(about.get("id")) or name.removeprefix("rollout-")
    project, started = lines.text_of(about.get("cwd")), lines.text_of(about.get("timestamp"))
    return [Session(AGENT, session_id, path, project or None, started or None)]


def find(root: str, home: str) -> Iterator[str]:
    """Rollouts whose working directory lies in the project `root`."""
    own = os.environ.get("CODEX_HOME") if home == os.path.expanduser("~") else None
    base = os.path.join(own or os.path.join(home, ".codex"), "sessions")
    for folder, folders, files in os.walk(base):
        folders.sort()
        for file in sorted(files):
            path = os.path.join(folder, file)
            if file.startswith("rollout-") and file.endswith(".jsonl") and _belongs(path, root):
                yield path


def _belongs(path: str, root: str) -> bool:
    try:
        return lines.within(describe(path, lines.head_records(path, 3))[0].project, root)
    except OSError:
        return False


def turns(session: Session) -> Iterator[Turn]:
    """The turns that stand, in file order, which is time order here. Raises OSError."""
    with spill(_KEPT) as db:
        clean = _index(db, session.path)
        with lines.open_regular(session.path) as handle:
            for offset, number in db.execute("SELECT at, number FROM kept ORDER BY at"):
                found = lines.record(lines.line_at(handle, offset)) or {}
                turn = _turn(found, number, clean)
                if turn is not None:
                    yield turn


def _index(db: sqlite3.Connection, path: str) -> bool:
    """First pass: which lines stand after rollbacks, and whether the file has clean events."""
    clean = False
    asked = 0
    for line, found in lines.records(path):
        payload = found.get("payload")
        if not isinstance(payload, dict):
            continue
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
        return lines.text_of(payload.get("message"))
    item = payload.get("item")
    if (
        payload.get("type") == "item_completed"
        and isinstance(item, dict)
        and item.get("type") == "UserMessage"
    ):
        return lines.blocks_text(item.get("content"))
    return None


def _turn(found: dict[str, Any], number: int, clean: bool) -> Turn | None:
    payload = found.get("payload")
    if not isinstance(payload, dict):
        return None
    at = lines.text_of(found.get("timestamp")) or None
    typed = _typed(found, payload)
    if typed is not None:
        role, origin, text = "user", "person", typed
    elif found.get("type") == "response_item":
        role, origin, text = _item(payload, clean)
    else:
        return None
    return Turn(f"L{number}", role, text, at, origin) if text.strip() else None


def _item(payload: dict[str, Any], clean: bool) -> tuple[str, str, str]:
    kind = payload.get("type")
    if kind in ("function_call", "custom_tool_call", "local_shell_call"):
        asked = payload.get("arguments") or payload.get("input") or payload.get("action")
        return "assistant", "agent", f"[{lines.clip(payload.get('name') or 'shell')} {lines.clip(asked)}]"
    if kind in ("function_call_output", "custom_tool_call_output"):
        return "tool", "tool", lines.clip(payload.get("output"))
    if kind != "message":
        return "system", "injected", ""
    text = lines.blocks_text(payload.get("content"))
    if payload.get("role") == "assistant":
        return "assistant", "agent", text
    if payload.get("role") == "user" and not clean and not text.lstrip().startswith(_CONTEXT):
        return "user", "person", text
    return "system", "injected", "" if clean and payload.get("role") == "user" else text
