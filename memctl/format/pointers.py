"""What a change means for the index: the pointers that follow from its operations.

A written memory keeps its pointer, and gets a new summary only when its description changed; one that is
pinned comes before all others; a removed or
superseded one loses it, and one that a person made warm or cold; a renamed one takes it along. Where the
index would be longer than what a session loads, the pointers of least claim leave it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from memctl.domain import relation, tier
from memctl.domain.change import Change, Remove, Write
from memctl.domain.memory import INDEX, Memory, is_index
from memctl.domain.skill_file import is_skill
from memctl.format import drift, index, links, mending, room, topic

Versions = dict[str, bytes | None]
Redact = Callable[[str], str]
"""Takes the secrets out of a text that becomes part of the index."""


@dataclass(frozen=True)
class Derived:
    """The index's bytes as they follow from a change, with warnings, and the files of the memories that left
    it or found no room in it."""

    content: bytes | None
    warnings: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def kept_out(memory: Memory) -> str:
    """Why `memory` has no pointer whatever room there is, as one word; "" where it may have one."""
    if relation.superseded_by(memory.metadata):
        return "superseded"
    said = tier.moved(memory.metadata)
    return "" if said == relation.HOT else said


def derives(change: Change) -> bool:
    """Whether the index follows from the change; an operation on the index itself replaces it as given."""
    return not any(is_index(operation.file) for operation in change.operations)


def after(
    raw: bytes | None,
    change: Change,
    before: Versions,
    redact: Redact,
    order: room.Order,
    lost: Mapping[str, bytes] | None = None,
) -> Derived:
    """The index after `change`. `before` has the old bytes of each file.

    `lost` are other files that have no pointer in it and get one. Each line made from a memory goes through
    `redact` first; `order` says which pointers leave where there are too many.

    An index that is a document of another kind (a table, a notebook) is left as it is, and undo and redo
    make none: what they bring back had one only where they bring that back too.
    """
    text = _text(raw)
    stays = _stays(raw, text, change)
    if stays is not None:
        return stays
    new = _derived(text, change, before, redact)
    new = _listed(new, {file: (content, None) for file, content in (lost or {}).items()}, redact)
    new, gone = room.fit(new, order)
    known = listed(raw) | {file for file in gone if before.get(file, b"") is None}
    left = tuple(file for file in gone if file in known)
    warnings = [finding.message for finding in drift.over_budget(new)] if new != text else []
    if raw and mending.is_hit(raw):
        warnings.append(f"{INDEX} is damaged; `memctl doctor --fix` mends it")
    content = raw if new == text else new.encode("utf-8", "surrogateescape")
    return Derived(content, (*warnings, *told(left)), left)


def _stays(raw: bytes | None, text: str, change: Change) -> Derived | None:
    """The index where it does not follow from `change`: it is another document, or nothing brings it back."""
    if raw is None and (change.undoes or change.redoes):
        return Derived(None)
    why = drift.is_foreign(text) if text else ""
    return Derived(raw, (f"{INDEX} {why}; it was left as it is",)) if why else None


def after_quickly(
    raw: bytes | None, change: Change, before: Versions, redact: Redact, order: room.Order
) -> Derived:
    """As `after`, but where only new memories are to be listed, at the end and without reading the index.

    For an index that others write again and again while it is being parsed. One that may be full by then gets
    no pointer: the memory is warm until the next change to the index.
    """
    written = [o for o in change.operations if isinstance(o, Write)]
    if (
        len(written) < len(change.operations)
        or change.renames
        or any(map(is_skill, before))
        or any(before.get(o.file) for o in written)
    ):
        return after(raw, change, before, redact, order)
    text, left = raw or b"", list[str]()
    for write in written:
        line = _new_line(write, text, redact)
        longer = text + (b"" if text.endswith(b"\n") or not text else b"\n") + line
        if longer.count(b"\n") > drift.LINES_MAX or len(longer) > drift.BYTES_MAX:
            left += [write.file] * bool(line)
        elif line:
            text = longer
    return Derived(text, told(left), tuple(left))


def _new_line(write: Write, text: bytes, redact: Redact) -> bytes:
    """The pointer to a memory of which the index's `text` says nothing, with its line end; or nothing."""
    if f"({links.target_of(write.file)})".encode() in text or not links.can_point(write.file):
        return b""
    memory = topic.decode(write.content, write.file)
    if kept_out(memory):
        return b""
    line = links.pointer_line(write.file, links.title(redact(memory.name)), redact(memory.description))
    return line.encode() + b"\n"


def told(left: Sequence[str]) -> tuple[str, ...]:
    """What the person is told of the memories for which there was no room."""
    why = (
        f"a session loads {drift.LINES_MAX} lines and {drift.BYTES_MAX:,} bytes of it; recall finds the rest"
    )
    return (f"{tier.full(left)} ({why})",) if left else ()


def listed(raw: bytes | None) -> set[str]:
    """The files that the index points to."""
    return {pointer.file for pointer in index.pointers(_text(raw))}


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "surrogateescape")


def _derived(text: str, change: Change, before: Versions, redact: Redact) -> str:
    written = {o.file: o for o in change.operations if isinstance(o, Write)}
    names = {old: new for old, new in change.renames if new in written}
    called = {new: redact(topic.decode(written[new].content, new).name) for new in names.values()}
    text = index.rename_all(text, {old: (new, called[new]) for old, new in names.items()})
    removed = [o.file for o in change.operations if isinstance(o, Remove)]
    if removed:
        text = index.remove(text, *removed)
    came_from = {new: old for old, new in change.renames}
    versions = {file: (w.content, before.get(came_from.get(file, file))) for file, w in written.items()}
    return _listed(text, versions, redact)


def _listed(text: str, written: Mapping[str, tuple[bytes, bytes | None]], redact: Redact) -> str:
    """`text` with a pointer to each file of `written` (file -> its bytes, and those before).

    The index is read once for all that are new, and once for all that are described anew: there may be very
    many.
    """
    known = {pointer.file for pointer in index.pointers(text)}
    new: list[tuple[str, str, str]] = []
    described: dict[str, str] = {}
    out: list[str] = []
    for file, (content, old) in written.items():
        if is_skill(file) or not links.can_point(file):
            continue
        memory = topic.decode(content, file)
        if kept_out(memory):
            out.append(file)
        elif file not in known:
            new.append((file, links.title(redact(memory.name)), redact(memory.description)))
        elif old is None or topic.decode(old, file).description != memory.description:
            described[file] = redact(memory.description)
    text = index.describe(text, described) if described else text
    text = index.append(index.unlist(text, *out) if out else text, new)
    pinned = [file for file, versions in written.items() if _is_newly_pinned(file, versions, known)]
    return index.lead(text, *pinned) if pinned else text


def _is_newly_pinned(file: str, versions: tuple[bytes, bytes | None], known: Collection[str]) -> bool:
    """Whether a memory is pinned that was not, or had no pointer among those that are `known`."""
    if b"pinned" not in versions[0] or is_skill(file):
        return False
    new, old = versions
    was = old is not None and file in known and topic.decode(old, file).is_pinned
    return topic.decode(new, file).is_pinned and not was
