"""The echo guard: what was put into a session is no evidence for a memory.

Readers already mark what a client records apart from the person's words (`Turn.origin`). What stands inside
a person's turn is blanked here: memctl's own fenced blocks, the client's tags, and pasted markup. Only a
block with both its ends is blanked, from an opening mark to the nearest closing one, so that a forged mark
hides nothing but what stands inside it.
"""

import re
from bisect import bisect_left
from dataclasses import replace

from memctl.agents import table
from memctl.domain.transcript import Turn
from memctl.text import fence

_CLIENT_TAGS = "|".join(
    tags for agent in table.AGENTS if agent.has_transcripts and (tags := agent.reader().TAGS)
)

Marks = tuple[re.Pattern[str], re.Pattern[str]]
"""What opens a block and what closes it; the first group of both must be the same text."""

_OWN: Marks = (
    re.compile(rf'<{fence.TAG} nonce="([0-9A-Za-z]{{1,64}})">'),
    re.compile(rf'</{fence.TAG} nonce="([0-9A-Za-z]{{1,64}})">'),
)
_CLIENT: Marks = (re.compile(rf"<({_CLIENT_TAGS})\b[^>]{{0,200}}>"), re.compile(rf"</({_CLIENT_TAGS})>"))
_PASTED: Marks = (
    re.compile(r"<([A-Za-z][\w.:-]{0,40})(?:\s[^<>]{0,400})?>"),
    re.compile(r"</([A-Za-z][\w.:-]{0,40})\s*>"),
)


def blank(text: str) -> str:
    """`text` at the same length, with injected blocks and pasted markup made spaces; line ends stay."""
    for marks in (_OWN, _CLIENT, _PASTED):
        text = _without(text, marks)
    return text


def _without(text: str, marks: Marks) -> str:
    """`text` with each block blanked. One pass for all closing marks: thousands of opening ones may stand
    there that nothing closes."""
    if "<" not in text:
        return text
    opening, closing = marks
    ends: dict[str, list[tuple[int, int]]] = {}
    for match in closing.finditer(text):
        ends.setdefault(match[1], []).append(match.span())
    parts: list[str] = []
    kept = 0
    found = opening.search(text) if ends else None
    while found is not None:
        closed = ends.get(found[1], [])
        at = bisect_left(closed, (found.end(), 0))
        if at < len(closed):
            parts += (text[kept : found.start()], _spaces(text[found.start() : closed[at][1]]))
            kept = closed[at][1]
        found = opening.search(text, max(kept, found.end()))
    return "".join([*parts, text[kept:]])


def _spaces(text: str) -> str:
    return "\n".join(" " * len(line) for line in text.split("\n"))


def heard(turn: Turn) -> Turn | None:
    """`turn` with what was injected blanked; None when nothing of it was said by a person or an agent."""
    if turn.origin == "injected" or turn.role == "system":
        return None
    if turn.origin != "person":
        return turn
    text = _without(_without(turn.text, _OWN), _CLIENT)
    return replace(turn, text=text) if text.strip() else None
