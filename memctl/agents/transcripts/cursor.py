"""Cursor's agent transcripts: `~/.cursor/projects/<folder>/agent-transcripts/**/*.jsonl`.

One `{"role", "message": {"content": [...]}}` a line. The person's words stand inside `<user_query>`; files,
rules and terminal text that Cursor adds stand outside. Records carry no id, so the line number is one.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

from memctl.agents.transcripts import fields, folders, lines
from memctl.domain.transcript import Session, Turn

RANK = 2

TAGS = "attached_files|cursor_rules|additional_data"

_QUERY = re.compile(r"<user_query>\s*(.*?)\s*</user_query>", re.DOTALL)


def matches(path: str, head: list[dict[str, Any]]) -> bool:
    """Whether the first records of a file have Cursor's shape."""
    return bool(head) and all(
        r.get("role") in ("user", "assistant", "tool", "system")
        and isinstance(r.get("message"), dict)
        and "uuid" not in r
        for r in head
    )


def describe(agent: str, path: str, head: list[dict[str, Any]]) -> list[Session]:
    """The one session that a file holds."""
    return [Session(agent, folders.stem(path), path)]


def find(root: str, home: str) -> Iterator[str]:
    """Transcripts in the folder that Cursor names after the project's path."""
    base = os.path.join(home, ".cursor", "projects")
    wanted = folders.folder_key(os.path.realpath(root))
    for folder in folders.names(base):
        if folders.folder_key(folder) != wanted:
            continue
        for at, inner, files in os.walk(os.path.join(base, folder, "agent-transcripts")):
            inner[:] = sorted(f for f in inner if f != "subagents")
            yield from (os.path.join(at, file) for file in sorted(files) if file.endswith(".jsonl"))


def turns(session: Session) -> Iterator[Turn]:
    """The turns in file order. Raises OSError."""
    for line, found in lines.records(session.path):
        yield from fields.turns(f"L{line.number}", found.get("timestamp"), _parts(found))


def _parts(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    message = found.get("message")
    content = message.get("content") if isinstance(message, dict) else found.get("content")
    role, text = found.get("role"), fields.blocks_text(content)
    if role in ("assistant", "tool"):
        yield role, text
    elif role == "user":
        queries = _QUERY.findall(text)
        if queries:
            yield "system", _QUERY.sub("", text)
        yield "user", "\n\n".join(queries) if queries else text
    for block in fields.objects(content):
        if block.get("type") == "tool_result":
            yield "tool", fields.clip(block.get("content"))
        elif block.get("type") == "tool_use":
            yield "assistant", fields.tool_call(block.get("name"), block.get("input"))
