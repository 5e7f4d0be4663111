"""A model's part in the session memory: edits to the text below named sections, and nothing else.

What is sent: the session memory and the turns since it was updated last, without secrets, fenced. What comes
back adds lines of the model's own, or replaces them; each is marked as inferred, so that none passes for what
the transcript or the person says. An edit that names no section, or a line that is not the model's or not
there once, is void.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memctl.domain.transcript import Turn
from memctl.format.session_memory import TITLES, Bodies
from memctl.llm import prompts
from memctl.llm.provider import Prompt, Provider
from memctl.services import guard
from memctl.services.guard.repeats import Known
from memctl.services.learn import echo
from memctl.services.session import clipping
from memctl.services.session.filling import LINE_MAX, told
from memctl.text.oneline import flat

WINDOW_CHARS = 60_000
"""Characters of turns that are sent at once: the newest; about 15,000 tokens, three times what an update
waits for."""

TURN_CHARS = {"user": 4_000, "assistant": 1_500, "tool": 400}
"""Characters of one turn, by who spoke."""

LOOKED_AT = 20_000
"""Characters at each end of a turn that are looked through for secrets."""

EDITS_MAX = 60
"""Edits of one answer that are looked at."""

LINES_MAX = 20
"""Lines that one edit may write."""

DEADLINE = 180.0
"""Seconds that the answer may take."""

_TEXT = {"type": "string"}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "edits": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"section": {**_TEXT, "enum": list(TITLES)}, "old": _TEXT, "new": _TEXT},
                "required": ["section", "old", "new"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["edits"],
    "additionalProperties": False,
}

_OWN = re.compile(r"- \[(?:\d+)?~\] ")
"""How a line of a model begins: inferred, with the turn that it was inferred from where it says one."""

_LEADS = re.compile(r"(?:[-*+•#>\s]|\[(?P<turn>\d{0,7})~?\]|\d+[.)]\s)*")
"""What a model may put before a line: marks of lists, a pointer."""


@dataclass(frozen=True)
class Edit:
    """In the section `title` the model's line `old` ("" for none) gives way to `new` (none: it goes)."""

    title: str
    old: str
    new: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The edits of a model, and how many of its answers were no edits."""

    edits: tuple[Edit, ...]
    void: int = 0


def is_model(line: str, derived: frozenset[str]) -> bool:
    """Whether `line` is a model's: marked as inferred, and not cut out of the transcript (`derived`)."""
    return bool(_OWN.match(line)) and line not in derived


def ask(provider: Provider, text: str, turns: Sequence[tuple[int, Turn]], last: int, known: Known) -> Answer:
    """What the model would change; `last` is the number of the session's last turn, `known` the values that
    it is not sent. Raises ModelFailed."""
    reply = provider.ask(prompt(text, turns, known), DEADLINE)
    found = reply.data.get("edits")
    items = found if isinstance(found, list) else []
    edits = [_edit(item, last) for item in items[:EDITS_MAX]]
    usable = tuple(edit for edit in edits if edit is not None)
    return Answer(usable, len(items) - len(usable))


def prompt(text: str, turns: Sequence[tuple[int, Turn]], known: Known) -> Prompt:
    """What a model is sent: the session memory `text` and the newest of the numbered `turns` that find room
    in WINDOW_CHARS, each fenced, without secrets and without the `known` values."""
    said = prompts.fence("session", "\n".join(_window(turns, known)))
    memory = prompts.fence("summary", prompts.block(known.without(guard.redact(text))))
    return Prompt("session", prompts.instructions("session"), f"{memory}\n\n{said}", SCHEMA, max_tokens=8_000)


def _window(turns: Sequence[tuple[int, Turn]], known: Known) -> Iterator[str]:
    """The newest turns that find room, in their order, without what memctl or a client put there."""
    kept: list[str] = []
    room = WINDOW_CHARS
    for number, turn in reversed(turns):
        said = None if turn.sidechain else echo.heard(turn)
        if said is None or not said.text.strip():
            continue
        text, size = said.text, len(said.text)
        ends = [(0, size)] if size <= 2 * LOOKED_AT else [(0, LOOKED_AT), (size - LOOKED_AT, size)]
        clear = " ".join(clipping.part(text, *end) for end in ends)
        most = TURN_CHARS.get(turn.role, 400)
        near = prompts.clip(clear, 2 * most)  # beyond the border as well: no half of a value is left
        sent = prompts.block(prompts.clip(known.without(near), most))
        who = {"person": "person", "agent": "assistant"}.get(turn.origin, "tool")
        room -= len(sent) + 20
        if room < 0:
            break
        kept.append(f"[{number} {who}]\n{sent}")
    yield from reversed(kept)


def _edit(item: object, last: int) -> Edit | None:
    """One item of the answer; None for what is void."""
    if not isinstance(item, Mapping):
        return None
    title, old, new = item.get("section"), item.get("old"), item.get("new")
    if not (isinstance(title, str) and isinstance(old, str) and isinstance(new, str)):
        return None
    title = title.removeprefix("# ").strip()
    lines = [made for said in new.split("\n")[:LINES_MAX] if (made := _line(said, last))]
    if title not in TITLES or not (lines or old.strip()) or (new.strip() and not lines):
        return None
    return Edit(title, flat(old), tuple(lines))


def _line(said: str, last: int) -> str:
    """A line as a model's: one line, inferred, of a turn that there is. "" for one that is refused: it says
    nothing, would steer its reader, or holds a secret that cannot be taken out."""
    lead = _LEADS.match(said)
    assert lead is not None
    text = told(guard.redact(said[lead.end() :]), LINE_MAX)
    if not text or guard.is_unfit(text):
        return ""
    turn = lead["turn"] or ""
    known = turn if turn.isdigit() and 0 < int(turn) <= last else ""
    return f"- [{known}~] {text}"


def applied(bodies: Bodies, answer: Answer, derived: frozenset[str]) -> tuple[Bodies, int]:
    """`bodies` with the edits, and how many were void: also those of a line that stands there twice, or that
    is the person's or cut out of the transcript."""
    made = {title: list(lines) for title, lines in bodies.items()}
    void = answer.void
    for edit in answer.edits:
        lines = made[edit.title]
        new = [line for line in edit.new if line not in lines]
        if edit.old:
            at = [n for n, line in enumerate(lines) if _same(edit.old, line) and is_model(line, derived)]
            if len(at) != 1:
                void += 1
                continue
            lines[at[0] : at[0] + 1] = new
        else:
            lines += new
    return made, void


def _same(old: str, line: str) -> bool:
    """Whether a model means `line`: as it stands, or without its mark."""
    return old in (line, line.removeprefix("- "), _OWN.sub("", line, count=1))
