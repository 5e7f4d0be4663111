"""Prompts: instructions from `memctl/prompts/*.md`, data fenced so that it cannot pass for instructions.

The instructions are constant text. What comes from memories or from the person's prompt goes into the user
message only: single lines are escaped and have their markup broken, blocks stand between tags that carry a
random nonce, which foreign text cannot know and therefore cannot close.
"""

import json
import re
import secrets
from importlib import resources
from typing import Any

from memctl.llm.provider import Prompt
from memctl.text.escape import escape
from memctl.text.oneline import visible

QUERY_MAX = 4_000
"""Characters of the person's prompt that a selector sees: the head and the tail of a longer one."""

SELECT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "string"}}},
    "required": ["files"],
    "additionalProperties": False,
}
ENRICH_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "memories": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "integer"},
                    "prompts": {"type": "array", "items": {"type": "string"}},
                    "description": {"type": "string"},
                },
                "required": ["id", "prompts"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["memories"],
    "additionalProperties": False,
}

_TAG = re.compile("[<\uff1c\ufe64](?=[/!?\uff0f]|[^\\W\\d_])")
_TURN = re.compile(
    "^(\\s*)(human|assistant|system|user)(\\s*[:\uff1a\ufe13\ufe55\u2236\ua789])",
    re.IGNORECASE | re.MULTILINE,
)


def instructions(name: str) -> str:
    """The text of `memctl/prompts/<name>.md`."""
    return resources.files("memctl").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")


def line(text: str) -> str:
    """`text` as one line that is data and nothing else: flattened, escaped, tags and fences broken."""
    return _disarm(visible(text))


def block(text: str) -> str:
    """`text` as lines that are data: escaped, tags, fences and turn marks broken."""
    return _disarm(_TURN.sub(r"\1\2 \3", escape(text, keep="\n\t")))


def fence(label: str, text: str) -> str:
    """`text` between tags that no text inside can close."""
    tag = f"{label}-{secrets.token_hex(8)}"
    return f"<{tag}>\n{text}\n</{tag}>"


def select(query: str, manifest: str, limit: int) -> Prompt:
    """The selector's prompt: which at most `limit` memories of `manifest` help with `query`."""
    asked = json.dumps(_disarm(escape(clip(query, QUERY_MAX), keep="\n\t")), ensure_ascii=False)
    user = f"Prompt: {asked}\n\nAt most {limit} files.\n\n{fence('manifest', manifest)}"
    return Prompt("select", instructions("select"), user, SELECT_SCHEMA)


def enrich(memories: str) -> Prompt:
    """The prompt that has queries anticipated for a batch; `memories` is already fenced, one block each."""
    return Prompt("enrich", instructions("enrich"), memories, ENRICH_SCHEMA, max_tokens=16_000)


def clip(text: str, limit: int) -> str:
    """`text`, or its first three quarters and last quarter of `limit` characters with a mark between."""
    if len(text) <= limit:
        return text
    head = limit * 3 // 4
    return f"{text[:head]} […] {text[-(limit - head) :]}"


def _disarm(text: str) -> str:
    """Break what could close a fence or open a tag, and keep it readable."""
    return _TAG.sub("‹", text).replace("```", "'''")
