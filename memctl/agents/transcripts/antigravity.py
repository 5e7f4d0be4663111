"""Antigravity's sessions: `~/.gemini/antigravity-cli/brain/<id>/.system_generated/logs/transcript*.jsonl`.

A line is a step: `{"step_index", "source", "type", "created_at", "content"}`. The person's is what stands in
the one outermost `<USER_REQUEST>` of a `USER_INPUT`; what the client adds stands beside it. A
`PLANNER_RESPONSE` is the agent's, with its `tool_calls`; nothing ties a result to its call but that it is the
next step that is neither. In which project a session was, `history.jsonl` says. The format is not documented:
known from programs that others published to read it (of 1.0.16 to 1.5.8), and not from a session of our own.
"""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from memctl.agents.transcripts import fields, folders, lines, regions
from memctl.domain.transcript import Session, Turn

RANK = 1

TAGS = "ADDITIONAL_METADATA|USER_SETTINGS_CHANGE|EPHEMERAL_MESSAGE|SYSTEM_MESSAGE"

_REQUEST = "USER_REQUEST"
_KNOWN = re.compile(f"{TAGS}|{_REQUEST}")

_FULL, _SHORT = "transcript_full.jsonl", "transcript.jsonl"
"""The same steps whole, and with long ones cut."""

_PROMPT, _ANSWER, _ERROR = "USER_INPUT", "PLANNER_RESPONSE", "ERROR_MESSAGE"

_USUAL = {
    "CommandLine": "command",
    "TargetFile": "file_path",
    "AbsolutePath": "file_path",
    "CodeContent": "content",
    "TargetContent": "old_string",
    "ReplacementContent": "new_string",
}
"""Its names of what a tool is given, and what most agents call the same."""


def matches(path: str, head: list[dict[str, Any]]) -> bool:
    """Whether the first records of a file are steps."""
    return bool(head) and all("step_index" in r and "type" in r and "source" in r for r in head)


def describe(agent: str, path: str, head: list[dict[str, Any]]) -> list[Session]:
    """The one session that a file holds."""
    session_id = _id_of(path)
    base = path.split(f"{os.sep}brain{os.sep}")[0] if session_id else ""
    started = next((text for r in head if (text := fields.text_of(r.get("created_at")))), None)
    project = _workspaces(base).get(session_id) if session_id else None
    return [Session(agent, session_id or folders.stem(path), path, project, started)]


def find(root: str, home: str) -> Iterator[str]:
    """The sessions that were started in the project `root`."""
    is_owned = folders.owned_by(root)
    for session_id, workspace in _workspaces(_kept(home)).items():
        if is_owned(workspace) and "/" not in session_id:
            logs = os.path.join(_kept(home), "brain", session_id, ".system_generated", "logs")
            yield from [os.path.join(logs, name) for name in (_FULL, _SHORT) if name in folders.names(logs)][
                :1
            ]


def owns(path: str, home: str) -> bool:
    """Whether `path` is a file in which the client keeps a session, below the user's own `home`."""
    at = folders.below(path, os.path.join(_kept(home), "brain"))
    return at[1:] in ([".system_generated", "logs", name] for name in (_FULL, _SHORT))


def _kept(home: str) -> str:
    return os.path.join(home, ".gemini", "antigravity-cli")


def _id_of(path: str) -> str:
    """The session that the folders of `path` name; "" for a file that lies elsewhere."""
    parts = path.split(os.sep)
    return parts[-4] if len(parts) > 4 and parts[-5] == "brain" else ""


def _workspaces(base: str) -> Mapping[str, str]:
    """Session -> the folder it was last in, as the client's list of prompts has it."""
    found = {}
    try:
        for _, record in lines.records(os.path.join(base, "history.jsonl")):
            session, folder = record.get("conversationId"), record.get("workspace")
            if isinstance(session, str) and session and isinstance(folder, str):
                found[session] = folder
    except OSError:
        pass  # no prompt was typed yet
    return found


def turns(session: Session) -> Iterator[Turn]:
    """The turns in file order. Raises OSError."""
    waiting: list[str] = []  # calls without a result, oldest first
    for line, step in lines.records(session.path):
        index = step.get("step_index")
        name = f"S{index}" if isinstance(index, int) else f"L{line.number}"
        yield from fields.turns(name, step.get("created_at"), _parts(name, step, waiting))


def _parts(name: str, step: dict[str, Any], waiting: list[str]) -> Iterator[tuple[str, str] | fields.Part]:
    kind, text = step.get("type"), fields.text_of(step.get("content"))
    if kind == _PROMPT:
        waiting.clear()
        yield from _said(text) if step.get("source") in ("USER_EXPLICIT", None) else [("system", text)]
    elif kind == _ANSWER:
        yield "assistant", text
        for number, call in enumerate(fields.objects(step.get("tool_calls"))):
            waiting.append(f"{name}.{number}")
            given = {_USUAL.get(key, key): value for key, value in fields.mapping(call.get("args")).items()}
            yield fields.called(waiting[-1], call.get("name"), given)
    elif waiting and (step.get("source") != "SYSTEM" or kind == _ERROR):
        code = step.get("exit_code")
        failed = kind == _ERROR or (code != 0 if isinstance(code, int) else None)
        yield fields.answered(waiting.pop(0), text, failed=failed)
    else:
        yield "system", text


def _said(text: str) -> Iterator[tuple[str, str]]:
    found = regions.regions(text, _KNOWN)
    requests = [region for region in found if region.name == _REQUEST]
    if len(requests) == 1 and requests[0].whole:
        at = requests[0]
        yield "system", text[: at.start] + text[at.end :]
        yield "user", text[at.inner : at.outer].strip()
    elif requests or any(_KNOWN.fullmatch(region.name) for region in found):
        yield "system", text
    else:
        yield from regions.split(text, found)
