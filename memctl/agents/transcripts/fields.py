"""What the records of any agent hold: texts, lists of blocks, tool calls. A field may have any type."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from memctl.domain.transcript import Turn

ORIGINS = {"user": "person", "assistant": "agent", "tool": "tool", "system": "injected"}
"""Whose words a message of each role is."""

CUES = ("refusal", "answer")
"""Roles of what a person said in a tool's result."""


def turns(turn_id: str, at: object, parts: Iterable[tuple[str, str]]) -> Iterator[Turn]:
    """A turn for each (role, text) of one record that says anything; `at` is its time as recorded."""
    for role, text in parts:
        if text.strip() and role in CUES:
            yield Turn(turn_id, "user", text, text_of(at) or None, "person", cue=role)
        elif text.strip():
            yield Turn(turn_id, role, text, text_of(at) or None, ORIGINS[role])


def mapping(value: object) -> dict[str, Any]:
    """`value` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list; none of anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    """`value` when it is a text, else "" - fields of foreign files have any type. Lone surrogates go."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def blocks_text(
    content: object, kinds: tuple[str, ...] = ("text", "input_text", "output_text", "Text")
) -> str:
    """The text of a message's content: a string, or the text blocks of a list joined by blank lines."""
    return "\n\n".join(texts(content, kinds))


def texts(
    content: object, kinds: tuple[str, ...] = ("text", "input_text", "output_text", "Text")
) -> list[str]:
    """The texts of a message's content, one for each block of a list that has any."""
    if not isinstance(content, list):
        return [text_of(content)]
    parts = []
    for block in content:
        if isinstance(block, str):
            parts.append(text_of(block))
        elif isinstance(block, dict) and block.get("type", "text") in kinds:
            parts.append(text_of(block.get("text")))
    return [part for part in parts if part]


CLIP = 4000
"""Characters of a tool's input or output that are kept: context, never evidence of what a person said."""


def clip(value: object) -> str:
    """A tool's input or output as a short text."""
    if isinstance(value, list):
        value = blocks_text(value)
    if not isinstance(value, str):
        try:
            value = json.dumps(value, ensure_ascii=False)
        except (ValueError, RecursionError):
            return ""
    return text_of(value if len(value) <= CLIP else _cut(value[:CLIP]))


def _cut(text: str) -> str:
    """`text` back to its last blank: half of a key would not be known for one."""
    last = max(text.rfind(blank, CLIP // 2) for blank in " \n\t")
    return text[:last] if last > 0 else text[: CLIP // 2]


def tool_call(name: object, given: object) -> str:
    """How the call of a tool is written down."""
    return f"[{clip(name)} {clip(given)}]"
