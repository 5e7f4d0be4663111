"""A history made short for those who drive the Messages API themselves: its end, and a summary before that.

The summary is derived, not asked for, and checked: what the history holds of each class is counted before and
after, in the summary and in the messages that are kept; a class of which too little is left is kept whole.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from memctl.agents.transcripts import conversation
from memctl.domain.contents import Item
from memctl.domain.transcript import Session
from memctl.services.session import digest, reading
from memctl.services.session.acceptance import Mended, Message, blocks, sound
from memctl.services.session.digest import ENOUGH, FILES, SECTIONS, Held
from memctl.services.session.window import LEAST, MOST, TEXTS, Window, window
from memctl.text.oneline import harmless

ALWAYS = ("constraints",)
"""The classes that are kept whole from the start: of these none may be lost by being just above a share."""


@dataclass(frozen=True)
class Share:
    """How much of one class is left: `after` of `before`, and whether all of it is verbatim for that."""

    before: int
    after: int
    whole: bool = False

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where there was nothing to lose."""
        return self.after / self.before if self.before else 1.0


@dataclass(frozen=True)
class Compacted:
    """What is left of a history. `summary` is "" where all of it is kept."""

    session: Session
    summary: str
    window: Window
    shares: Mapping[str, Share]
    mended: Mended

    @property
    def lacking(self) -> list[str]:
        """The classes of which too little is left all the same."""
        return [name for name, share in self.shares.items() if share.share < ENOUGH]

    @property
    def request(self) -> list[Message]:
        """The messages for the next request: the summary, and those that are kept; roles take turns."""
        kept = list(self.window.messages)
        if not self.summary:
            return kept
        if kept and kept[0]["role"] == "user":
            first = {"role": "user", "content": [{"type": "text", "text": self.summary}, *blocks(kept[0])]}
            return [first, *kept[1:]]
        return [{"role": "user", "content": self.summary}, *kept]


def compact(session: Session, *, least: int = LEAST, most: int = MOST, texts: int = TEXTS) -> Compacted:
    """`session` made short: at least `least` and at most `most` tokens of its end, and `texts` messages with
    text. Deterministic, without a model, in linear time. Raises MemctlError (it cannot be read)."""
    mended = Mended()
    opening = _Opening(conversation.messages(session))
    kept = window(sound(opening, mended), least=least, most=most, texts=texts)
    things = digest.joined(opening.earlier, digest.plain(reading.read(session, bounded=False)))
    begins = not kept.messages or kept.messages[0]["role"] == "user"
    if kept.is_whole and begins and not opening.earlier:
        return Compacted(session, "", kept, {}, mended)
    named = "" if session.agent == "messages" else session.id
    return Compacted(session, *_verified(things, kept, named), mended)


class _Opening:
    """Messages without the summary at their beginning, and what that says of what was before them."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._messages = messages
        self.earlier: Held = {}

    def __iter__(self) -> Iterator[Message]:
        for number, message in enumerate(self._messages):
            rest = self._without_summary(message) if number == 0 else message
            if rest is not None:
                yield rest

    def _without_summary(self, message: Message) -> Message | None:
        content = message["content"]
        first = content[0] if isinstance(content, list) and content else content
        text = first.get("text") if isinstance(first, dict) else first
        self.earlier = digest.read_back(text) if isinstance(text, str) else {}
        if not self.earlier:
            return message
        more = content[1:] if isinstance(content, list) else []
        return {**message, "content": more} if more else None


def _verified(things: Held, kept: Window, session: str) -> tuple[str, Window, dict[str, Share]]:
    """The summary of `things` before what is `kept`, and how much of each class both hold."""
    said = harmless("\n".join(text for message in kept.messages for text in _texts(message["content"])))
    whole = set(ALWAYS)
    while True:
        summary = digest.summary(things, [s.name for s in SECTIONS if s.counted in whole], session)
        shares = _shares(things, frozenset(summary.split("\n")), said, whole)
        short = {name for name, share in shares.items() if share.share < ENOUGH} - whole
        if not short:
            return summary, kept, shares
        whole |= short


def _shares(things: Held, lines: frozenset[str], said: str, whole: set[str]) -> dict[str, Share]:
    """Of each class, how many of its things stand in the lines of a summary or in what is `said` after it."""
    found: dict[str, Share] = {}
    for section in SECTIONS:
        if section.counted:
            items = things.get(section.name, ())
            file = section.name in FILES
            verbatim = [digest.line(i) in lines or digest.stands(i, said, is_file=file) for i in items]
            left = sum(same or _begins(i, lines) for same, i in zip(verbatim, items, strict=True))
            before = found.get(section.counted, Share(0, 0, section.counted in whole))
            found[section.counted] = Share(
                before.before + len(items), before.after + left, before.whole and all(verbatim)
            )
    return found


def _begins(item: Item, lines: frozenset[str]) -> bool:
    """Whether the beginning of `item` stands in `lines`, as a summary shortens it."""
    return any(digest.line(digest.short(item, width)) in lines for width in digest.WIDTHS)


def _texts(value: Any) -> Iterator[str]:
    """Every text in the content of a message that can be read."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("data", "signature", "source"):
                yield from _texts(inner)
