"""The echo guard: what was put into a session is no evidence for a memory.

Readers already mark what a client records apart from the person's words (`Turn.origin`). What stands inside
a person's turn is blanked here: memctl's own fenced blocks, elements that a client put there
(`transcripts.regions`: the outermost decides), and pasted markup.
"""

import re
from bisect import bisect_left
from dataclasses import replace

from memctl.agents import table
from memctl.agents.transcripts import regions
from memctl.domain.transcript import Turn
from memctl.text import fence

_CLIENT_TAGS = re.compile(
    "|".join(tags for agent in table.AGENTS if agent.has_transcripts and (tags := agent.reader().TAGS))
)

Marks = tuple[re.Pattern[str], re.Pattern[str]]
"""What opens a block and what closes it; the first group of both must be the same text."""

_OWN: Marks = (
    re.compile(rf'<{fence.TAG} nonce="([0-9A-Za-z]{{1,64}})">'),
    re.compile(rf'</{fence.TAG} nonce="([0-9A-Za-z]{{1,64}})">'),
)
_PASTED: Marks = (
    re.compile(r"<([A-Za-z][\w.:-]{0,40})(?:\s[^<>]{0,400})?>"),
    re.compile(r"</([A-Za-z][\w.:-]{0,40})\s*>"),
)


def blank(text: str) -> str:
    """`text` at the same length, with injected blocks and pasted markup made spaces; line ends stay."""
    return _without(_without_elements(_without(text, _OWN)), _PASTED)


def _without_elements(text: str) -> str:
    return regions.outside(text, regions.regions(text, _CLIENT_TAGS)) if "<" in text else text


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
            parts += (text[kept : found.start()], regions.spaces(text[found.start() : closed[at][1]]))
            kept = closed[at][1]
        found = opening.search(text, max(kept, found.end()))
    return "".join([*parts, text[kept:]])


def heard(turn: Turn) -> Turn | None:
    """`turn` with what was injected blanked; None when nothing of it was said by a person or an agent."""
    if turn.origin == "injected" or turn.role == "system":
        return None
    if turn.origin != "person":
        return turn
    text = _without_elements(_without(turn.text, _OWN))
    return replace(turn, text=text) if text.strip() else None
