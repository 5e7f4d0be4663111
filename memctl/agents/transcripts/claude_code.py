"""Claude Code's session files: `<base>/projects/<slug>/<session>.jsonl`, one record a line.

Which of them stand is told by `branch`.

The person's are, as recordings of 2.1.7 to 2.1.328 show: text of a `user` record that has none of the marks
of the client's own (`isMeta`, `planContent`, ...), outside of what `regions` finds in it; the arguments of
a typed command (`<command-args>`); `<user-memory-input>`; a `queued_command`; and the reply to a refused
tool call and the answers to the client's own questions, which stand in that call's result. A record that
begins with one of the client's own elements is the client's whole.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from memctl.agents.transcripts import branch, fields, folders, lines, refusals, regions
from memctl.agents.transcripts.position import Position
from memctl.domain.transcript import Result, Session, Turn
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

SUMMARY = "This session is being continued from a previous conversation"
"""How the text begins that takes the place of what a compaction removed."""

PLAN = "Implement the following plan:"
"""How a message begins with which the client starts on a plan that the person accepted."""

_OPENS = (
    "[Request interrupted by user",
    "Caveat: The messages below were generated",
    SUMMARY,
    PLAN,
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
    """Session files of the project `root`: of its working trees, and what may be of folders in them."""
    projects = _projects(home)
    exact = tuple(slug(tree) for tree in folders.trees(root))
    inside = tuple(name + "-" for name in exact)
    for folder in folders.names(projects):
        if folder in exact or folder.startswith(inside):
            for file in folders.names(os.path.join(projects, folder)):
                path = os.path.join(projects, folder, file)
                if file.endswith(".jsonl") and (folder in exact or _says_where(path)):
                    yield path


def _says_where(path: str) -> bool:
    """Whether a file says in which directory it was recorded; the name of its folder may be another's."""
    try:
        return any(isinstance(found.get("cwd"), str) for found in lines.head_records(path))
    except OSError:
        return False


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
    yield from events(session, Position())


def events(session: Session, position: Position) -> Iterator[Turn]:
    """As `turns`, from `position` on, which moves along; from the beginning where it is new.

    Raises OSError; Branched when what was read before `position` does not stand any more.
    """
    calls = refusals.Calls(position.held.get("calls"))
    for found in branch.standing(session, position):
        yield from map(calls.cued, _turns_of(found, calls))
    position.held["calls"] = calls.open()


def _turns_of(found: dict[str, Any], calls: refusals.Calls) -> Iterator[Turn]:
    parts = _queued(found) if found.get("type") == "attachment" else _parts(found, calls)
    for turn in fields.turns(fields.text_of(found.get("uuid")), found.get("timestamp"), parts):
        if found.get("isSidechain"):  # a sub-agent's prompt is written by the agent that started it
            turn = replace(turn, origin="agent" if turn.role == "user" else turn.origin, sidechain=True)
        yield turn


def typed(found: Mapping[str, Any]) -> list[Turn]:
    """The turns of an attachment: a prompt that the person typed while the agent was working."""
    return list(fields.turns(fields.text_of(found.get("uuid")), found.get("timestamp"), _queued(found)))


def _parts(found: dict[str, Any], calls: refusals.Calls) -> Iterator[tuple[str, str] | fields.Part]:
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
            yield fields.called(block.get("id"), block.get("name"), block.get("input"))
        elif block.get("type") == "tool_result":
            said = calls.said(block, found.get("toolUseResult"))
            of = fields.text_of(block.get("tool_use_id"))
            yield from (fields.Part(cue, text, None, Result(of)) for cue, text in said)
            if not said:
                failed, refused = block.get("is_error") is True, refusals.is_refused(block)
                yield fields.answered(of, block.get("content"), failed=failed, refused=refused)


def _is_injected(found: dict[str, Any]) -> bool:
    marks = ("isMeta", "isCompactSummary", "isVisibleInTranscriptOnly", "planContent", "sourceToolUseID")
    return any(found.get(mark) for mark in marks) or not _by_human(found)


def _by_human(found: Mapping[str, Any]) -> bool:
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


def _queued(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A prompt that the person typed while the agent was working stands in an attachment of its own."""
    note = fields.mapping(found.get("attachment"))
    typed = note.get("type") == "queued_command" and note.get("commandMode", "prompt") == "prompt"
    if typed and _by_human(note) and not note.get("isMeta"):
        yield from _text_parts("user", fields.blocks_text(note.get("prompt")), False)
