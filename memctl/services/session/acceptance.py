"""Messages as the Messages API takes them: what it would refuse of a history is mended.

The rules are those of its documentation and its error messages: no empty text, a call is answered in the very
next message and by that alone, answers stand first, a message of the assistant does not end with thinking,
roles take turns. Whatever keeps the rules comes out unchanged, as the same objects.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]
Block = dict[str, Any]

ROLES = ("user", "assistant", "system")

THINKING = ("thinking", "redacted_thinking")
SERVER_CALLS = ("server_tool_use", "mcp_tool_use")
_OF_ASSISTANT = ("tool_use", *SERVER_CALLS, *THINKING)

UNANSWERED = "No result of this call was recorded."


@dataclass
class Mended:
    """How much of a history the API would have refused: counts for the person."""

    dropped: int = 0  # blocks and messages that say nothing, or that belong to nothing
    answered: int = 0  # calls that got an answer saying that none was recorded

    def __bool__(self) -> bool:
        return bool(self.dropped or self.answered)


@dataclass
class _Open:
    """The calls that wait for an answer, by id, and every id that there was."""

    calls: dict[str, None] = field(default_factory=dict)
    server: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)


def sound(messages: Iterable[Mapping[str, Any]], mended: Mended) -> Iterator[Message]:
    """`messages` as the API takes them, one after the other; what was mended is counted in `mended`."""
    said = (clean for given in messages if (clean := _clean(given, mended)) is not None)
    yield from _joined(_settled(_paired(_joined(said), mended), mended))


def blocks(message: Mapping[str, Any]) -> list[Block]:
    """The content of a message as blocks."""
    content = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or ())


def is_result(block: Mapping[str, Any]) -> bool:
    """Whether a block answers a call of a tool that the caller runs."""
    return block.get("type") == "tool_result"


def is_server_result(block: Mapping[str, Any]) -> bool:
    """Whether a block answers a call of a tool that the server runs."""
    kind = block.get("type")
    return isinstance(kind, str) and kind.endswith("_tool_result")


def _paired(messages: Iterable[Message], mended: Mended) -> Iterator[Message]:
    """Every call with its answer in the next message. What the system said between them comes after both."""
    waiting, late = _Open(), list[Message]()
    for message in messages:
        role = message["role"]
        if role == "system" and waiting.calls:
            late.append(message)
            continue
        if role == "assistant" and waiting.calls:
            yield {"role": "user", "content": _unanswered(waiting, mended)}
        if role != "user":
            yield from late
            late = []
        made = _PASSED[role](message, waiting, mended)
        if made is not None:
            yield made
    if waiting.calls:
        yield {"role": "user", "content": _unanswered(waiting, mended)}
    yield from late


def _joined(messages: Iterable[Message]) -> Iterator[Message]:
    """Messages of one role that follow each other are one, as the API reads them."""
    held: Message | None = None
    for message in messages:
        if held is not None and held["role"] == message["role"] != "system":
            held = {**held, "content": [*blocks(held), *blocks(message)]}
            continue
        if held is not None:
            yield held
        held = message
    if held is not None:
        yield held


def _clean(given: Mapping[str, Any], mended: Mended) -> Message | None:
    """`given` without what says nothing; None where nothing is left. The very object where all stays."""
    role, content = given.get("role"), given.get("content")
    if role not in ROLES or not isinstance(content, str | list):
        mended.dropped += 1
        return None
    if isinstance(content, str):
        kept: Sequence[Any] | str = content if content.strip() else ""
    else:
        kept = [_answer(block) if is_result(block) else block for block in content if _says(block, role)]
        mended.dropped += len(content) - len(kept)
    if not kept:
        mended.dropped += isinstance(content, str) or not content
        return None
    if isinstance(given, dict) and set(given) == {"role", "content"} and _are_same(content, kept):
        return given
    return {"role": role, "content": kept}


def _are_same(one: Sequence[object], other: Sequence[object]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def _answer(block: Block) -> Block:
    """An answer whose content is a text or blocks that say something."""
    content = block.get("content")
    if content is None or isinstance(content, str):
        return block
    if not isinstance(content, list):
        return {**block, "content": json.dumps(content, ensure_ascii=False)}
    kept = [inner for inner in content if _says(inner, "user") and not is_result(inner)]
    return block if len(kept) == len(content) else {**block, "content": kept}


_NEEDS: dict[str, tuple[tuple[str, type], ...]] = {
    "tool_use": (("id", str), ("name", str), ("input", dict)),
    "server_tool_use": (("id", str), ("name", str), ("input", dict)),
    "mcp_tool_use": (("id", str), ("name", str), ("input", dict)),
    "thinking": (("thinking", str), ("signature", str)),
    "redacted_thinking": (("data", str),),
    "image": (("source", dict),),
    "document": (("source", dict),),
}
"""What a block of a kind cannot do without. Thinking that is not signed is refused."""


def _says(block: object, role: str) -> bool:
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        return False
    kind = block["type"]
    if kind == "text":
        return isinstance(block.get("text"), str) and bool(block["text"].strip())
    if is_result(block) or is_server_result(block):
        speaker = "user" if is_result(block) else "assistant"
        return role == speaker and isinstance(block.get("tool_use_id"), str)
    if any(not isinstance(block.get(key), type_) for key, type_ in _NEEDS.get(kind, ())):
        return False
    if kind == "thinking" and not block["signature"]:
        return False
    return role == "assistant" if kind in _OF_ASSISTANT else role != "system"


def _assistant(message: Message, waiting: _Open, mended: Mended) -> Message | None:
    """The message with calls that have their own ids, and without answers of the server to no call."""
    given = blocks(message)
    kept = _ended([block for block in given if _belongs(block, waiting)])
    mended.dropped += len(given) - len(kept)
    waiting.calls = {block["id"]: None for block in kept if block["type"] == "tool_use"}
    return _with(message, given, kept)


def _belongs(block: Block, waiting: _Open) -> bool:
    """Whether a block of an assistant's message answers an open call of the server, or is no call that was
    there before."""
    kind = block["type"]
    if is_server_result(block):
        found = block["tool_use_id"] in waiting.server
        waiting.server.discard(block["tool_use_id"])
        return found
    if kind != "tool_use" and kind not in SERVER_CALLS:
        return True
    if block["id"] in waiting.known:
        return False
    waiting.known.add(block["id"])
    if kind in SERVER_CALLS:
        waiting.server.add(block["id"])
    return True


def _ended(kept: list[Block]) -> list[Block]:
    while kept and kept[-1]["type"] in THINKING:
        kept.pop()
    return kept


def _settled(messages: Iterable[Message], mended: Mended) -> Iterator[Message]:
    """`messages` without calls of the server that nobody answers. One may be answered in a later message only
    as long as the caller's own tools are waited for, which it called itself."""
    held: list[Message] = []
    waiting: set[str] = set()
    for message in messages:
        held.append(message)
        found = blocks(message) if message["role"] == "assistant" else []
        waiting |= {block["id"] for block in found if block["type"] in SERVER_CALLS}
        waiting -= {block["tool_use_id"] for block in found if is_server_result(block)}
        ends = found and not any(block["type"] == "tool_use" for block in found)
        if not waiting or ends:
            yield from _without(held, waiting, mended)
            held, waiting = [], set()
    yield from _without(held, waiting, mended)


def _without(held: Sequence[Message], calls: set[str], mended: Mended) -> Iterator[Message]:
    """The messages without the server's calls of these ids."""
    for message in held:
        given = blocks(message) if calls else []
        kept = _ended([b for b in given if b["type"] not in SERVER_CALLS or b["id"] not in calls])
        mended.dropped += len(given) - len(kept)
        made = _with(message, given, kept) if len(kept) < len(given) else message
        if made is not None:
            yield made


def _user(message: Message, waiting: _Open, mended: Mended) -> Message | None:
    """The message with the answers to the calls before it in front, each once, and no others."""
    given = blocks(message)
    answers: dict[str, Block] = {}
    for block in given:
        if is_result(block) and block["tool_use_id"] in waiting.calls:
            answers.setdefault(block["tool_use_id"], block)
    for known in answers:
        del waiting.calls[known]
    missing = _unanswered(waiting, mended) if waiting.calls else []
    rest = [block for block in given if not is_result(block)]
    mended.dropped += len(given) - len(rest) - len(answers)
    return _with(message, given, [*answers.values(), *missing, *rest])


def _unanswered(waiting: _Open, mended: Mended) -> list[Block]:
    """An answer for each call that has none, saying just that."""
    mended.answered += len(waiting.calls)
    made = [
        {"type": "tool_result", "tool_use_id": call, "content": UNANSWERED, "is_error": True}
        for call in waiting.calls
    ]
    waiting.calls = {}
    return made


def _with(message: Message, given: Sequence[Block], kept: Sequence[Block]) -> Message | None:
    if not kept:
        return None
    return message if _are_same(given, kept) else {**message, "content": list(kept)}


def _of_system(message: Message, waiting: _Open, mended: Mended) -> Message:
    return message


_PASSED = {"user": _user, "assistant": _assistant, "system": _of_system}
