"""A session as messages of the Messages API, from a transcript of any format or from such messages.

What a client recorded as the API's own blocks stays as it is, thinking included; of other formats the texts,
calls and results are made into blocks. What a client put there for itself is left out. Nothing is mended:
`services.session.acceptance` does that.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from memctl.agents.transcripts import branch, claude_code, fields, folders, lines, readers
from memctl.agents.transcripts.position import Position
from memctl.domain.transcript import Session, Turn
from memctl.errors import MemctlError

Message = dict[str, Any]

DOCUMENT_MAX = 64 * 1024 * 1024
"""Bytes of one JSON document with messages: twice what the API takes. A file of lines may be longer."""

_UNSAFE = re.compile(r"[^a-zA-Z0-9_-]")


@contextmanager
def opened(path: str) -> Iterator[list[Session]]:
    """The sessions in `path`: a transcript of any format, or messages of the API as one JSON array, as an
    object with `messages`, or one a line.

    Raises NotFound, and MemctlError for what is none of these.
    """
    try:
        document = _document(path) if os.path.isfile(path) else None
    except OSError as error:
        raise MemctlError(f"{path}: {error.strerror}", hint="name a file that can be read") from None
    if document is not None:
        with tempfile.NamedTemporaryFile("w", prefix="memctl-", suffix=".jsonl", encoding="utf-8") as handle:
            handle.writelines(json.dumps(message) + "\n" for message in document)
            handle.flush()
            yield [Session("messages", folders.stem(path), handle.name)]
    elif _are_messages(path):
        yield [Session("messages", folders.stem(path), path)]
    else:
        yield readers.open_spoken(path)


def _document(path: str) -> list[Any] | None:
    """The messages of a file that is one JSON document of them; None for any other file."""
    start = lines.head(path, 4096).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    first = lines.head_records(path, 1) if start == b"{" else []
    if start not in (b"[", b"{") or (first and "messages" not in first[0]):
        return None
    if os.path.getsize(path) > DOCUMENT_MAX:
        hint = "give one message a line instead of one JSON document"
        raise MemctlError(f"{path} is longer than {DOCUMENT_MAX >> 20} MiB", hint=hint)
    try:
        with lines.open_regular(path) as handle:
            value = json.loads(handle.read().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        if start == b"{":
            return None  # a transcript of another kind, or lines of which the first is damaged
        raise MemctlError(f"{path} is no JSON: {error}", hint="give messages of the API") from None
    if isinstance(value, dict):
        return value["messages"] if _holds_messages(value) else None
    return value if isinstance(value, list) else None


def _holds_messages(value: Mapping[str, Any]) -> bool:
    """Whether an object is a request or the like, and no transcript that has its messages in one object."""
    listed = value.get("messages")
    return isinstance(listed, list) and "projectHash" not in value and "sessionId" not in value


def _are_messages(path: str) -> bool:
    """Whether the records of a file are messages, whatever their role."""
    try:
        head = lines.head_records(path)
    except OSError:
        return False
    return bool(head) and all("role" in record and "content" in record for record in head)


def messages(session: Session) -> Iterator[Message]:
    """The messages of `session` as the API has them (role and content), oldest first, streamed. Raises
    MemctlError for a file that cannot be read."""
    try:
        if session.agent == "messages":
            yield from (
                {"role": r.get("role"), "content": r.get("content")} for _, r in lines.records(session.path)
            )
        elif session.agent == "claude-code":
            yield from _grouped(branch.standing(session, Position()))
        else:
            yield from _of_turns(readers.events(session))
    except OSError as error:
        raise MemctlError(f"{session.path}: {error.strerror or error}") from None


def _grouped(records: Iterable[Mapping[str, Any]]) -> Iterator[Message]:
    """One message for all the records that the client made of one answer: each block is a record of its own,
    and the results of calls may stand between them."""
    held: list[Message] = []
    answer = ""
    for record in records:
        for own, message in _recorded(record):
            if own and own == answer:
                held[0]["content"] += message["content"]
                continue
            if not (held and answer and _is_result(message)):
                yield from held
                held, answer = [], own
            held.append(message)
    yield from held


def _recorded(record: Mapping[str, Any]) -> Iterator[tuple[str, Message]]:
    """The message of a record, after the id of the answer that it is part of; none of the client's own."""
    kind, message = record.get("type"), fields.mapping(record.get("message"))
    if kind == "attachment":
        typed = [turn for turn in claude_code.typed(record) if turn.role == "user"]
        yield from (("", {"role": "user", "content": turn.text}) for turn in typed)
    elif kind in ("user", "assistant") and not any(record.get(mark) for mark in _UNSENT):
        content = message.get("content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if isinstance(blocks, list):
            own = fields.text_of(message.get("id")) if kind == "assistant" else ""
            yield own, {"role": kind, "content": list(blocks)}


_UNSENT = ("isVisibleInTranscriptOnly", "isApiErrorMessage")
"""Marks of records that the model never saw."""


def _is_result(message: Message) -> bool:
    return message["role"] == "user" and all(
        isinstance(block, dict) and block.get("type") == "tool_result" for block in message["content"]
    )


def _of_turns(turns: Iterable[Turn]) -> Iterator[Message]:
    last = ""
    for number, turn in enumerate(turns, 1):
        if turn.call is not None:
            last = _UNSAFE.sub("_", turn.call.id) or f"call_{number}"
            name = _UNSAFE.sub("_", turn.call.name)[:128] or "tool"
            made = {"type": "tool_use", "id": last, "name": name, "input": dict(turn.call.given)}
            yield {"role": "assistant", "content": [made]}
        if turn.result is not None:
            said = turn.text if turn.role == "user" else turn.result.text
            block: dict[str, Any] = {
                "type": "tool_result",
                "tool_use_id": _UNSAFE.sub("_", turn.result.call) or last,
                "content": said,
            }
            if turn.result.failed or turn.result.refused:
                block["is_error"] = True
            yield {"role": "user", "content": [block]}
        elif turn.call is None and turn.role in ("user", "assistant"):
            yield {"role": turn.role, "content": turn.text}
