"""Sessions in which something is done: calls with their results, in the agents' own formats."""

import json
import sqlite3
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent / "fixtures" / "transcripts"

Step = tuple[str, Any]
"""("user" | "assistant", text), ("run", (command, output, failed)), ("edit" | "read", path),
("refuse", (command, what the person typed)), ("ask", (question, answer)), ("plan", [(text, status)])."""


def claude(steps: Sequence[Step], session: str = "s", parent: str | None = None) -> list[dict[str, Any]]:
    """The records of Claude Code."""
    records: list[dict[str, Any]] = []

    def put(role: str, content: Any, **more: Any) -> None:
        nonlocal parent
        own = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{session}/{parent}/{len(records)}"))
        records.append(
            {
                "parentUuid": parent, "isSidechain": False, "type": role, "sessionId": session, "uuid": own,
                "cwd": "/home/dev/shop", "timestamp": f"2026-11-20T09:{len(records) // 60 % 60:02}:{len(records) % 60:02}.000Z",
                "message": {"role": role, "content": content}, **more,
            }
        )  # fmt: skip
        parent = own

    for at, (kind, what) in enumerate(steps):
        call = f"toolu_{session}_{parent or ''}_{at}"
        if kind in ("user", "assistant"):
            put(kind, what if kind == "user" else [{"type": "text", "text": what}])
            continue
        name, given = _claude_call(kind, what)
        put("assistant", [{"type": "tool_use", "id": call, "name": name, "input": given}])
        result, more = _claude_result(kind, what)
        put("user", [{"type": "tool_result", "tool_use_id": call, **result}], **more)
    return records


def _claude_call(kind: str, what: Any) -> tuple[str, dict[str, Any]]:
    if kind in ("run", "refuse"):
        return "Bash", {"command": what[0], "description": "run it"}
    if kind == "ask":
        return "AskUserQuestion", {"questions": [{"question": what[0], "options": []}]}
    if kind == "plan":
        return "TodoWrite", {"todos": [{"content": t, "status": s, "activeForm": t} for t, s in what]}
    if kind == "edit":
        return "Edit", {"file_path": what, "old_string": "a", "new_string": "b"}
    return "Read", {"file_path": what}


def _claude_result(kind: str, what: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    if kind == "run":
        return {"content": what[1], "is_error": what[2]}, {}
    if kind == "refuse":
        said = (
            "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file"
            " edit, the new_string was NOT written to the file). To tell you how to proceed, the user said:\n"
        )
        return {"content": said + what[1], "is_error": True}, {"toolUseResult": "User rejected tool use"}
    if kind == "ask":
        text = f'User has answered your questions: "{what[0]}"="{what[1]}". You can now continue with it.'
        return {"content": text}, {"toolUseResult": {"answers": {what[0]: what[1]}}}
    return {"content": "done"}, {}


def codex(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The records of Codex."""
    records: list[dict[str, Any]] = [
        {"type": "session_meta", "payload": {"id": "s", "cwd": "/home/dev/shop", "source": "cli"}}
    ]

    def put(**payload: Any) -> None:
        records.append({"type": "response_item", "payload": payload})

    for at, (kind, what) in enumerate(steps):
        call = f"call_{at}"
        if kind == "user":
            records.append({"type": "event_msg", "payload": {"type": "user_message", "message": what}})
        elif kind == "assistant":
            put(type="message", role="assistant", content=[{"type": "output_text", "text": what}])
        elif kind == "edit":
            patch = f"*** Begin Patch\n*** Update File: {what}\n@@\n-a\n+b\n*** End Patch"
            put(type="custom_tool_call", call_id=call, name="apply_patch", input=patch)
            put(type="custom_tool_call_output", call_id=call, output="Exit code: 0\nOutput:\nSuccess")
        else:
            command = f"cat {what}" if kind == "read" else what[0]
            output, failed = ("text", False) if kind == "read" else what[1:]
            put(
                type="function_call",
                call_id=call,
                name="exec_command",
                arguments=json.dumps({"cmd": command}),
            )
            head = f"Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code {int(failed)}\nOutput:\n"
            put(type="function_call_output", call_id=call, output=head + output)
    for number, record in enumerate(records):
        record["timestamp"] = f"2026-11-20T09:{number // 60 % 60:02}:{number % 60:02}.000Z"
    return records


def gemini(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The records of Gemini CLI."""
    records: list[dict[str, Any]] = [{"sessionId": "s", "projectHash": "0" * 64, "kind": "main"}]
    for at, (kind, what) in enumerate(steps):
        record: dict[str, Any] = {"id": f"m{at}", "timestamp": "2026-11-20T09:00:00.000Z", "content": ""}
        if kind in ("user", "assistant"):
            record |= {"type": "user" if kind == "user" else "gemini", "content": [{"text": what}]}
        else:
            given, output, failed = _plain_call(kind, what)
            response = {"functionResponse": {"id": f"c{at}", "name": kind, "response": {"output": output}}}
            call = {
                "id": f"c{at}", "name": kind, "args": given, "status": "error" if failed else "success",
                "result": [response],
            }  # fmt: skip
            record |= {"type": "gemini", "toolCalls": [call]}
        records.append(record)
    return records


def cursor(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The records of Cursor, with calls as Claude's API has them."""
    records: list[dict[str, Any]] = []
    for at, (kind, what) in enumerate(steps):
        if kind in ("user", "assistant"):
            text = f"<user_query>\n{what}\n</user_query>" if kind == "user" else what
            records.append({"role": kind, "message": {"content": [{"type": "text", "text": text}]}})
            continue
        given, output, failed = _plain_call(kind, what)
        call = {"type": "tool_use", "id": f"c{at}", "name": kind, "input": given}
        result = {"type": "tool_result", "tool_use_id": f"c{at}", "content": output, "is_error": failed}
        records.append({"role": "assistant", "message": {"content": [call]}})
        records.append({"role": "user", "message": {"content": [result]}})
    return records


def _plain_call(kind: str, what: Any) -> tuple[dict[str, Any], str, bool]:
    """The input of a call, its output, and whether it failed."""
    if kind == "run":
        return {"command": what[0]}, what[1], what[2]
    if kind == "edit":
        return {"filePath": what, "oldString": "a", "newString": "b"}, "done", False
    return {"file_path": what}, "text", False


def opencode(steps: Sequence[Step], path: Path) -> None:
    """opencode's database, with these messages in place of the recorded ones."""
    with sqlite3.connect(path) as db:
        db.executescript((FIXTURES / "opencode.sql").read_text(encoding="utf-8"))
        (session,) = db.execute("SELECT id FROM session").fetchone()
        db.execute("DELETE FROM message")
        db.execute("DELETE FROM part")
        for at, (kind, what) in enumerate(steps):
            role = "user" if kind == "user" else "assistant"
            part: dict[str, Any] = {"type": "text", "text": what}
            if kind not in ("user", "assistant"):
                given, output, failed = _plain_call(kind, what)
                state = {"status": "error" if failed else "completed", "input": given, "output": output}
                part = {"type": "tool", "tool": kind, "callID": f"c{at}", "state": state}
            _insert(
                db,
                "message",
                id=f"msg_{at:03}",
                session_id=session,
                time_created=at,
                data=json.dumps({"role": role}),
            )
            _insert(
                db, "part", id=f"prt_{at:03}", message_id=f"msg_{at:03}", session_id=session, time_created=at,
                data=json.dumps(part),
            )  # fmt: skip


def _insert(db: sqlite3.Connection, table: str, **values: Any) -> None:
    columns = {row[1]: row[3] for row in db.execute(f"PRAGMA table_info({table})")}
    row = {name: values.get(name, 0 if needed else None) for name, needed in columns.items()}
    db.execute(f"INSERT INTO {table} ({','.join(row)}) VALUES ({','.join('?' * len(row))})", [*row.values()])


RECORDS: dict[str, Callable[[Sequence[Step]], list[dict[str, Any]]]] = {
    "claude-code": claude,
    "codex": codex,
    "gemini": gemini,
    "cursor": cursor,
}
"""Format -> the records of a session of steps."""


def lines(records: Sequence[dict[str, Any]]) -> str:
    """Records as they stand in a file."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def write(steps: Sequence[Step], form: str, folder: Path, name: str = "session") -> Path:
    """Write a session of steps in `form`; returns the file."""
    path = folder / (name + (".db" if form == "opencode" else ".jsonl"))
    if form == "opencode":
        opencode(steps, path)
    else:
        path.write_text(lines(RECORDS[form](steps)), encoding="utf-8")
    return path
