"""Which records of a Claude Code session stand, and in which order.

Records form a tree by `parentUuid`: a rewind leaves a dead branch, a compaction starts a new root that names
the old one as `logicalParentUuid`, and one API message is several lines. File order is not time order. What
stands is the path from the newest leaf to the root, so the file is read twice: once for who follows whom,
once for the records themselves. Calls that were made at once, and their results, hang beside the path.

Of a file that grew only what was added is read, as long as each new record follows what stands.
"""

import re
import sqlite3
from collections.abc import Iterator
from heapq import merge
from typing import Any

from memctl.agents.transcripts import fields, lines
from memctl.agents.transcripts.lines import Line
from memctl.agents.transcripts.position import Branched, Position, Until
from memctl.agents.transcripts.spill import spill
from memctl.domain.transcript import Session

_NODES = """CREATE TABLE node (id TEXT PRIMARY KEY, parent TEXT, at INTEGER, time TEXT, side INTEGER,
            spoken INTEGER, joint INTEGER) WITHOUT ROWID"""
_BY_PLACE = "CREATE INDEX place ON node (at)"
_BY_PARENT = "CREATE INDEX joints ON node (parent) WHERE joint"
_LIVE = "CREATE TABLE live (step INTEGER PRIMARY KEY, at INTEGER UNIQUE)"
_BESIDE = """WITH RECURSIVE beside (id, at, spoken) AS (
                 SELECT id, at, 0 FROM node WHERE at IN (SELECT at FROM live)
                 UNION SELECT node.id, node.at, node.spoken FROM node JOIN beside ON node.parent = beside.id
                 WHERE node.joint AND NOT node.side AND node.at NOT IN (SELECT at FROM live))
             SELECT at FROM beside WHERE spoken ORDER BY at"""
"""What hangs on the path without saying anything: calls that the agent made at once, and their results."""
_JOINTS = """SELECT id FROM node WHERE NOT side AND at >= coalesce(
                 (SELECT max(live.at) FROM live JOIN node USING (at) WHERE NOT joint), 0)
             AND (joint OR at IN (SELECT at FROM live)) ORDER BY at DESC LIMIT ?"""

_NIL = "00000000-0000-0000-0000-000000000000"


def standing(session: Session, position: Position) -> Iterator[dict[str, Any]]:
    """The records that stand from `position` on, which moves along; all where it is new.

    Raises OSError; Branched when what was read before `position` does not stand any more.
    """
    return _continued(session.path, position) if position.offset else _whole(session, position)


def _whole(session: Session, position: Position) -> Iterator[dict[str, Any]]:
    with spill(_NODES, _BY_PLACE, _BY_PARENT, _LIVE) as db:
        end = _index(db, session.path, session.until)
        _walk(db)
        path = (at for (at,) in db.execute("SELECT at FROM live ORDER BY step DESC"))
        with lines.open_regular(session.path) as handle:
            for offset in merge(path, [at for (at,) in db.execute(_BESIDE)]):
                found = lines.record(lines.line_at(handle, offset))
                if found is not None:
                    yield found
        joints = [one for (one,) in db.execute(_JOINTS, (JOINTS_MAX,))]
        position.held["joints"] = joints[::-1]
        position.offset = end


JOINTS_MAX = 500
"""Ids of the last silent records that a new one may follow: calls made at once, and their results."""


def _continued(path: str, position: Position) -> Iterator[dict[str, Any]]:
    """The records after `position` as long as each follows what stands; Branched at one that does not."""
    joints, left = list(position.held["joints"]), ""
    for line in lines.lines(path, position.offset):
        if not line.data.endswith(b"\n"):
            break  # the client is still writing it
        position.offset = line.end
        found = (_cut_node(line) if line.cut else lines.record(line.data)) or {}
        own = fields.text_of(found.get("uuid"))
        if found.get("type") == "last-prompt":
            leaf = fields.text_of(found.get("leafUuid"))
            left = "" if leaf in (_NIL, *joints) else leaf
        elif own and not found.get("isSidechain"):
            if (found.get("parentUuid") or found.get("logicalParentUuid")) not in joints:
                raise Branched
            joints = [*joints[-JOINTS_MAX:], own] if _is_joint(found) else [own]
            left = "" if found.get("type") in ("user", "assistant") else left
            yield found
    if left:
        raise Branched
    position.held["joints"] = joints


_SILENT = ("tool_use", "tool_result", "thinking", "redacted_thinking")


def _is_joint(found: dict[str, Any]) -> bool:
    """Whether a record says nothing of its own: a call, a result, a thought, a note of the client's."""
    if found.get("type") not in ("user", "assistant"):
        return True
    content = fields.mapping(found.get("message")).get("content")
    return isinstance(content, list) and all(
        block.get("type") in _SILENT
        or (block.get("type") == "text" and not fields.text_of(block.get("text")).strip())
        for block in fields.objects(content)
    )


def _index(db: sqlite3.Connection, path: str, until: str | None) -> int:
    """First pass: who follows whom. The client's own note of the current leaf counts when it comes last.

    Gives where the last whole line ends. Raises NotFound when no record is `until`.
    """
    hint, hint_at, end = "", -1, 0
    stop = Until(until)
    for line in lines.lines(path):
        end = line.end if line.data.endswith(b"\n") else end
        node = _cut_node(line) if line.cut else lines.record(line.data)
        if node is None:
            continue
        if stop.passed(node.get("uuid"), node.get("timestamp")):
            continue
        if node.get("type") == "last-prompt":
            leaf = node.get("leafUuid")
            hint, hint_at = (leaf if isinstance(leaf, str) and leaf != _NIL else ""), line.offset
        elif isinstance(node.get("uuid"), str):
            db.execute("INSERT OR IGNORE INTO node VALUES (?,?,?,?,?,?,?)", _row(node, line.offset))
    stop.check()
    newest = db.execute("SELECT max(at) FROM node WHERE spoken").fetchone()[0]
    known = db.execute("SELECT 1 FROM node WHERE id=? AND NOT side", (hint,)).fetchone()
    if known and newest is not None and hint_at > newest:
        db.execute("UPDATE node SET time='~' WHERE id=?", (hint,))
    return end


def _row(node: dict[str, Any], offset: int) -> tuple[str, str | None, int, str, bool, bool, bool]:
    parent = node.get("parentUuid") or node.get("logicalParentUuid")
    return (
        fields.text_of(node["uuid"]),
        fields.text_of(parent) if isinstance(parent, str) else None,
        offset,
        fields.text_of(node.get("timestamp")),
        bool(node.get("isSidechain")),
        node.get("type") in ("user", "assistant"),
        _is_joint(node),
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
