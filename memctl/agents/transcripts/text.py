"""Plain text with `User:` / `Assistant:` in front of what was said: the last resort of the formats."""

import os
import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from memctl.agents.transcripts import folders, marks
from memctl.domain.transcript import Session, Turn

RANK = 5

_USER = (
    "user|human|me|you|person|用户|用戶|我|人类|ユーザー|사용자|usuario|utilisateur|benutzer|nutzer|usuário"
)
_AGENT = (
    "assistant|ai|agent|bot|claude(?: code)?|chatgpt|gpt|codex|gemini|copilot|cursor|model|aider"
    "|助手|助理|模型|アシスタント|어시스턴트|asistente|assistent"
)
_TOOL = "tool(?: (?:result|output|call|use))?|tool_result|function|output|stdout|工具|system|系统"
_MARK = re.compile(
    rf"^\s{{0,3}}(?:\[\d[^\]\n]{{3,30}}\]\s*)?(?P<lead>[#>*_\[-]*\s*)(?:(?P<user>{_USER})|(?P<agent>{_AGENT})|(?P<tool>{_TOOL}))"
    r"\s*(?:\((?P<note>[^)\n]{0,60})\)|\[(?P<box>[^\]\n]{0,60})\])?\s*(?P<tail>[*_\]]*\s*[::]\s*[*_]*|[*_\]]+\s*$|$)(?P<rest>.*)$",
    re.IGNORECASE,
)


def matches(path: str, head: list[dict[str, Any]]) -> bool:
    """Anything readable may be a text with role prefixes."""
    return "\x00" not in marks.start(path)


def describe(agent: str, path: str, head: list[dict[str, Any]]) -> list[Session]:
    """The one session that a file holds. It has no id, so its place is one."""
    place = blake2b(os.fsencode(os.path.realpath(path)), digest_size=4).hexdigest()
    return [Session(agent, f"{folders.stem(path)}-{place}", path)]


def find(root: str, home: str) -> Iterator[str]:
    """Nowhere: such files are only ever named by the person."""
    yield from ()


def owns(path: str, home: str) -> bool:
    """No: it is no agent's format, and who spoke is only what the file says."""
    return False


def turns(session: Session) -> Iterator[Turn]:
    """The turns in file order. Raises OSError."""
    return marks.turns(session, _mark)


def _mark(line: str) -> marks.Mark | None:
    """A line `User: ...`, `**Assistant:** ...`, `## User`, `> Human: ...`, `[user] ...`, or None.

    A bare word without colon, heading or emphasis is a mark only when it stands alone and is no pronoun.
    """
    found = _MARK.match(line)
    if not found:
        return None
    lead, tail, rest = found["lead"].strip(), found["tail"].strip(), found["rest"].strip()
    has_colon = ":" in tail or ":" in tail
    if not has_colon and not (lead.startswith(("#", "*", "_", "[")) and not rest):
        return None
    if not has_colon and lead[:1] == "[" and "]" not in tail:
        return None
    role = "user" if found["user"] else "assistant" if found["agent"] else "tool"
    return role, marks.time_in(found["note"] or found["box"] or ""), rest
