"""Claude Code's session files: `<base>/projects/<slug>/<session>.jsonl`, one record a line.

Records form a tree by `parentUuid`: a rewind leaves a dead branch, a compaction starts a new root that names
the old one as `logicalParentUuid`, and one API message is several lines. File order is not time order. The
conversation that stands is the path from the newest leaf to the root, so the file is read twice: once for
who follows whom, once for the text of what stands.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from typing import Any

from memctl.agents.transcripts import lines
from memctl.agents.transcripts.lines import Line
from memctl.agents.transcripts.spill import spill
from memctl.domain.transcript import Session, Turn
from memctl.store.state.resolve import claude_base, slug

AGENT = "claude-code"

_NODES = """CREATE TABLE node (id TEXT PRIMARY KEY, parent TEXT, at INTEGER, time TEXT, side INTEGER,
            spoken INTEGER) WITHOUT ROWID"""
_BY_PLACE = "CREATE INDEX place ON node (at)"
_LIVE = "CREATE TABLE live (step INTEGER PRIMARY KEY, at INTEGER UNIQUE)"

_NIL = "00000000-0000-0000-0000-000000000000"

_TYPED_COMMAND = re.compile(
    r"<command-name>/?(?:remember|memorize|memory-save)</command-name>", re.IGNORECASE
)
_ARGUMENTS = re.compile(r"<command-args>(.*?)</command-args>", re.DOTALL)
_MACHINE = re.compile(
    r"\s*(?:<(?:command-name|command-message|local-command-|bash-(?:input|stdout|stderr)|task-notification"
    r"|user-prompt-submit-hook|session-start-hook|system-reminder|new-diagnostics|teammate-message)"
    r"|\[Request interrupted by user|Caveat: The messages below were generated)"
)
"""How texts begin that the client itself put into a user record."""


def matches(path: str, head: list[dict[str, Any]]) -> bool:
    """Whether the first records of a file look like Claude Code's."""
    return any(
        (
            "sessionId" in r
            and r.get("type") in ("user", "assistant", "system", "queue-operation", "attachment")
        )
        or ("uuid" in r and "parentUuid" in r)
        or (
            r.get("type") in ("summary", "file-history-snapshot", "last-prompt")
            and ("leafUuid" in r or "messageId" in r)
        )
        for r in head
    )


def describe(path: str, head: list[dict[str, Any]]) -> list[Session]:
    """The one session that a file holds."""
    first = {key: next((r[key] for r in head if isinstance(r.get(key), str)), None) for key in _ABOUT}
    session_id = first["sessionId"] or os.path.splitext(os.path.basename(path))[0]
    return [Session(AGENT, session_id, path, first["cwd"], first["timestamp"])]


_ABOUT = ("sessionId", "cwd", "timestamp")


def find(root: str, home: str) -> Iterator[str]:
    """Session files of the project `root`, those of its subdirectories included."""
    default = os.path.join(home, ".claude")
    base = default if home != os.path.expanduser("~") else claude_base()
    projects = os.path.join(base, "projects")
    name = slug(os.path.realpath(root))
    for folder in sorted(_listdir(projects)):
        if folder != name and not folder.startswith(name + "-"):
            continue
        for file in sorted(_listdir(os.path.join(projects, folder))):
            if file.endswith(".jsonl"):
                yield os.path.join(projects, folder, file)


def _listdir(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []


def turns(session: Session) -> Iterator[Turn]:
    """The turns that stand, oldest first; dead branches and sub-agents' turns are left out.

    A file that holds nothing but a sub-agent's turns yields those, marked `sidechain`. Raises OSError.
    """
    with spill(_NODES, _BY_PLACE, _LIVE) as db:
        _index(db, session.path)
        _walk(db)
        with lines.open_regular(session.path) as handle:
            for (offset,) in db.execute("SELECT at FROM live ORDER BY step DESC"):
                found = lines.record(lines.line_at(handle, offset))
                if found is not None:
                    yield from _turns_of(found)


def _index(db: sqlite3.Connection, path: str) -> None:
    """First pass: who follows whom. The client's own note of the current leaf counts when it comes last."""
    hint, hint_at = "", -1
    for line in lines.lines(path):
        node = _cut_node(line) if line.cut else lines.record(line.data)
        if node is None:
            continue
        if node.get("type") == "last-prompt":
            leaf = node.get("leafUuid")
            hint, hint_at = (leaf if isinstance(leaf, str) and leaf != _NIL else ""), line.offset
        elif isinstance(node.get("uuid"), str):
            db.execute("INSERT OR IGNORE INTO node VALUES (?,?,?,?,?,?)", _row(node, line.offset))
    newest = db.execute("SELECT max(at) FROM node WHERE spoken").fetchone()[0]
    known = db.execute("SELECT 1 FROM node WHERE id=? AND NOT side", (hint,)).fetchone()
    if known and newest is not None and hint_at > newest:
        db.execute("UPDATE node SET time='~' WHERE id=?", (hint,))


def _row(node: dict[str, Any], offset: int) -> tuple[str, str | None, int, str, bool, bool]:
    parent = node.get("parentUuid") or node.get("logicalParentUuid")
    return (
        lines.text_of(node["uuid"]),
        lines.text_of(parent) if isinstance(parent, str) else None,
        offset,
        lines.text_of(node.get("timestamp")),
        bool(node.get("isSidechain")),
        node.get("type") in ("user", "assistant"),
    )


_FIELD = re.compile(rb'"(uuid|parentUuid|timestamp|type)":\s*"([^"\\]{1,64})"')


def _cut_node(line: Line) -> dict[str, Any] | None:
    """Identity of a record that is too long to parse, so that the chain does not break at it."""
    start, _, end = line.data.partition(b"\n")
    found = {k.decode(): v.decode("ascii", "replace") for k, v in _FIELD.findall(end)}
    parent = re.search(rb'"parentUuid":\s*"([^"\\]{1,64})"', start)
    if parent:
        found["parentUuid"] = parent[1].decode("ascii", "replace")
    return {**found, "isSidechain": b'"isSidechain":true' in start} if "uuid" in found else None


def _walk(db: sqlite3.Connection) -> None:
    """Mark the path from the newest leaf to the root.

    Where a parent is missing (a damaged line), the nearest record before it in the file takes its place.
    """
    side = 0 if db.execute("SELECT 1 FROM node WHERE spoken AND NOT side LIMIT 1").fetchone() else 1
    columns = "SELECT id, parent, at FROM node"
    newest = f"{columns} WHERE side=? AND (spoken OR time='~') ORDER BY time DESC, at DESC LIMIT 1"
    row = db.execute(newest, (side,)).fetchone()
    step = 0
    while row is not None:
        step += 1
        _, parent, at = row
        if db.execute("INSERT OR IGNORE INTO live VALUES (?,?)", (step, at)).rowcount == 0:
            return  # a loop of parents
        if parent is None:
            return
        row = db.execute(f"{columns} WHERE id=?", (parent,)).fetchone()
        if row is None:
            before = f"{columns} WHERE at<? AND side=? ORDER BY at DESC LIMIT 1"
            row = db.execute(before, (at, side)).fetchone()


def _turns_of(found: dict[str, Any]) -> Iterator[Turn]:
    kind = found.get("type")
    if kind == "attachment":
        yield from _queued(found)
    elif kind in ("user", "assistant"):
        message = found.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        for role, origin, text in _parts(found, str(kind), content):
            if text.strip():
                yield _turn(found, role, text, origin)


def _turn(found: dict[str, Any], role: str, text: str, origin: str) -> Turn:
    side = bool(found.get("isSidechain"))
    if side and origin == "person":
        origin = "agent"  # a sub-agent's prompt is written by the agent that started it
    return Turn(
        lines.text_of(found.get("uuid")),
        role,
        text,
        lines.text_of(found.get("timestamp")) or None,
        origin,
        side,
    )


def _parts(found: dict[str, Any], kind: str, content: object) -> Iterator[tuple[str, str, str]]:
    """(role, origin, text) of one record: text, tool calls and tool results apart."""
    injected = _is_injected(found)
    for block in content if isinstance(content, list) else [content]:
        if isinstance(block, str):
            block = {"type": "text", "text": block}
        if not isinstance(block, dict):
            continue
        if block.get("type") == "text":
            yield _text_part(kind, lines.text_of(block.get("text")), injected)
        elif block.get("type") == "tool_use":
            yield "assistant", "agent", f"[{lines.clip(block.get('name'))} {lines.clip(block.get('input'))}]"
        elif block.get("type") == "tool_result":
            yield "tool", "tool", lines.clip(block.get("content"))


def _is_injected(found: dict[str, Any]) -> bool:
    source = found.get("origin")
    return bool(
        found.get("isMeta")
        or found.get("isCompactSummary")
        or found.get("isVisibleInTranscriptOnly")
        or (isinstance(source, dict) and source.get("kind") not in (None, "human"))
    )


def _text_part(kind: str, text: str, injected: bool) -> tuple[str, str, str]:
    if kind == "assistant":
        return "assistant", "agent", text
    if not injected and _TYPED_COMMAND.search(text):
        arguments = _ARGUMENTS.search(text)
        return "user", "person", arguments[1].strip() if arguments else ""
    if injected or _is_machine(text):
        return "system", "injected", text
    return "user", "person", text


def _is_machine(text: str) -> bool:
    """Whether the client made this text. A forged opening mark with a person's words after it is not one."""
    if not _MACHINE.match(text):
        return False
    stripped = text.strip()
    return not stripped.startswith("<") or bool(_CLOSED.search(stripped))


_CLOSED = re.compile(r"</[a-z]+(?:-[a-z]+)+>\Z")


def _queued(found: dict[str, Any]) -> Iterator[Turn]:
    """A prompt that the person typed while the agent was working stands in an attachment of its own."""
    note = found.get("attachment")
    if not isinstance(note, dict) or note.get("type") != "queued_command":
        return
    source = note.get("origin")
    human = not isinstance(source, dict) or source.get("kind") in (None, "human")
    if human and note.get("commandMode", "prompt") == "prompt" and not note.get("isMeta"):
        text = lines.blocks_text(note.get("prompt"))
        role, origin, text = _text_part("user", text, False)
        if text.strip():
            yield _turn(found, role, text, origin)
