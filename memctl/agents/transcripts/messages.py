"""Bare `{"role", "content"}` messages, one a line, as many tools export them."""

from collections.abc import Iterator
from typing import Any

from memctl.agents.transcripts import cursor, folders
from memctl.domain.transcript import Session

RANK = 3

TAGS = ""


def matches(path: str, head: list[dict[str, Any]]) -> bool:
    """Whether records are messages of a person and an assistant."""
    return bool(head) and all(r.get("role") in ("user", "assistant") and "content" in r for r in head)


def describe(agent: str, path: str, head: list[dict[str, Any]]) -> list[Session]:
    """The one session of a file; it has no id of its own."""
    return [Session(agent, folders.named_after(path), path)]


def find(root: str, home: str) -> Iterator[str]:
    """Nowhere: bare messages are only ever named by the person."""
    yield from ()


turns = cursor.turns
