"""`edit`: a whole topic file as a person left it, checked as any other write is."""

from dataclasses import replace

from memctl.domain import times
from memctl.domain.change import Change, Write
from memctl.domain.memory import Memory
from memctl.domain.proposal import weakest
from memctl.format import topic
from memctl.services.related import linking, nearby
from memctl.services.related.claim import Statement
from memctl.services.write.authority import refuse_smuggled
from memctl.services.write.draft import Draft, stems
from memctl.store.memory.memories import MemoryStore


def damage(memory: Memory, edited: bytes, now: float) -> list[str]:
    """What is wrong with the header of `edited` that was not with that of `memory`, a sentence each, with the
    line where it is known."""
    new = topic.decode(edited, memory.file, now)
    found = [warning for warning in new.warnings if warning not in memory.warnings]
    lost = [key for key in ("description", "type") if _has(memory, key) and not _has(new, key)]
    return found or [f"its {key} is gone" for key in lost]


def damage_of_new(edited: bytes) -> list[str]:
    """What is wrong with the header of a text for a new memory, which may have none."""
    new = topic.decode(edited, "")
    return list(new.warnings) if new.header or edited.lstrip().startswith(b"---") else []


def _has(memory: Memory, key: str) -> bool:
    said = memory.type if key == "type" else memory.header.get(key)
    return bool(said)


def draft(
    memory: Memory,
    edited: bytes,
    now: float,
    origin: str,
    *,
    store: MemoryStore | None = None,
    old: Memory | None = None,
    general: Memory | None = None,
) -> Draft:
    """What writing `edited` in the place of `memory` means; `origin` is whose words the new ones are.

    With `store` also what is about the same subject, unless it is said: the text replaces `old`, or is an
    exception to `general`. Raises Refused when an agent says more in the header than is its to say.
    """
    if edited == memory.raw:
        return Draft("unchanged", memory.file, None, ())
    new = topic.decode(edited, memory.file, now)
    if new.metadata.get("modified") == memory.metadata.get("modified") and not new.warnings:
        edited = topic.rewrite(new, metadata={"modified": times.write(now)})
    if origin != "person":
        refuse_smuggled(memory, new)
        least = weakest((str(memory.metadata.get("origin")), origin)) or origin
        edited = topic.rewrite(topic.decode(edited, memory.file, now), metadata={"origin": least})
    if old and store:
        linking.check_order(store, {old.stem: memory.stem})
    if old or general:
        return _linked(memory, topic.decode(edited, memory.file, now), old, general)
    asked = store is not None and (new.description, new.body) != (memory.description, memory.body)
    return _drafted(memory, edited, (), _newly_related(store, memory, new, now) if store and asked else ())


def _linked(memory: Memory, new: Memory, old: Memory | None, general: Memory | None) -> Draft:
    """`new` in the place of `memory`, which replaces `old`, or is an exception to `general`."""
    replaced, narrowed = ([one] if one else [] for one in (old, general))
    about = {"supersedes": linking.replacing(new.metadata, replaced)} if replaced else {}
    edited = topic.rewrite(new, body=linking.linked(new.body, narrowed), metadata=about)
    draft = _drafted(memory, edited, linking.answers(memory.stem, replaced, narrowed), ())
    return replace(draft, replaced=stems(replaced), narrowed=stems(narrowed))


def _newly_related(store: MemoryStore, memory: Memory, new: Memory, now: float) -> tuple[nearby.Related, ...]:
    """What `new` is about and `memory`, which it was before, was not."""
    before, found = (nearby.of(store, Statement.of(one), now, [memory.file]) for one in (memory, new))
    return tuple(nearby.newly(found, before))


def _drafted(
    memory: Memory, edited: bytes, more: tuple[Write, ...], found: tuple[nearby.Related, ...]
) -> Draft:
    change = Change("edit", (Write.over(memory, edited), *more), why=f"edited {memory.stem}")
    return Draft("updated", memory.file, change, (), found)
