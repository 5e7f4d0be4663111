"""The `llm` engine: a window of turns that fits a budget goes to a model, drafts come back.

What leaves the machine is cleaned first: secrets are replaced, echoes taken out, characters that hide are
shown, tags broken; the transcript stands inside a fence with a nonce. The answer is drafts like any other:
the inbox door decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memctl.domain.memory import TYPES, Memory
from memctl.domain.proposal import KINDS, Evidence, Kind, Proposal, Target
from memctl.domain.transcript import Session, Turn
from memctl.llm import prompts
from memctl.llm.provider import Prompt, Provider
from memctl.services import guard
from memctl.services.learn import echo
from memctl.services.learn.extraction import Batch, quotable

WINDOW_CHARS = 60_000
"""Characters of a session that are sent at once, about 15,000 tokens: a long working session's talk."""

TURN_CHARS = {"user": 4_000, "assistant": 1_500, "tool": 400}
"""Characters of one turn that are sent, head and tail, by who spoke: memories are in the person's words."""

LOOKED_AT = 20_000
"""Characters at each end of one turn that are looked through for secrets, five times what is sent of it."""

MANIFEST_MAX = 200
MANIFEST_CHARS = 25_000
"""The same budget as a selector's manifest."""

DEADLINE = 180.0
"""Seconds that the answer may take."""

DRAFTS_MAX = 50
"""Drafts of one answer that are looked at; more than ten never pass."""

OPERATIONS = ["create", "update", "supersede", "delete"]
"""What the model is asked for."""


def _object(**properties: Any) -> dict[str, Any]:
    """The schema of an object with exactly these keys."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_TEXT = {"type": "string"}

SCHEMA = _object(
    proposals=_list_of(
        _object(
            operation={**_TEXT, "enum": OPERATIONS},
            name=_TEXT,
            type={**_TEXT, "enum": list(TYPES)},
            description=_TEXT,
            body=_TEXT,
            supersedes=_TEXT,
            why=_TEXT,
            evidence=_list_of(_object(turn=_TEXT, quote=_TEXT)),
        )
    )
)


@dataclass(frozen=True)
class Window:
    """The turns of one request: by the short id that the model sees, and the text as it is sent."""

    turns: Mapping[str, Turn]
    sent: Mapping[str, str]


class Llm:
    """The `llm` engine over any provider."""

    name = "llm"

    def __init__(self, provider: Provider, deadline: float = DEADLINE) -> None:
        self.provider = provider
        self.deadline = deadline

    def batches(
        self, turns: Iterator[Turn], session: Session, memories: Sequence[Memory], now: float
    ) -> Iterator[Batch]:
        """One batch: the first window. Raises ModelFailed."""
        window = collect(turns)
        if not window.turns:
            return
        reply = self.provider.ask(prompt(window, memories), self.deadline)
        found = reply.data.get("proposals")
        drafts = (
            [_draft(d, window, session) for d in found[:DRAFTS_MAX] if isinstance(d, dict)]
            if isinstance(found, list)
            else []
        )
        seen = quotable(window.turns.values(), session, window.sent.values())
        yield Batch(drafts, seen, _looked_at(window))


def _looked_at(window: Window) -> list[Turn]:
    return [turn for turn in window.turns.values() if turn.origin == "person"]


def collect(turns: Iterator[Turn]) -> Window:
    """The first window of `turns`: it starts with a message of the person and ends where the budget ends."""
    kept: dict[str, Turn] = {}
    sent: dict[str, str] = {}
    size = 0
    for turn in turns:
        said = None if turn.sidechain else echo.heard(turn)
        if said is None or (not kept and turn.origin != "person"):
            continue
        text = prompts.block(prompts.clip(_redacted(said.text), TURN_CHARS.get(turn.role, 400)))
        if kept and size + len(text) > WINDOW_CHARS:
            break
        short = f"t{len(kept) + 1}"
        kept[short], sent[short] = turn, text
        size += len(text)
    return Window(kept, sent)


def _redacted(text: str) -> str:
    """`text` without secrets, of a very long one its two ends.

    What was cut off in the middle of a secret is no secret to the guard, so the cut lies far from what is
    sent; where secrets fill so much that it would come near, all of the text is looked through.
    """
    if len(text) <= 2 * LOOKED_AT:
        return guard.redact(text)
    ends = [guard.redact(text[:LOOKED_AT]), guard.redact(text[-LOOKED_AT:])]
    near = any(len(end) < LOOKED_AT // 2 for end in ends)
    return guard.redact(text) if near else " ".join(ends)


def prompt(window: Window, memories: Sequence[Memory]) -> Prompt:
    """What is sent: also what `extract --dry-run` shows."""
    manifest = prompts.fence("manifest", "\n".join(_manifest(memories)))
    spoken = []
    for short, turn in window.turns.items():
        who = {"person": "person", "agent": "assistant"}.get(turn.origin, "tool")
        about = " ".join(part for part in (short, who, prompts.line((turn.at or "")[:10])) if part)
        spoken.append(f"[{about}]\n{window.sent[short]}")
    user = f"{manifest}\n\n{prompts.fence('session', chr(10).join(spoken))}"
    return Prompt("extract", prompts.instructions("extract"), user, SCHEMA, max_tokens=8_000)


def _manifest(memories: Sequence[Memory]) -> Iterator[str]:
    size = 0
    for memory in sorted(memories, key=lambda m: -m.modified)[:MANIFEST_MAX]:
        line = prompts.line(guard.redact(f"{memory.stem} | {memory.type or '-'} | {memory.description}"))
        size += len(line) + 1
        if size > MANIFEST_CHARS:
            return
        yield line


def _draft(found: Mapping[str, Any], window: Window, session: Session) -> Proposal:
    """One item of the answer as a draft; what is missing or of another type becomes empty, refused later."""

    def text(key: str) -> str:
        value = found.get(key)
        return value if isinstance(value, str) else ""

    operation = text("operation")
    kind = KINDS[operation] if operation in OPERATIONS else Kind("", (0, 0))
    touched = text("supersedes" if kind.makes else "name").removesuffix(".md")
    return Proposal(
        id="", operation=kind.name, name=text("name").removesuffix(".md"), type=text("type"),
        description=" ".join(text("description").split()),
        body=text("body").rstrip() + "\n" if kind.writes else "",
        evidence=tuple(_evidence(found.get("evidence"), window)), origin="",
        session=session.id, source=session.agent, engine=Llm.name,
        why=guard.redact(" ".join(text("why").split())[:LOOKED_AT])[:300],
        targets=(Target(touched),) if kind.targets[1] else (),
    )  # fmt: skip


def _evidence(found: object, window: Window) -> Iterator[Evidence]:
    for item in found[:10] if isinstance(found, list) else []:
        if (
            isinstance(item, dict)
            and isinstance(item.get("turn"), str)
            and isinstance(item.get("quote"), str)
        ):
            turn = window.turns.get(item["turn"].strip("[] "))
            yield Evidence(turn.id if turn else item["turn"], guard.redact(item["quote"][:LOOKED_AT])[:400])
