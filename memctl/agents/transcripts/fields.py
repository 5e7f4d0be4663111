"""What the records of any agent hold: texts, lists of blocks, tool calls. A field may have any type."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from memctl.domain.transcript import Call, Result, Turn

ORIGINS = {"user": "person", "assistant": "agent", "tool": "tool", "system": "injected"}
"""Whose words a message of each role is."""

CUES = ("refusal", "answer")
"""Roles of what a person said in a tool's result."""


class Part(NamedTuple):
    """One message of a record: who says it (or in answer to what: one of `CUES`), what, and the tool call and
    the result that it is."""

    role: str
    text: str
    call: Call | None = None
    result: Result | None = None


def turns(turn_id: str, at: object, parts: Iterable[tuple[str, str] | Part]) -> Iterator[Turn]:
    """A turn for each part of one record that says anything; `at` is its time as recorded."""
    for part in parts:
        role, text, call, result = Part(*part)
        if text.strip() or call or result:
            time, cue = text_of(at) or None, role if role in CUES else ""
            who = "user" if cue else role
            yield Turn(turn_id, who, text, time, ORIGINS[who], call=call, result=result, cue=cue)


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
    """A tool's input or output, a text, blocks or any JSON, as a text of at most CLIP characters."""
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
    """The call of the tool `name` with what it was `given` as one short text, `[name input]`."""
    return f"[{clip(name)} {clip(given)}]"


RESULT_MAX = 65_536
"""Characters of a tool's output that are kept whole for those who look for something in it."""


def called(call_id: object, name: object, given: object) -> Part:
    """The part that is a tool call; its input may be an object, or JSON or another text for one."""
    shown = tool_call(name, given)
    if isinstance(given, str):
        try:
            given = json.loads(given) if given.lstrip()[:1] == "{" else {"input": text_of(given)}
        except (ValueError, RecursionError):
            given = {"input": text_of(given)}
    return Part("assistant", shown, Call(text_of(call_id), text_of(name), mapping(given)))


def answered(
    call_id: object,
    content: object,
    *,
    failed: bool | None = None,
    refused: bool = False,
    shown: object = None,
) -> Part:
    """The part that is a tool's result; `shown` is what the turn says, where that is another text."""
    text = blocks_text(content) if isinstance(content, list) else content
    if not isinstance(text, str):
        text = clip(text) if text else ""
    text = text_of(text)
    if len(text) > RESULT_MAX:
        half = RESULT_MAX // 2
        text = f"{text[:half]}\n[...]\n{text[-half:]}"
    return Part(
        "tool",
        clip(content if shown is None else shown),
        None,
        Result(text_of(call_id), text, failed, refused),
    )


def whole(turn: Turn) -> str:
    """All that a turn holds: the input of a call as texts, a result whole."""
    if turn.call is None and turn.result is None:
        return turn.text
    parts = [turn.text] if turn.origin == "person" else []
    if turn.call is not None:
        inputs = "\n".join(f"{key}: {value}" for key, value in _strings(turn.call.given))
        parts.append(f"{turn.call.name}\n{inputs}")
    if turn.result is not None:
        parts.append(turn.result.text or "")
    return "\n".join(part for part in parts if part)


def _strings(given: object, name: str = "") -> Iterator[tuple[str, str]]:
    """The texts in a call's input with the name that they stand under."""
    if isinstance(given, str):
        yield name, text_of(given)
    elif isinstance(given, dict):
        for key, value in given.items():
            yield from _strings(value, text_of(key))
    elif isinstance(given, list):
        for value in given:
            yield from _strings(value, name)
    elif given is not None:
        yield name, str(given)
