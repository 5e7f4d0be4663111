"""Claude Code's session files: `<base>/projects/<slug>/<session>.jsonl`, one record a line.

Records form a tree by `parentUuid`: a rewind leaves a dead branch, a compaction starts a new root that names
the old one as `logicalParentUuid`, and one API message is several lines. File order is not time order. The
conversation that stands is the path from the newest leaf to the root, so the file is read twice: once for
who follows whom, once for the text of what stands.

The person's are, as recordings of 2.1.7 to 2.1.328 show: text of a `user` record that has none of the marks
of the client's own (`isMeta`, `planContent`, ...), outside of what `regions` finds in it; the arguments of
a typed command (`<command-args>`); `<user-memory-input>`; a `queued_command`; and the reply to a refused
tool call and the answers to the client's own questions, which stand in that call's result. A record that
begins with one of the client's own elements is the client's whole.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from memctl.agents.transcripts import fields, folders, lines, refusals, regions
from memctl.agents.transcripts.lines import Line
from memctl.agents.transcripts.spill import spill
from memctl.domain.transcript import Session, Turn
from memctl.store.state.resolve import slug

RANK = 2

TAGS = (
    r"system-reminder|user-prompt-submit-hook|session-start-hook|local-command-[a-z]+|bash-[a-z]+"
    r"|command-[a-z]+|task-notification|ide_[a-z_]+|new-diagnostics|teammate-message|user-memory-input"
)

_KNOWN = re.compile(TAGS)
_RECORD = re.compile(r"local-command-[a-z]+|bash-[a-z]+|command-[a-z]+|user-memory-input")
"""The elements of which the client makes a whole record, so that it ends with one: what stands between two
of them is part of an output that holds such tags."""
_MESSAGE = ("task-notification", "teammate-message")
"""The same, but the client may say more before and behind it."""
_ENDS = re.compile(r"</[a-z-]+>\s*\Z")

_NODES = """CREATE TABLE node (id TEXT PRIMARY KEY, parent TEXT, at INTEGER, time TEXT, side INTEGER,
            spoken INTEGER) WITHOUT ROWID"""
_BY_PLACE = "CREATE INDEX place ON node (at)"
_LIVE = "CREATE TABLE live (step INTEGER PRIMARY KEY, at INTEGER UNIQUE)"

_NIL = "00000000-0000-0000-0000-000000000000"

_OPENS = (
    "[Request interrupted by user",
    "Caveat: The messages below were generated",
    "This session is being continued from a previous conversation",
    "Implement the following plan:",
    "Operation stopped by hook:",
)
"""How texts begin that the client itself put into a user record: a plan that was accepted, a summary."""


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


def describe(agent: str, path: str, head: list[dict[str, Any]]) -> list[Session]:
    """The one session that a file holds."""
    session_id, project, started = (
        next((r[key] for r in head if isinstance(r.get(key), str)), None)
        for key in ("sessionId", "cwd", "timestamp")
    )
    return [Session(agent, session_id or folders.stem(path), path, project, started)]


def find(root: str, home: str) -> Iterator[str]:
    """Session files of the project `root`, those of its subdirectories included."""
    projects = _projects(home)
    name = slug(os.path.realpath(root))
    for folder in folders.names(projects):
        if folder == name or folder.startswith(name + "-"):
            for file in folders.names(os.path.join(projects, folder)):
                if file.endswith(".jsonl"):
                    yield os.path.join(projects, folder, file)


def owns(path: str, home: str) -> bool:
    """Whether `path` is a file in which the client keeps a session, below the user's own `home`."""
    at = folders.below(path, _projects(home))  # what lies deeper are tool results, memories, sub-agents
    return len(at) == 2 and at[1].endswith(".jsonl")


def _projects(home: str) -> str:
    return os.path.join(folders.base(home, "CLAUDE_CONFIG_DIR", ".claude"), "projects")


def turns(session: Session) -> Iterator[Turn]:
    """The turns that stand, oldest first; dead branches and sub-agents' turns are left out.

    A file that holds nothing but a sub-agent's turns yields those, marked `sidechain`. Raises OSError.
    """
    with spill(_NODES, _BY_PLACE, _LIVE) as db:
        _index(db, session.path)
        _walk(db)
        with lines.open_regular(session.path) as handle:
            calls = refusals.Calls()
            for (offset,) in db.execute("SELECT at FROM live ORDER BY step DESC"):
                found = lines.record(lines.line_at(handle, offset))
                if found is not None:
                    yield from map(calls.cued, _turns_of(found, calls))


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
        fields.text_of(node["uuid"]),
        fields.text_of(parent) if isinstance(parent, str) else None,
        offset,
        fields.text_of(node.get("timestamp")),
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


def _turns_of(found: dict[str, Any], calls: refusals.Calls) -> Iterator[Turn]:
    parts = _queued(found) if found.get("type") == "attachment" else _parts(found, calls)
    for turn in fields.turns(fields.text_of(found.get("uuid")), found.get("timestamp"), parts):
        if found.get("isSidechain"):  # a sub-agent's prompt is written by the agent that started it
            turn = replace(turn, origin="agent" if turn.role == "user" else turn.origin, sidechain=True)
        yield turn


def _parts(found: dict[str, Any], calls: refusals.Calls) -> Iterator[tuple[str, str]]:
    """(role, text) of one record: text, tool calls and tool results apart."""
    kind = found.get("type")
    if kind not in ("user", "assistant"):
        return
    injected = _is_injected(found)
    content = fields.mapping(found.get("message")).get("content")
    for block in content if isinstance(content, list) else [content]:
        if isinstance(block, str):
            block = {"type": "text", "text": block}
        if not isinstance(block, dict):
            continue
        if block.get("type") == "text":
            yield from _text_parts(kind, fields.text_of(block.get("text")), injected)
        elif block.get("type") == "tool_use":
            calls.made(block)
            yield "assistant", fields.tool_call(block.get("name"), block.get("input"))
        elif block.get("type") == "tool_result":
            said = calls.said(block, found.get("toolUseResult"))
            yield from said
            if not said:
                yield "tool", fields.clip(block.get("content"))


def _is_injected(found: dict[str, Any]) -> bool:
    marks = ("isMeta", "isCompactSummary", "isVisibleInTranscriptOnly", "planContent", "sourceToolUseID")
    return any(found.get(mark) for mark in marks) or not _by_human(found)


def _by_human(found: dict[str, Any]) -> bool:
    return fields.mapping(found.get("origin")).get("kind") in (None, "human")


def _text_parts(kind: str, text: str, injected: bool) -> Iterator[tuple[str, str]]:
    if kind == "assistant":
        yield "assistant", text
    elif injected or text.lstrip().startswith(_OPENS):
        yield "system", text
    else:
        found = regions.regions(text, _KNOWN)
        yield from _record_parts(text, found) if _is_record(text, found) else regions.split(text, found)


def _is_record(text: str, found: list[regions.Region]) -> bool:
    if any(region.name in _MESSAGE for region in found):
        return True
    begins = bool(found) and not text[: found[0].start].strip() and _RECORD.fullmatch(found[0].name)
    return bool(begins and _ENDS.search(text[-200:]))


def _record_parts(text: str, found: list[regions.Region]) -> Iterator[tuple[str, str]]:
    """A record of the client's own: what a person typed into it stands in one element, and nothing is odd."""
    yield "system", text
    names = [region.name for region in found]
    typed = [region for region in found if region.name in ("command-args", "user-memory-input")]
    is_command = all(name.startswith("command-") for name in names)
    if len(typed) != 1 or not (is_command or len(found) == 1) or regions.outside(text, found).strip():
        return
    if all(region.whole for region in found):
        yield "user", text[typed[0].inner : typed[0].outer].strip()


def _queued(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A prompt that the person typed while the agent was working stands in an attachment of its own."""
    note = fields.mapping(found.get("attachment"))
    typed = note.get("type") == "queued_command" and note.get("commandMode", "prompt") == "prompt"
    if typed and _by_human(note) and not note.get("isMeta"):
        yield from _text_parts("user", fields.blocks_text(note.get("prompt")), False)
