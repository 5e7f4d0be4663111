"""Which of the last messages of a session are kept as they are when the rest is replaced by a summary.

The figures are those of Claude Code's own session memory. Two estimates of a message's tokens, so that
"at least" and "at most" both hold for whoever counts in another way: its texts alone, and all of its JSON.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from memctl.services.session.acceptance import (
    SERVER_CALLS,
    Block,
    Message,
    blocks,
    is_result,
    is_server_result,
)

LEAST = 10_000
"""Tokens that are kept at least, where the session has them."""

MOST = 40_000
"""Tokens that are kept at most."""

TEXTS = 5
"""Messages with text that are kept at least, where the session has them."""

PICTURE = 1_600
"""Tokens of an image or a document: what the largest image costs that the API does not scale down."""

_ENDS = (32_000, 16_000, 8_000, 4_000, 2_000, 1_000, 500, 200)
"""Characters of each end that are kept of an answer or a text that is too long: the first of these with which
the whole fits."""

ENVELOPE = 30
"""Bytes that the JSON of a message has around its content at least."""

FOLD = 8
"""How many times as long as its characters JSON may be, and a little: a control character takes six bytes."""

_MARK = 60
"""Characters that saying how much is left out may take: what would be no shorter stays."""


@dataclass(frozen=True)
class Step:
    """Messages that cannot be parted: one alone, or a call and the answers to it. Tokens are estimates."""

    messages: tuple[Message, ...]
    low: int  # of the texts alone
    high: int  # of everything, as JSON
    texts: int  # messages with text
    clipped: int = 0  # texts and answers in it of which only the ends are left
    short: "Step | None" = None  # the same with fewer tokens, where it has very many and may have fewer

    @property
    def opens(self) -> bool:
        """Whether a conversation can begin with it: the person speaks."""
        return bool(self.messages[0]["role"] == "user")

    @property
    def needs(self) -> int:
        """The tokens that it takes at least."""
        return self.short.high if self.short else self.high


@dataclass(frozen=True)
class Window:
    """The messages that are kept, and how much that is."""

    messages: tuple[Message, ...] = ()
    left_out: int = 0  # messages before them
    low: int = 0
    high: int = 0
    texts: int = 0
    clipped: int = 0  # texts and answers of which only the ends were kept

    @property
    def is_whole(self) -> bool:
        """Whether nothing stands before it and nothing was shortened."""
        return not self.left_out and not self.clipped


def window(
    messages: Iterable[Message], *, least: int = LEAST, most: int = MOST, texts: int = TEXTS
) -> Window:
    """The end of `messages`, which the API takes: whole steps, of at least `least` tokens and `texts`
    messages with text, and at most `most` tokens; from where the person speaks, if that is near enough.

    Long answers and texts of the person are shortened where the one could not be had without the other.
    Where a step is too long and cannot be shortened, what follows it is all; of the last step the model's own
    texts are shortened as well rather than that nothing is kept. Holds little more than it gives.
    """
    long = most // 2
    held: deque[tuple[list[Message], int]] = deque()
    before: list[list[Message]] = []  # the last one that is too long
    high = dropped = 0
    for step in _steps(messages):
        needs = _least(step)
        if needs > long // FOLD:  # it may be long, and then it may be made shorter than it looks
            needs = _measured(step, long).needs
        before = [one for one, _ in held] if needs > most else before
        held.append((step, needs))
        high += needs
        while high - held[0][1] > most:  # the rest alone is more than may be kept
            first, needs = held.popleft()
            high -= needs
            dropped += len(first)
    steps = [_measured(step, long) for step, _ in held]
    if steps and steps[-1].needs > most and (last := _shortened(steps[-1], long, own=True)):
        steps = [*(_measured(step, long) for step in before), last]
        dropped -= sum(map(len, before))
    return _chosen(steps, dropped, least, most, texts)


def _chosen(held: list[Step], dropped: int, least: int, most: int, texts: int) -> Window:
    """From the end back until there is enough, then on to where the person speaks, if there is room."""
    kept: deque[Step] = deque()
    enough, low, said, room = 0, 0, 0, most
    for step in reversed(held):
        after = low + step.low >= least and said + step.texts >= texts
        step = step.short if step.short and (step.high > room or not after) else step
        if step.high > room:
            break
        kept.appendleft(step)
        low, said, room = low + step.low, said + step.texts, room - step.high
        enough = enough or (len(kept) if low >= least and said >= texts else 0)
        if enough and step.opens:
            break
    if enough and not kept[0].opens:
        kept = deque(list(kept)[-enough:])
    before = held[: len(held) - len(kept)]
    return _made(kept, dropped + sum(len(step.messages) for step in before))


def _made(kept: Iterable[Step], left_out: int) -> Window:
    steps = list(kept)
    return Window(
        tuple(message for step in steps for message in step.messages),
        left_out,
        sum(step.low for step in steps),
        sum(step.high for step in steps),
        sum(step.texts for step in steps),
        sum(step.clipped for step in steps),
    )


def _steps(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """`messages` in steps: a call of the caller's tools is one with its answers, and one of the server's with
    the message that holds its result."""
    held: list[Message] = []
    waiting: set[str] = set()
    for message in messages:
        answers = any(is_result(block) for block in blocks(message))
        if held and not answers and not waiting:
            yield held
            held = []
        held.append(message)
        waiting = (waiting | _server_calls(message)) - _server_answers(message)
    if held:
        yield held


def _server_calls(message: Message) -> set[str]:
    return {b["id"] for b in blocks(message) if b["type"] in SERVER_CALLS}


def _server_answers(message: Message) -> set[str]:
    return {b["tool_use_id"] for b in blocks(message) if is_server_result(b)}


def _least(step: Iterable[Message]) -> int:
    """Tokens that a step has at least. No JSON is made: most of a long history is only passed by."""
    return sum((ENVELOPE + sum(map(len, _strings(message.get("content"))))) // 4 for message in step)


def _strings(content: str | Sequence[Block] | None) -> Iterator[str]:
    """The texts right in the content of a message, and in answers."""
    for block in [content] if isinstance(content, str) else content or ():
        if isinstance(block, str):
            yield block
            continue
        for key in ("text", "thinking", "content"):
            if isinstance(found := block.get(key), str):
                yield found
            elif isinstance(found, list):
                yield from _strings([one for one in found if isinstance(one, dict)])


def _measured(held: Sequence[Message], long: int) -> Step:
    """The step with its tokens counted. One of more than `long` has a shorter form, where it can."""
    step = _step(held)
    return replace(step, short=_shortened(step, long)) if step.high > long else step


def _step(held: Sequence[Message], clipped: int = 0) -> Step:
    low = sum(len(text) for message in held for text in _texts(blocks(message))) // 4
    said = sum(any(block["type"] == "text" for block in blocks(message)) for message in held)
    return Step(tuple(held), low, sum(tokens(message) for message in held), said, clipped)


def _texts(content: Iterable[Block]) -> Iterator[str]:
    """What stands in blocks to be read."""
    for block in content:
        inner = block.get("content")
        if isinstance(inner, list):
            yield from _texts(inner)
        for key in ("text", "thinking", "content"):
            if isinstance(block.get(key), str):
                yield block[key]
        if isinstance(block.get("input"), dict):
            yield _json(block["input"])


def tokens(message: Message) -> int:
    """About how many tokens a message is: four bytes of its JSON to one, and `PICTURE` for an image."""
    pictures = [b for b in _all(blocks(message)) if b.get("type") in ("image", "document")]
    size = len(_json(message).encode("utf-8", "surrogatepass"))
    drawn = sum(len(_json(picture.get("source"))) for picture in pictures)
    return (size - drawn + 3) // 4 + PICTURE * len(pictures)


def _all(content: Iterable[Block]) -> Iterator[Block]:
    for block in content:
        yield block
        if isinstance(block.get("content"), list):
            yield from _all(inner for inner in block["content"] if isinstance(inner, dict))


_json = json.JSONEncoder(ensure_ascii=False).encode
"""One for all: `dumps` makes another each time, which takes longer than most messages."""


def _shortened(step: Step, room: int, *, own: bool = False) -> Step | None:
    """The step with the middle of its long answers and of the person's long texts left out, and of the
    model's `own`: at most `room` tokens, or as few as it can; None where nothing is to be had."""
    made = None
    for ends in _ENDS:
        shorter = _step(*_cut(step.messages, ends, own=own))
        made = shorter if shorter.clipped else made
        if shorter.high <= room:
            break
    return made


def _cut(messages: Iterable[Message], ends: int, *, own: bool) -> tuple[list[Message], int]:
    """The messages with the texts that nobody signed cut to `ends` characters at each end, of the model's
    `own` only what it said, no thinking, call or result of the server; how many were."""
    made, count = [], 0
    for message in messages:
        if message["role"] == "user" or own:
            only = None if message["role"] == "user" else "text"
            content, cut = _clipped(blocks(message), ends, only)
            message, count = ({**message, "content": content}, count + cut) if cut else (message, count)
        made.append(message)
    return made, count


def _clipped(content: Sequence[Block], ends: int, only: str | None = None) -> tuple[list[Block], int]:
    made, count = [], 0
    for block in content:
        if only and block["type"] != only:
            made.append(block)
            continue
        inner = block.get("content")
        if isinstance(inner, list):
            shorter, cut = _clipped(inner, ends)
            block, count = ({**block, "content": shorter}, count + cut) if cut else (block, count)
        for key in ("text", "content"):
            text = block.get(key)
            if isinstance(text, str) and len(text) > 2 * ends + _MARK:
                block, count = {**block, key: _ends_of(text, ends)}, count + 1
        made.append(block)
    return made, count


def _ends_of(text: str, ends: int) -> str:
    """The first and the last `ends` characters of a longer text."""
    left = len(text) - 2 * ends
    return f"{text[:ends]}\n[... {left:,} characters left out ...]\n{text[-ends:]}"
