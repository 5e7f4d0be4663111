"""Bare `{"role", "content"}` messages, one a line, as many tools export them."""

from typing import Any

from memctl.agents.transcripts import cursor, text

RANK = 3

describe, find, owns, turns = text.describe, text.find, text.owns, cursor.turns


def matches(path: str, head: list[dict[str, Any]]) -> bool:
    """Whether records are messages of a person and an assistant."""
    return bool(head) and all(r.get("role") in ("user", "assistant") and "content" in r for r in head)
