"""The engine with a model: it reads what the memories say, and advises. The answer is data.

A model names memories and words texts; what they rest on is looked at here. Whatever it says, a draft is
about memories that may be touched, no memory is removed that does not say itself that it is over, and
nothing is replaced by what was said before. What its texts lose or add is counted like everything else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from memctl.domain import times
from memctl.domain.memory import DESCRIPTION_MAX, Memory
from memctl.domain.proposal import Part, Proposal
from memctl.llm import prompts
from memctl.llm.provider import Prompt, Provider
from memctl.services.dream import drafts
from memctl.services.dream.drafts import Unheeded
from memctl.services.dream.survey import Survey
from memctl.services.related import cues
from memctl.services.related.sequence import follows
from memctl.store.memory.memories import MemoryStore

DEADLINE = 180.0
"""Seconds that one answer may take."""

SENT_MAX = 60_000
"""Characters of memories in one request: about 15,000 tokens."""

REQUESTS_MAX = 4
"""Requests of one run: the newest memories that find room; the others come when these have settled."""

BODY_MAX = 4_000
"""Characters of one memory that are sent. What is longer is named, and its text is nobody's to word anew."""

ADVICE_MAX = 100
"""Items of one answer that are looked at."""

PARTS_MAX = 8
"""Parts of one split."""

NAMED, NAME_MAX = 3, 60
"""Memories that one line names, and characters of a name that a model gave."""

QUOTE_MIN, QUOTE_MAX = 8, 400
"""Characters of a quote that says that something is over."""

_TEXT = {"type": "string"}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_PART = _object(name=_TEXT, description=_TEXT, body=_TEXT)
SCHEMA = _object(
    advice={
        "type": "array",
        "items": _object(
            kind={
                **_TEXT,
                "enum": ["merge", "supersede", "contradict", "describe", "split", "cold", "over"],
            },
            memories={"type": "array", "items": _TEXT},
            description=_TEXT,
            body=_TEXT,
            parts={"type": "array", "items": _PART},
            quote=_TEXT,
            why=_TEXT,
        ),
    }
)


def by(provider: Provider) -> Callable[[Survey, MemoryStore], Iterator[Proposal | Unheeded]]:
    """The engine over a provider."""

    def engine(survey: Survey, _: MemoryStore) -> Iterator[Proposal | Unheeded]:
        """Drafts, request by request. Raises ModelFailed."""
        for request in survey.told("{} of {} answers of the model", requests(survey)):
            reply = provider.ask(request, DEADLINE)
            said = reply.data.get("advice")
            for item in said[:ADVICE_MAX] if isinstance(said, list) else []:
                yield (
                    _draft(survey, item) if isinstance(item, dict) else Unheeded("shape", "advice of no kind")
                )

    return engine


def requests(survey: Survey) -> list[Prompt]:
    """What is sent; also what `--dry-run` shows."""
    blocks = [_shown(memory) for memory in survey.current()]
    batches: list[list[str]] = [[]]
    for block in blocks:
        if batches[-1] and sum(map(len, batches[-1])) + len(block) > SENT_MAX:
            batches.append([])
        batches[-1].append(block)
    asked = [batch for batch in batches[:REQUESTS_MAX] if batch]
    return [
        Prompt(
            "dream",
            prompts.instructions("dream"),
            prompts.fence("memories", "\n\n".join(batch)),
            SCHEMA,
            max_tokens=8_000,
        )
        for batch in asked
    ]


def _shown(memory: Memory) -> str:
    """One memory as a model sees it; none that holds a secret comes here."""
    created = times.parse(memory.metadata.get("created")) or memory.modified
    days = f"written {times.write_second(created)[:10]}, changed {times.write_second(memory.modified)[:10]}"
    about = f"[{prompts.line(memory.stem)}] {memory.type or 'project'}, {days}"
    body = memory.body if len(memory.body) <= BODY_MAX else "(too long to be shown)"
    return f"{about}\n{prompts.line(memory.description)}\n{prompts.block(body.strip())}"


def _draft(survey: Survey, item: Mapping[str, Any]) -> Proposal | Unheeded:
    """One piece of advice as a draft; none of what is none, or is about what may not be touched."""
    names = item.get("memories")
    listed = (
        [n.strip().removesuffix(".md") for n in names if isinstance(n, str)]
        if isinstance(names, list)
        else []
    )
    kind = str(item.get("kind"))
    make = _MAKERS.get(kind)
    if make is None:
        return Unheeded("shape", "advice of no kind")
    about = f"{kind} {', '.join(name[:NAME_MAX] for name in listed[:NAMED])}".strip()
    memories = [survey.memories[name] for name in dict.fromkeys(listed) if name in survey.memories]
    if not memories or len(memories) < len(set(listed)):
        return Unheeded("target", f"{about}: names no memory that is there")
    if not all(survey.may(memory) and survey.is_current(memory) for memory in memories):
        return Unheeded("target", f"{about}: one of them is pinned, new, over, or waits for a verdict")
    draft = make(survey, memories, item)
    return draft or Unheeded("shape", f"{about}: {_NEEDS[kind]}")


def _said(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _line(item: Mapping[str, Any], key: str = "description") -> str:
    text = " ".join(_said(item, key).split())
    return text if len(text) <= DESCRIPTION_MAX else text[: DESCRIPTION_MAX - 1].rpartition(" ")[0] + "…"


def _why(item: Mapping[str, Any]) -> str:
    return " ".join(_said(item, "why").split())[:300] or "the model says so"


def _merge(survey: Survey, memories: Sequence[Memory], item: Mapping[str, Any]) -> Proposal | None:
    """Their texts were all shown whole, none was merged before, and nobody said that two of them stand."""
    kept, *others = memories
    described, body = _line(item), _said(item, "body").strip()
    shown = all(len(memory.body) <= BODY_MAX for memory in memories)
    before = any("mergedFrom" in memory.metadata for memory in memories)
    settled = any(
        survey.are_settled(one, other) for one in memories for other in memories if one is not other
    )
    if not others or not shown or before or settled or not described or not body:
        return None
    return drafts.merged(kept, others[:19], described, f"{body}\n", _why(item))


def _supersede(survey: Survey, memories: Sequence[Memory], item: Mapping[str, Any]) -> Proposal | None:
    """The first is the later one, by every date that there is."""
    newest, *older = memories
    if not older or not all(follows(newest, one) and not survey.are_settled(newest, one) for one in older):
        return None
    return drafts.replaced(
        newest, {one.stem: newest.stem for one in older}, [newest, *older[:19]], _why(item)
    )


def _contradict(survey: Survey, memories: Sequence[Memory], item: Mapping[str, Any]) -> Proposal | None:
    if len(memories) != 2 or survey.are_settled(*memories):
        return None
    return drafts.compared(memories[0], memories[1], _why(item))


def _describe(survey: Survey, memories: Sequence[Memory], item: Mapping[str, Any]) -> Proposal | None:
    (memory,) = memories[:1]
    described = _line(item)
    if len(memories) > 1 or not described or described == memory.description:
        return None
    return drafts.changed(memory, _why(item), description=described)


def _split(survey: Survey, memories: Sequence[Memory], item: Mapping[str, Any]) -> Proposal | None:
    (memory,) = memories[:1]
    listed = item.get("parts")
    found = (
        [part for part in listed[:PARTS_MAX] if isinstance(part, dict)] if isinstance(listed, list) else []
    )
    parts = [Part(_said(p, "name").strip(), _line(p), _said(p, "body").strip() + "\n") for p in found]
    whole = all(part.name and part.description and part.body.strip() for part in parts)
    if len(memories) > 1 or len(parts) < 2 or not whole or len(memory.body) > BODY_MAX:
        return None
    return drafts.split(memory, parts[0], parts[1:], _why(item))


def _cold(survey: Survey, memories: Sequence[Memory], item: Mapping[str, Any]) -> Proposal | None:
    (memory,) = memories[:1]
    if len(memories) > 1 or memory.metadata.get("tier") == "cold" or memory.file in survey.used:
        return None
    return drafts.demoted(memory, _why(item))


def _over(survey: Survey, memories: Sequence[Memory], item: Mapping[str, Any]) -> Proposal | None:
    """Removed only where its own words, quoted, say that it holds no longer."""
    (memory,) = memories[:1]
    quote = " ".join(_said(item, "quote").split())
    own = " ".join(f"{memory.description}\n{memory.body}".split())
    if len(memories) > 1 or not QUOTE_MIN <= len(quote) <= QUOTE_MAX or quote not in own:
        return None
    if not cues.of(own).has("ended", quote):
        return None
    return drafts.removed(memory, quote, _why(item))


_MAKERS: dict[str, Callable[[Survey, Sequence[Memory], Mapping[str, Any]], Proposal | None]] = {
    "merge": _merge,
    "supersede": _supersede,
    "contradict": _contradict,
    "describe": _describe,
    "split": _split,
    "cold": _cold,
    "over": _over,
}

_NEEDS = {
    "merge": "needs a text, and memories shown whole that were not merged before, nor settled by you",
    "supersede": "no date says that the first one is later than the others, or you settled them",
    "contradict": "needs two memories that you have not settled",
    "describe": "needs one memory and another description than it has",
    "split": "needs one memory that was shown whole, and parts that each have a name and a text",
    "cold": "needs one memory that no session was shown, and that is not archived yet",
    "over": "no words of its own, quoted, say that it holds no longer",
}
"""What each kind of advice rests on, for the person who reads why it was not followed."""
