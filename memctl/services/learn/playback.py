"""What a model is shown of a session: a window of turns that fits a budget, the noise of tools folded.

What a person said stays whole; a tool call and what came of it become one short line each. Lines that look
pasted are marked, and so is what was typed instead of allowing a call. Secrets are replaced before anything
is cut; what hides, tags and whatever looks like the head of a turn are broken.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from memctl.domain.transcript import Call, Turn
from memctl.llm import prompts
from memctl.services import guard
from memctl.services.learn import echo
from memctl.services.learn.sentences import sentences

WINDOW_CHARS = 60_000
"""Characters of a session that are sent at once, about 15,000 tokens: a long working session's talk."""

TURN_CHARS = {"user": 4_000, "assistant": 1_500}
"""Characters of one turn that are sent, head and tail, by who spoke: memories are in the person's words."""

TOOL_CHARS = 160
"""Characters of a tool call, and of what came of it: enough to know what a person speaks of."""

ASKED_CHARS = 1_000
"""Characters of what the agent asked with a tool: without it an answer says nothing."""

LOOKED_AT = 20_000
"""Characters at each end of one turn that are looked through for secrets, five times what is sent of it."""

PASTED = "| "
"""What a line begins with that looks pasted."""

_HEAD = re.compile(r"(?m)^(\s*)\[(?=t\d)")


@dataclass(frozen=True)
class Window:
    """The turns of one request: by the short id that the model sees, and the text as it is sent."""

    turns: Mapping[str, Turn]
    sent: Mapping[str, str]
    begins: bool = True  # with the first that was said in the session
    ends: bool = True  # with the last


def collect(turns: Iterator[Turn]) -> Window:
    """The first window of `turns`: it starts with a message of the person, and with what the agent had said
    just before, and ends where the budget ends."""
    kept: list[tuple[Turn, str]] = []
    before: list[tuple[Turn, str]] = []
    begins, size = True, 0
    for turn in turns:
        said = None if turn.sidechain else echo.heard(turn)
        if said is None:
            continue
        text = _shown(said)
        if not kept and turn.origin != "person":
            begins = False
            if turn.origin == "agent" and turn.call is None:
                before = [(turn, text)]
            continue
        if kept and size + len(text) > WINDOW_CHARS:
            return _window([*before, *kept], begins=begins, ends=False)
        kept.append((turn, text))
        size += len(text)
    return _window([*before, *kept] if kept else [], begins=begins, ends=True)


def _window(found: list[tuple[Turn, str]], *, begins: bool, ends: bool) -> Window:
    ids = [f"t{number}" for number in range(1, len(found) + 1)]
    turns = {short: turn for short, (turn, _) in zip(ids, found, strict=True)}
    return Window(turns, {short: text for short, (_, text) in zip(ids, found, strict=True)}, begins, ends)


def rendered(window: Window) -> str:
    """The window as the model reads it: a head and a text for each turn, and where it was cut."""
    calls = {turn.call.id: short for short, turn in window.turns.items() if turn.call}
    lines = [] if window.begins else ["(Earlier turns are not shown.)"]
    for short, turn in window.turns.items():
        head, text = _head(short, turn, calls), window.sent[short]
        lines.append(f"{head} {text}" if turn.call or turn.origin == "tool" else f"{head}\n{text}")
    if not window.ends:
        lines.append("(The session goes on; later turns are not shown.)")
    return "\n".join(lines)


def _head(short: str, turn: Turn, calls: Mapping[str, str]) -> str:
    """Id, who speaks, and of a person's turn the day and what it answers."""
    about = calls.get(turn.result.call, "") if turn.result else ""
    if turn.origin == "tool":
        failed = " failed" if turn.result and turn.result.failed else ""
        return f"[{short} result{' of ' + about if about else ''}{failed}]"
    if turn.origin != "person":
        return f"[{short} {'call' if turn.call else 'assistant'}]"
    answers = {"refusal": "refusing", "answer": "answering"}.get(turn.cue, "")
    told = f", {answers} {about or 'a call'}" if answers else ""
    return " ".join(part for part in (f"[{short} person", _day(turn.at)) if part) + told + "]"


def _day(at: str | None) -> str:
    """The day of a turn with its weekday, so that "Friday" can be resolved; in the local time zone."""
    try:
        moment = datetime.fromisoformat(at or "")
        said_on: date = (moment.astimezone() if moment.tzinfo else moment).date()
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{said_on.isoformat()} {said_on:%a}"


def _shown(said: Turn) -> str:
    """What is sent of one turn."""
    if said.call:
        return _called(said.call)
    if said.origin == "tool":
        return _short(said.text)
    text = prompts.clip(redacted(said.text.strip("\n")), TURN_CHARS.get(said.role, TOOL_CHARS))
    pasted = _pasted(text) if said.origin == "person" else set()
    lines = _HEAD.sub(r"\1(", prompts.block(text)).split("\n")
    return "\n".join(PASTED + line if at in pasted else line for at, line in enumerate(lines))


def _called(call: Call) -> str:
    """A tool's name with the first thing it was given: a file, a command, a pattern; whole what it asked."""
    asked = call.given.get("questions")
    if isinstance(asked, list):
        return f"{_short(call.name)}: {prompts.line(prompts.clip(redacted(_asked(asked)), ASKED_CHARS))}"
    first = next((value for value in call.given.values() if value), "")
    text = " ".join(map(str, first)) if isinstance(first, list) else str(first)
    return f"{_short(call.name)}: {_short(text)}"


def _asked(questions: list[object]) -> str:
    """The questions of a call with the answers that it offered."""
    said = []
    for one in questions:
        if isinstance(one, dict):
            options = one.get("options")
            labels = [str(o.get("label", "")) for o in options or () if isinstance(o, dict)]
            said.append(f"{one.get('question', '')} ({' / '.join(labels)})")
    return " ".join(said)


def _short(text: str) -> str:
    return prompts.line(prompts.clip(redacted(text), TOOL_CHARS))


def _pasted(text: str) -> set[int]:
    """The lines of a person's message in which no sentence of theirs stands."""
    at, own = 0, set[int]()
    for sentence in sentences(text):
        found = text.find(sentence.text, at)
        at = found + len(sentence.text)
        own |= set(range(text.count("\n", 0, found), text.count("\n", 0, at) + 1))
    return {number for number, line in enumerate(text.split("\n")) if line.strip() and number not in own}


def redacted(text: str) -> str:
    """`text` without secrets, of a very long one its two ends.

    What was cut off in the middle of a secret is no secret to the guard, so the cut lies far from what is
    sent; where secrets fill so much that it would come near, all of the text is looked through.
    """
    if len(text) <= 2 * LOOKED_AT:
        return guard.redact(text)
    ends = [guard.redact(text[:LOOKED_AT]), guard.redact(text[-LOOKED_AT:])]
    near = any(len(end) < LOOKED_AT // 2 for end in ends)
    return guard.redact(text) if near else " ".join(ends)
