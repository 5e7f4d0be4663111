"""Cursor's agent transcripts: `~/.cursor/projects/<folder>/agent-transcripts/**/*.jsonl`.

One `{"role", "message": {"content": [...]}}` a line. Records carry no id, so the line number is one.

The person's is what stands in the one outermost `<user_query>` of a text; files, rules and terminal text
that Cursor adds stand beside it, and may hold a forged one: where there are two, neither is the person's. A
text without such marks is the person's. Known from transcripts that users of Cursor published.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

from memctl.agents.transcripts import fields, folders, lines, regions
from memctl.domain.transcript import Session, Turn

RANK = 2

TAGS = "attached_files|cursor_rules|additional_data|system_reminder|open_and_recently_viewed_files"

_QUERY = "user_query"
_KNOWN = re.compile(f"{TAGS}|{_QUERY}")


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
    """Transcripts in the folders that Cursor names after the paths of the project's working trees."""
    base = _kept(home)
    wanted = {folders.folder_key(tree) for tree in folders.trees(root)}
    for folder in folders.names(base):
        if folders.folder_key(folder) not in wanted:
            continue
        for at, inner, files in os.walk(os.path.join(base, folder, "agent-transcripts")):
            inner[:] = sorted(f for f in inner if f != "subagents")
            yield from (os.path.join(at, file) for file in sorted(files) if file.endswith(".jsonl"))


def owns(path: str, home: str) -> bool:
    """Whether `path` is a file in which the client keeps a session, below the user's own `home`."""
    at = folders.below(path, _kept(home))
    return len(at) > 2 and at[1] == "agent-transcripts" and "subagents" not in at and path.endswith(".jsonl")


def _kept(home: str) -> str:
    return os.path.join(home, ".cursor", "projects")


def turns(session: Session) -> Iterator[Turn]:
    """The turns in file order. Raises OSError."""
    for line, found in lines.records(session.path):
        yield from fields.turns(f"L{line.number}", found.get("timestamp"), _parts(found))


def _parts(found: dict[str, Any]) -> Iterator[tuple[str, str] | fields.Part]:
    message = found.get("message")
    content = message.get("content") if isinstance(message, dict) else found.get("content")
    role, text = found.get("role"), fields.blocks_text(content)
    if role in ("assistant", "tool"):
        yield role, text
    elif role == "user":
        for one in fields.texts(content):
            yield from _said(one)
    for block in fields.objects(content):
        if block.get("type") == "tool_result":
            failed = block.get("is_error")
            failed = failed if isinstance(failed, bool) else None
            yield fields.answered(block.get("tool_use_id"), block.get("content"), failed=failed)
        elif block.get("type") == "tool_use":
            yield fields.called(block.get("id"), block.get("name"), block.get("input"))


def _said(text: str) -> Iterator[tuple[str, str]]:
    found = regions.regions(text, _KNOWN)
    queries = [region for region in found if region.name == _QUERY and region.whole]
    if len(queries) == 1 and sum(region.name == _QUERY for region in found) == 1:
        at = queries[0]
        yield "system", text[: at.start] + text[at.end :]
        yield "user", text[at.inner : at.outer].strip()
    elif any(_KNOWN.fullmatch(region.name) for region in found):
        yield "system", text
    else:
        yield from regions.split(text, found)
