"""The `llm` engine: a window of turns that fits a budget goes to a model, drafts come back.

What leaves the machine is cleaned first: secrets are replaced, echoes taken out, characters that hide are
shown, tags broken; the transcript stands inside a fence with a nonce. The answer is drafts like any other:
the inbox door decides.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from memctl.domain.memory import DESCRIPTION_MAX, TYPES, Memory
from memctl.domain.proposal import KINDS, ORIGINS, Evidence, Kind, Proposal, Target
from memctl.domain.transcript import Session, Turn
from memctl.llm import prompts
from memctl.llm.provider import Prompt, Provider
from memctl.services import guard
from memctl.services.inbox.novelty import merged
from memctl.services.inbox.provenance import Quotable, plain
from memctl.services.learn import familiar, playback
from memctl.services.learn.extraction import Batch, quotable
from memctl.services.learn.playback import LOOKED_AT, Window, collect

DEADLINE = 180.0
"""Seconds that the answer may take."""

DRAFTS_MAX = 50
"""Drafts of one answer that are looked at; more than ten never pass."""

QUOTE_CHARS = 400
"""Characters of a quote that are kept."""

PIECES_MAX = 3
"""Pieces of one quote that are kept."""

_ELLIPSIS = re.compile(r"\[?(?:…|\.\.\.)\]?")

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
        items = [d for d in found[:DRAFTS_MAX] if isinstance(d, dict)] if isinstance(found, list) else []
        shown = _texts(window, memories)
        drafts = [_kept_whole(_draft(item, window, session), shown, memories) for item in items]
        seen = quotable(window.turns.values(), session, window.sent.values())
        yield Batch(drafts, seen, _looked_at(window), leeway=True, memories=_said_before(memories))


def _said_before(memories: Sequence[Memory]) -> dict[str, Quotable]:
    """What each memory says, by its name: whoever changes one may keep its words."""
    return {
        memory.stem: Quotable(((_origin(memory), plain(f"{memory.description}\n{memory.body}")),))
        for memory in memories
    }


def _origin(memory: Memory) -> str:
    """Whose words a memory has: the person's where it does not say, for they let it be saved."""
    origin = memory.metadata.get("origin")
    return origin if origin in ORIGINS else "person"


def _kept_whole(draft: Proposal, shown: Mapping[str, str], memories: Sequence[Memory]) -> Proposal:
    """An update of a memory whose text the model was not shown, as one that leaves the text standing."""
    memory = next((m for m in memories if m.stem == draft.name), None)
    kind = KINDS.get(draft.operation)  # a model may name one that is none: the door says so
    updates = kind is not None and kind.writes and not (kind.makes or kind.adds or kind.tiers)
    if not updates or memory is None or memory.stem in shown or not draft.body.strip():
        return draft
    return replace(draft, body=merged(memory.body, draft.body), statement=draft.body)


def _looked_at(window: Window) -> list[Turn]:
    return [turn for turn in window.turns.values() if turn.origin == "person"]


def prompt(window: Window, memories: Sequence[Memory]) -> Prompt:
    """What is sent: also what `extract --dry-run` shows."""
    parts = [prompts.fence("manifest", familiar.manifest(memories))]
    known = _texts(window, memories)
    if known:
        shown = "\n\n".join(f"[{prompts.line(guard.redact(stem))}]\n{text}" for stem, text in known.items())
        parts.append(prompts.fence("memories", shown))
    parts.append(prompts.fence("session", playback.rendered(window)))
    return Prompt("extract", prompts.instructions("extract"), "\n\n".join(parts), SCHEMA, max_tokens=8_000)


def _texts(window: Window, memories: Sequence[Memory]) -> dict[str, str]:
    """The texts of memories that the model is shown with `window`."""
    said = [text for short, text in window.sent.items() if window.turns[short].origin == "person"]
    return familiar.texts(memories, said)


def _draft(found: Mapping[str, Any], window: Window, session: Session) -> Proposal:
    """One item of the answer as a draft; what is missing or of another type becomes empty, refused later."""

    def text(key: str) -> str:
        """What the answer says under `key`; "" where that is missing or no text."""
        value = found.get(key)
        return value if isinstance(value, str) else ""

    operation = text("operation")
    kind = KINDS[operation] if operation in OPERATIONS else Kind("", (0, 0))
    name, old = (text(key).strip().removesuffix(".md") for key in ("name", "supersedes"))
    if kind.replaces and name == old:  # under the same name it is an update
        kind = KINDS["update"]
    return Proposal(
        id="", operation=kind.name, name=name, type=text("type"),
        description=_one_line(text("description")) if kind.writes else "",
        body=text("body").rstrip() + "\n" if kind.writes else "",
        evidence=tuple(_evidence(found.get("evidence"), window)), origin="",
        session=session.id, source=session.agent, engine=Llm.name,
        why=guard.redact(" ".join(text("why").split())[:LOOKED_AT])[:300],
        targets=(Target(old if kind.makes else name),) if kind.targets[1] else (),
    )  # fmt: skip


def _one_line(text: str) -> str:
    """A description, of one that is a little too long the words that fit: models count badly."""
    text = " ".join(text.split())
    if DESCRIPTION_MAX < len(text) <= 2 * DESCRIPTION_MAX:
        head, blank, _ = text[:DESCRIPTION_MAX].rpartition(" ")
        return head.rstrip(" ,;:-") + "…" if blank else text
    return text


def _evidence(found: object, window: Window) -> Iterator[Evidence]:
    """The quotes of an item; what was left out of one with an ellipsis makes it two."""
    for item in found[:10] if isinstance(found, list) else []:
        if (
            isinstance(item, dict)
            and isinstance(item.get("turn"), str)
            and isinstance(item.get("quote"), str)
        ):
            turn = window.turns.get(item["turn"].strip("[] "))
            for quote in _pieces(item["quote"][:LOOKED_AT]):
                yield Evidence(turn.id if turn else item["turn"], guard.redact(quote)[:QUOTE_CHARS])


def _pieces(quote: str) -> list[str]:
    pieces = [piece.strip() for piece in _ELLIPSIS.split(quote)]
    return [piece for piece in pieces if piece][:PIECES_MAX] or [quote]
