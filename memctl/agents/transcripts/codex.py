"""Codex rollouts: `$CODEX_HOME/sessions/YYYY/MM/DD/rollout-*.jsonl`, one `{timestamp, type, payload}` a line.

What the person typed stands clean in an event (`user_message`; `item_completed` with a `UserMessage` in newer
versions), while the messages sent to the model mix it with instructions and context. Files from before the
events have only the latter. `thread_rolled_back` takes turns back.

The person's are those texts outside of what Codex marks up in them, of what an editor adds only the request
at its end, in a rollout that a person started: `source` of the first `session_meta` is `cli`, `vscode` or
`exec`, or is missing, as in old ones. In that of a sub-agent, of a review or of an MCP client, other agents
speak. Known from the source of Codex (`SessionSource`, `SubAgentSource`) and recordings of 0.20 to 0.169.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from memctl.agents.transcripts import fields, folders, lines, regions
from memctl.agents.transcripts.position import Branched, Position, Until
from memctl.agents.transcripts.spill import spill
from memctl.domain.transcript import Result, Session, Turn

RANK = 1

TAGS = (
    "environment_context|user_instructions|INSTRUCTIONS|user_shell_command|subagent_notification|turn_aborted"
    "|user_action|skill|hook_prompt"
)

_KNOWN = re.compile(TAGS)
_STARTED = ("cli", "vscode", "exec")
_EDITOR = re.compile(r"# (?:Context from my IDE setup|Files mentioned by the user):")
_REQUEST = re.compile(r"^## My request for Codex:", re.MULTILINE)

_KEPT = "CREATE TABLE kept (at INTEGER PRIMARY KEY, number INTEGER, asked INTEGER)"

_CONTEXT = ("# AGENTS.md instructions", "<permissions", "<skill")
"""How texts begin that are Codex's own to their end."""


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
    """Rollouts whose working directory belongs to the project `root`."""
    base, is_owned = _kept(home), folders.owned_by(root)
    for folder, inner, files in os.walk(base):
        inner.sort()
        for file in sorted(files):
            path = os.path.join(folder, file)
            if _is_rollout(file) and is_owned(_cwd(path)):
                yield path


def _cwd(path: str) -> str:
    try:
        return fields.text_of(_about(lines.head_records(path, 3)).get("cwd"))
    except OSError:
        return ""


def owns(path: str, home: str) -> bool:
    """Whether `path` is a file in which the client keeps a session, below the user's own `home`."""
    at = folders.below(path, _kept(home))
    return bool(at) and _is_rollout(at[-1])


def _kept(home: str) -> str:
    return os.path.join(folders.base(home, "CODEX_HOME", ".codex"), "sessions")


def _is_rollout(file: str) -> bool:
    return file.startswith("rollout-") and file.endswith(".jsonl")


def turns(session: Session) -> Iterator[Turn]:
    """The turns that stand, in file order, which is time order here. Raises OSError."""
    yield from events(session, Position())


def events(session: Session, position: Position) -> Iterator[Turn]:
    """As `turns`, from `position` on, which moves along; from the beginning where it is new.

    Raises OSError; Branched when turns that were read are taken back.
    """
    if position.offset:
        yield from _continued(session.path, position)
        return
    with spill(_KEPT) as db:
        end, number, clean, by_person = _index(db, session.path, session.until)
        with lines.open_regular(session.path) as handle:
            for offset, at in db.execute("SELECT at, number FROM kept ORDER BY at"):
                found = lines.record(lines.line_at(handle, offset)) or {}
                yield from _turns_of(at, found, clean, by_person)
    position.offset = end
    position.held = {"number": number, "clean": clean, "by_person": by_person}


def _continued(path: str, position: Position) -> Iterator[Turn]:
    held = position.held
    for line in lines.lines(path, position.offset, held["number"]):
        if not line.data.endswith(b"\n"):
            return  # the client is still writing it
        position.offset, held["number"] = line.end, line.number
        found = (None if line.cut else lines.record(line.data)) or {}
        payload = fields.mapping(found.get("payload"))
        if payload.get("type") == "thread_rolled_back":
            raise Branched
        if not held["clean"] and _typed(found, payload) is not None:
            raise Branched  # what was taken for the person's so far is told apart from here on
        yield from _turns_of(line.number, found, held["clean"], held["by_person"])


def _turns_of(number: int, found: dict[str, Any], clean: bool, by_person: bool) -> Iterator[Turn]:
    for turn in fields.turns(f"L{number}", found.get("timestamp"), _parts(found, clean)):
        yield turn if by_person else _of_agent(turn)


def _of_agent(turn: Turn) -> Turn:
    """A turn of a sub-agent's rollout: what it was asked, another agent wrote."""
    return replace(turn, origin="agent" if turn.origin == "person" else turn.origin, sidechain=True)


def _index(db: sqlite3.Connection, path: str, until: str | None) -> tuple[int, int, bool, bool]:
    """First pass: which lines stand after rollbacks.

    Gives where the last whole line ends, its number, whether the file has clean events, and whether a person
    started it. Raises NotFound when no record is `until`.
    """
    clean, by_person = False, None
    asked = end = number = 0
    stop = Until(until)
    for line in lines.lines(path):
        if line.data.endswith(b"\n"):
            end, number = line.end, line.number
        found = (None if line.cut else lines.record(line.data)) or {}
        if stop.passed(f"L{line.number}", found.get("timestamp")):
            break
        payload = fields.mapping(found.get("payload"))
        if by_person is None and found.get("type") == "session_meta":  # a fork copies its parent's as well
            by_person = _by_person(payload)
        if payload.get("type") == "thread_rolled_back":
            asked = max(0, asked - _count(payload.get("num_turns")))
            db.execute("DELETE FROM kept WHERE asked > ?", (asked,))
            continue
        if _typed(found, payload) is not None:
            clean = True
            asked += 1
        if found.get("type") in ("event_msg", "response_item"):
            db.execute("INSERT INTO kept VALUES (?,?,?)", (line.offset, line.number, asked))
    stop.check()
    return end, number, clean, by_person is not False


def _by_person(about: dict[str, Any]) -> bool:
    return about.get("source") in (None, *_STARTED) and about.get("thread_source") in (None, "user")


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


def _parts(found: dict[str, Any], clean: bool) -> Iterator[tuple[str, str] | fields.Part]:
    payload = fields.mapping(found.get("payload"))
    typed = _typed(found, payload)
    if typed is not None:
        yield from _said(typed)
    elif found.get("type") == "response_item":
        yield from _item(payload, clean)


def _item(payload: dict[str, Any], clean: bool) -> Iterator[tuple[str, str] | fields.Part]:
    kind, role = payload.get("type"), payload.get("role")
    text = fields.blocks_text(payload.get("content"))
    if kind in ("function_call", "custom_tool_call", "local_shell_call"):
        given = payload.get("arguments") or payload.get("input") or payload.get("action")
        yield fields.called(payload.get("call_id"), payload.get("name") or "shell", given)
    elif kind in ("function_call_output", "custom_tool_call_output"):
        yield _output(payload.get("call_id"), payload.get("output"))
    elif kind == "message" and role == "assistant":
        yield "assistant", text
    elif kind == "message" and role != "user":
        yield "system", text
    elif kind == "message" and not clean:
        for block in fields.texts(payload.get("content")):
            yield from _said(block)


_EXIT = re.compile(r"(?:Process exited with code|Exit code:?) (-?\d+)")
_RUNNING = re.compile(r"Process running with session ID (\d+)")
_FRAME = re.compile(r"(?=Chunk ID|Wall time|Exit code|Process ).{0,400}?^Output:\n", re.DOTALL | re.MULTILINE)
"""What Codex says of a command before its output."""


def _output(call: object, output: object) -> fields.Part:
    """A tool's output: text, blocks, or JSON that holds the text and the exit code."""
    shown = output
    told = lines.record(output) if isinstance(output, str) else fields.mapping(output)
    if told and "output" in told:
        code = fields.mapping(told.get("metadata")).get("exit_code")
        return fields.answered(call, told["output"], failed=None if code is None else code != 0, shown=shown)
    part = fields.answered(call, output)
    text = part.result.text if part.result else ""
    frame = _FRAME.match(text)
    code = _EXIT.search(frame[0] if frame else text[:HEAD])
    running = _RUNNING.search(frame[0]) if frame else None
    failed = None if code is None else code[1] != "0"
    result = Result(fields.text_of(call), text[frame.end() if frame else 0 :], failed)
    return part._replace(result=replace(result, running=running[1]) if running else result)


HEAD = 400
"""Characters of an output in which Codex says how the command ended; what follows is the command's own."""


def _said(text: str) -> Iterator[tuple[str, str]]:
    """(role, text) of one text that a person sent: what editors and Codex add to it apart."""
    if text.lstrip().startswith(_CONTEXT):
        yield "system", text
        return
    if _EDITOR.match(text.lstrip()):
        requests = list(_REQUEST.finditer(text))
        cut = requests[-1].end() if requests else len(text)
        yield "system", text[:cut]
        text = text[cut:]
    yield from regions.split(text, regions.regions(text, _KNOWN))
