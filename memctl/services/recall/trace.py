"""The trace of a recall, and why one memory was not returned, stage by stage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from memctl.domain.memory import Memory
from memctl.domain.selection import CANDIDATES_MAX, Selection
from memctl.llm.provider import Provider
from memctl.services.recall import lexical, retrospect, timeline
from memctl.services.recall.answer import Ask, recall
from memctl.services.recall.explanation import Explanation, explain
from memctl.store.memory.memories import MemoryStore

SHOWN = 10
"""Memories of the lexical ranking that are shown without `--expect`."""


@dataclass(frozen=True)
class Trace:
    """What each selector did. `stages` explain the expected memory: (stage, passed, sentence)."""

    selection: Selection
    terms: tuple[dict[str, Any], ...]
    ranking: tuple[tuple[str, dict[str, Any]], ...]  # file and its entry, best first
    expected: Memory | None
    stages: tuple[tuple[str, bool, str], ...]


def trace(
    store: MemoryStore, ask: Ask, provider: Callable[[], Provider], expect: str | None, now: float
) -> Trace:
    """Make the recall once more and note everything it weighs. Raises as `recall`, and NotFound."""
    then = None if ask.as_of is None else retrospect.at(store.directory, ask.as_of)
    now = now if ask.as_of is None else ask.as_of
    expected = None if expect is None else (store if then is None else then).find(expect)
    noted = explain(
        store.directory,
        ask.query,
        limit=ask.limit,
        exclude=frozenset(ask.exclude),
        now=now,
        semantic=ask.semantic and then is None,
        arrange=timeline.arrangement(ask.query, holding=ask.holding, bygone=then is not None),
        then=then,
    )
    selection = recall(store.directory, ask, provider, now=now)
    ranked = sorted(
        (item for item in noted.files.items() if item[1].get("score") is not None),
        key=lambda item: -float(str(item[1]["score"])),
    )
    stages = () if expected is None else tuple(_stages(store, ask, expected, noted, selection, now))
    return Trace(selection, tuple(noted.terms), tuple(ranked[:SHOWN]), expected, stages)


def _stages(
    store: MemoryStore, ask: Ask, memory: Memory, noted: Explanation, selection: Selection, now: float
) -> list[tuple[str, bool, str]]:
    returned = any(r.memory.file == memory.file for r in selection.memories)
    stages = [("listed", True, f"{memory.file} is in the memory directory")]
    if memory.warnings:
        stages.append(("readable", True, "read with warnings: " + "; ".join(memory.warnings)))
    hidden = {memory.file, memory.stem, memory.name} & {*ask.exclude, *ask.surfaced}
    if hidden:
        return [*stages, ("not surfaced", False, "it was named by --exclude, or this session has seen it")]
    stages.append(_current(noted, memory, now))
    if selection.strategy == "llm":
        stages += _model_stages(store, ask, memory, selection, returned)
    else:
        stages += _word_stages(memory, noted, returned)
    return stages


def _current(noted: Explanation, memory: Memory, now: float) -> tuple[str, bool, str]:
    over = noted.over.get(memory.file, "")
    if not over:
        return "current", True, "neither expired nor superseded" + noted.doubted.get(memory.file, "")
    return "current", False, f"it is {over}; what replaced it, and what holds, comes first"


def _model_stages(
    store: MemoryStore, ask: Ask, memory: Memory, selection: Selection, returned: bool
) -> list[tuple[str, bool, str]]:
    if selection.scanned > CANDIDATES_MAX:
        arrange = timeline.arrangement(ask.query)
        shortlist = lexical.candidates(store.directory, ask.query, CANDIDATES_MAX, arrange=arrange)
        cut = [hit.file for hit in shortlist.hits]
        if memory.file not in cut:
            sentence = (
                f"the manifest holds {CANDIDATES_MAX} of {selection.scanned}, and it was not among them"
            )
            return [("candidate", False, sentence)]
    stages = [("candidate", True, "its header was in the manifest that the model read")]
    said = f"the model ({selection.model}) " + (
        "chose it" if returned else "did not choose it from its header"
    )
    return [*stages, ("chosen", returned, said)]


def _word_stages(memory: Memory, noted: Explanation, returned: bool) -> list[tuple[str, bool, str]]:
    entry = noted.files.get(memory.file, {})
    matched = ", ".join(in_common(entry, noted.terms))
    if not matched and not entry.get("anticipated"):
        hint = "`memctl enrich`, or `save --when`, would give it more to match"
        return [
            (
                "words",
                False,
                f"it shares no word with your prompt, and none that means about the same; {hint}",
            )
        ]
    stages = [("words", True, f"it has {matched}" if matched else "one of its anticipated queries fits")]
    if entry.get("anticipated"):
        stages.append(("anticipated", True, f"it was expected to help with {entry['anticipated']!r}"))
    return [*stages, ("selected", returned, noted.sentence(memory.file))]


def in_common(entry: dict[str, Any], terms: Sequence[dict[str, Any]]) -> list[str]:
    """The words that a memory has of the query, without those that stand in any text; one that another stands
    for with that: `ship (as deploys)`."""
    words, near = entry.get("words", {}), entry.get("neighbours", {})
    plain = {term["word"] for term in terms if term["kind"] == "function word"}
    return [f"{word} (as {near[word]})" if word in near else word for word in words if word not in plain]
