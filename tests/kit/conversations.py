"""Histories of the Messages API for tests: made ones, and what the API would say against a list of messages."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from anthropic.types import MessageParam
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.kit.cli import Memctl
from tests.kit.warm import Warm

Message = dict[str, Any]
Block = dict[str, Any]

KEY = "sk-ant-api03-" + "a1B2c3D4" * 12
"""A secret, as somebody may have typed it."""

_SHAPE = TypeAdapter(list[MessageParam])


def text(value: str) -> Block:
    return {"type": "text", "text": value}


def user(*content: str | Block) -> Message:
    return {"role": "user", "content": _content(content)}


def assistant(*content: str | Block) -> Message:
    return {"role": "assistant", "content": _content(content)}


def _content(content: Sequence[str | Block]) -> str | list[Block]:
    if len(content) == 1 and isinstance(content[0], str):
        return content[0]
    return [text(item) if isinstance(item, str) else item for item in content]


def call(number: int, name: str = "Bash", **given: object) -> Block:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": given or {"command": "ls"}}


def answer(number: int, content: object = "ok") -> Block:
    return {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": content}


def thinking(value: str = "Let me see.") -> Block:
    return {"type": "thinking", "thinking": value, "signature": f"signed:{len(value)}"}


def image() -> Block:
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}


def server_call(number: int) -> Block:
    return {
        "type": "server_tool_use",
        "id": f"srvtoolu_{number}",
        "name": "web_search",
        "input": {"query": "tides"},
    }


def server_answer(number: int) -> Block:
    return {"type": "web_search_tool_result", "tool_use_id": f"srvtoolu_{number}", "content": []}


def record(messages: Sequence[Message], home: Path, project: Path, session: str = "s1") -> Path:
    """Write `messages` down as Claude Code does, as a session of `project` below `home`; returns the file."""
    folder = home / ".claude" / "projects" / re.sub(r"[^a-zA-Z0-9]", "-", str(project.resolve()))
    folder.mkdir(parents=True, exist_ok=True)
    records = [
        {
            "type": message["role"], "uuid": f"{session}-{n}", "parentUuid": f"{session}-{n - 1}" if n else None,
            "sessionId": session, "cwd": str(project), "timestamp": f"2026-11-20T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z",
            "message": {**message, **({"id": f"msg_{n}"} if message["role"] == "assistant" else {})},
        }
        for n, message in enumerate(messages)
    ]  # fmt: skip
    path = folder / f"{session}.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    return path


def shop(at: Path, warm: Warm) -> Memctl:
    """memctl in the project `at`/shop, with the home and the memory directory beside it."""
    for name in ("shop", "memory", "home"):
        (at / name).mkdir()
    env = {"HOME": str(at / "home")}
    return Memctl(cwd=at / "shop", directory=at / "memory", warm=warm, env=env)


WORDS = st.text(alphabet='ab \n漢é"\\', max_size=40)
_LONG = st.builds(
    lambda word, times: word * times, st.sampled_from(["word ", "漢字", '"\n']), st.integers(1, 3000)
)


@st.composite
def histories(draw: st.DrawFn, most: int = 30) -> list[Message]:
    """Anything that a program may have collected: also what the API refuses."""
    made: list[Message] = []
    number = 0
    for _ in range(draw(st.integers(0, most))):
        number += 10
        made += draw(st.sampled_from(_SCENES))(draw, number)
    return made


def _said(draw: st.DrawFn, number: int) -> list[Message]:
    return [{"role": draw(st.sampled_from(["user", "assistant", "system"])), "content": draw(WORDS)}]


def _asked(draw: st.DrawFn, number: int) -> list[Message]:
    asked = user(draw(WORDS), *([image()] if draw(st.booleans()) else []), draw(_LONG))
    return [asked, assistant(thinking(), draw(WORDS))]


def _worked(draw: st.DrawFn, number: int) -> list[Message]:
    calls = [number + at for at in range(draw(st.integers(1, 4)))]
    kept = [n for n in calls if draw(st.integers(0, 9))]
    results = [
        answer(n, draw(st.one_of(_LONG, st.just([text("seen"), image()]), st.just([text("")])))) for n in kept
    ]
    more = [text(draw(WORDS))] if draw(st.booleans()) else []
    split = draw(st.booleans())
    made = [assistant(thinking(), draw(WORDS), *(call(n) for n in calls))]
    return made + ([user(result) for result in results] + [user(*more)] if split else [user(*results, *more)])


def _searched(draw: st.DrawFn, number: int) -> list[Message]:
    end = [server_answer(number)] if draw(st.integers(0, 4)) else []
    if draw(st.booleans()):
        return [assistant(draw(WORDS), server_call(number), *end, "found"), user("more")]
    return [assistant(server_call(number), call(number)), user(answer(number)), assistant(*end, "done")]


def _damaged(draw: st.DrawFn, number: int) -> list[Message]:
    return [
        draw(
            st.sampled_from(
                [
                    user(answer(number)),
                    assistant(thinking()),
                    assistant(call(1), call(1)),
                    assistant(call(number)),
                    {"role": "user", "content": []},
                    {"role": "tool", "content": "?"},
                    {"role": "assistant", "content": [{"type": "thinking", "thinking": "unsigned"}]},
                    assistant("text", thinking()),
                    {"role": "user", "content": None},
                    {"role": "user", "content": ["bare", {"type": "tool_use", "id": "x", "name": "y"}]},
                    user("x", answer(number), {"type": "image"}),
                ]
            )
        )
    ]


_SCENES = [_said, _asked, _asked, _worked, _worked, _worked, _searched, _damaged]


def complaints(messages: Sequence[Message], *, alone: bool = True) -> list[str]:
    """What the SDK's types and the documented rules of the API have against `messages`.

    With `alone` as a whole request; else as the end of one, which a message of the user precedes.
    """
    found = list(_of_order(messages, alone)) + list(_of_texts(messages))
    found += list(_of_calls(messages))
    for message in messages:
        _walked(_SHAPE.validate_python([message]))
    return found


def _walked(value: object) -> None:
    """Look at everything: pydantic validates iterables only as they are read."""
    if isinstance(value, Mapping):
        for inner in value.values():
            _walked(inner)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for inner in value:
            _walked(inner)


def _blocks(message: Message) -> list[Block]:
    content = message["content"]
    return [text(content)] if isinstance(content, str) else content


def _of_order(messages: Sequence[Message], alone: bool) -> Iterable[str]:
    if alone and (not messages or messages[0]["role"] != "user"):
        yield "the first message is not the user's"
    for one, other in pairwise(messages):
        if one["role"] == other["role"] != "system":
            yield "roles do not take turns"


def _of_texts(messages: Sequence[Message]) -> Iterable[str]:
    for message in messages:
        found = _blocks(message)
        if not found:
            yield "a message without content"
        inner = [b for block in found if isinstance(block.get("content"), list) for b in block["content"]]
        if any(block["type"] == "text" and not block["text"].strip() for block in [*found, *inner]):
            yield "an empty text"
        if message["role"] == "assistant" and found[-1]["type"] in ("thinking", "redacted_thinking"):
            yield "a message of the assistant that ends with thinking"


def _of_calls(messages: Sequence[Message]) -> Iterable[str]:
    seen: set[str] = set()
    waiting: list[str] = []
    server: set[str] = set()
    for message in messages:
        found = _blocks(message)
        answers = [b["tool_use_id"] for b in found if b["type"] == "tool_result"]
        if message["role"] != "assistant":
            if sorted(answers) != sorted(waiting):
                yield f"answers {answers} for calls {waiting}"
            if any(b["type"] == "tool_result" for b in found[len(answers) :]):
                yield "an answer behind other content"
            waiting = []
            continue
        if waiting:
            yield "a call without an answer"
        for block in found:
            if block["type"] in ("tool_use", "server_tool_use"):
                if block["id"] in seen:
                    yield "an id twice"
                seen.add(block["id"])
            if block["type"] == "server_tool_use":
                server.add(block["id"])
            if block["type"].endswith("_tool_result"):
                if block["tool_use_id"] not in server:
                    yield "the server's answer to no call"
                server.discard(block["tool_use_id"])
        waiting = [b["id"] for b in found if b["type"] == "tool_use"]
        if server and not waiting:
            yield "the server's call without an answer"
    if waiting:
        yield "a call without an answer at the end"
