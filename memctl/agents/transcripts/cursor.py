"""Cursor's agent transcripts: `~/.cursor/projects/<folder>/agent-transcripts/**/*.jsonl`.

One `{"role", "message": {"content": [...]}}` a line. The person's words stand inside `<user_query>`; files,
rules and terminal text that Cursor adds stand outside. Records carry no id, so the line number is one.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

from memctl.agents.transcripts import lines
from memctl.agents.transcripts.text import named_after
from memctl.domain.transcript import Session, Turn

AGENT = "cursor"
MESSAGES = "messages"

_QUERY = re.compile(r"<user_query>\s*(.*?)\s*</user_query>", re.DOTALL)


def matches(path: str, head: list[dict[str, Any]]) -> bool:
    """Whether the first records of a file have Cursor's shape."""
    return bool(head) and all(
        r.get("role") in ("user", "assistant", "tool", "system")
        and isinstance(r.get("message"), dict)
        and "uuid" not in r
        for r in head
    )


def matches_messages(path: str, head: list[dict[str, Any]]) -> bool:
    """Whether records are bare `{"role", "content"}` messages, as many tools export them."""
    return bool(head) and all(r.get("role") in ("user", "assistant") and "content" in r for r in head)


def describe_messages(path: str, head: list[dict[str, Any]]) -> list[Session]:
    """The one session of a file of bare messages."""
    return [Session(MESSAGES, named_after(path), path)]


def find_messages(root: str, home: str) -> Iterator[str]:
    """Bare messages are only ever named by the person."""
    yield from ()


def describe(path: str, head: list[dict[str, Any]]) -> list[Session]:
    """The one session that a file holds."""
    return [Session(AGENT, os.path.splitext(os.path.basename(path))[0], path)]


def find(root: str, home: str) -> Iterator[str]:
    """Transcripts in the folder that Cursor names after the project's path."""
    base = os.path.join(home, ".cursor", "projects")
    wanted = lines.folder_key(os.path.realpath(root))
    try:
        folders = sorted(f for f in os.listdir(base) if lines.folder_key(f) == wanted)
    except OSError:
        return
    for folder in folders:
        for at, inner, files in os.walk(os.path.join(base, folder, "agent-transcripts")):
            inner[:] = sorted(f for f in inner if f != "subagents")
            yield from (os.path.join(at, file) for file in sorted(files) if file.endswith(".jsonl"))


def turns(session: Session) -> Iterator[Turn]:
    """The turns in file order. Raises OSError."""
    for line, found in lines.records(session.path):
        message = found.get("message")
        content = message.get("content") if isinstance(message, dict) else found.get("content")
        at = lines.text_of(found.get("timestamp")) or None
        yield from (
            Turn(f"L{line.number}", role, text, at, origin)
            for role, origin, text in _parts(found.get("role"), content)
            if text.strip()
        )


def _parts(role: object, content: object) -> Iterator[tuple[str, str, str]]:
    text = lines.blocks_text(content)
    if role == "assistant":
        yield "assistant", "agent", text
    elif role == "tool":
        yield "tool", "tool", text
    elif role == "user":
        queries = _QUERY.findall(text)
        if queries:
            yield "system", "injected", _QUERY.sub("", text)
        yield "user", "person", "\n\n".join(queries) if queries else text
    for block in content if isinstance(content, list) else []:
        if isinstance(block, dict) and block.get("type") == "tool_result":
            yield "tool", "tool", lines.clip(block.get("content"))
        elif isinstance(block, dict) and block.get("type") == "tool_use":
            yield "assistant", "agent", f"[{lines.clip(block.get('name'))} {lines.clip(block.get('input'))}]"
