"""Moving memories between the tiers, and pinning them: one `Change` for all of them."""

from collections.abc import Iterable

from memctl.domain import times
from memctl.domain.change import Change, Write
from memctl.domain.memory import Memory
from memctl.domain.relation import HOT, is_pinned, superseded_by
from memctl.domain.tier import mark
from memctl.errors import Refused
from memctl.format import index as text_of
from memctl.format import topic
from memctl.format.scalars import Value
from memctl.store.memory.memories import MemoryStore
from memctl.text.escape import shell_word

AUTO = "auto"
"""What takes a person's word back: the memory is hot or warm as the index has room."""


def plan(store: MemoryStore, memories: Iterable[Memory], tier: str) -> Change | None:
    """The change that moves `memories` into `tier`, or leaves it to memctl (AUTO); None where each is so.

    Raises Refused for a pinned memory that would leave the index, and for one that was superseded and would
    come into it; Damaged for a header that cannot be changed.
    """
    listed = {pointer.file for pointer in text_of.pointers(store.index_text() or "")}
    writes, names = [], []
    for memory in {m.file: m for m in memories}.values():
        _refuse(memory, tier)
        wanted = None if tier == AUTO else tier
        if mark(memory.metadata) == (wanted or "") and (tier != HOT or memory.file in listed):
            continue
        writes.append(Write.over(memory, moved(memory, wanted)))
        names.append(memory.stem)
    if not writes:
        return None
    return Change("tier", tuple(writes), why=f"{tier}: {', '.join(names)}")


def pins(memories: Iterable[Memory], pinned: bool) -> Change | None:
    """The change that pins `memories`, or makes them like all others; None where each is so. Raises Damaged
    for a header that cannot be changed."""
    about: dict[str, Value | None] = {"pinned": "true" if pinned else None}
    due = [memory for memory in {m.file: m for m in memories}.values() if memory.is_pinned != pinned]
    writes = tuple(Write.over(memory, _as_old(memory, about)) for memory in due)
    verb = "pin" if pinned else "unpin"
    return Change(verb, writes, why=", ".join(memory.stem for memory in due)) if due else None


def moved(memory: Memory, tier: str | None) -> bytes:
    """The bytes of `memory` with another tier (None: none) and nothing else changed.

    What it says is as old as it was, also where only the file's own time tells that.
    """
    return _as_old(memory, {"tier": tier})


def _as_old(memory: Memory, about: dict[str, Value | None]) -> bytes:
    if times.parse(memory.metadata.get("modified")) is None and memory.modified:
        about = {**about, "modified": times.write(memory.modified)}
    return topic.rewrite(memory, metadata=about)


def _refuse(memory: Memory, tier: str) -> None:
    successor = superseded_by(memory.metadata)
    if tier == HOT and successor:
        raise Refused(
            f"{memory.stem} is superseded by {successor}, and such a memory has no pointer",
            hint=f"move {successor} instead",
            slug="superseded",
        )
    if tier not in (HOT, AUTO) and is_pinned(memory.metadata):
        raise Refused(
            f"{memory.stem} is pinned, and a pinned memory stays in the index",
            hint=f"memctl unpin {shell_word(memory.stem)} first",
            slug="pinned",
        )
