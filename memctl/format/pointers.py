"""What a change means for the index: the pointers that follow from its operations.

A written memory keeps its pointer, and gets a new summary only when its description changed; a removed
one loses it; a renamed one takes it along.
"""

from collections.abc import Mapping

from memctl.domain.change import Change, Remove, Write
from memctl.domain.memory import INDEX, is_index
from memctl.format import drift, index, links, topic

Versions = dict[str, bytes | None]


def derives(change: Change) -> bool:
    """Whether the index follows from the change; an operation on the index itself replaces it as given."""
    return not any(is_index(operation.file) for operation in change.operations)


def after(
    raw: bytes | None, change: Change, before: Versions, lost: Mapping[str, bytes]
) -> tuple[bytes | None, list[str]]:
    """The index's bytes after `change`, and warnings. `before` has the old bytes of each file.

    `lost` are other files that have no pointer in it and get one.

    An index that is a document of another kind (a table, a notebook) is left as it is.
    """
    text = (raw or b"").decode("utf-8", "surrogateescape")
    why = drift.is_foreign(text) if text else ""
    if why:
        return raw, [f"{INDEX} {why}; it was left as it is"]
    new = _derived(text, change, before)
    for file, content in lost.items():
        new = _upsert(new, file, content, None)
    warnings = [finding.message for finding in drift.over_budget(new)] if new != text else []
    if new == text:
        return raw, warnings
    return new.encode("utf-8", "surrogateescape"), warnings


def after_quickly(raw: bytes | None, change: Change, before: Versions) -> tuple[bytes | None, list[str]]:
    """As `after`, but where only new memories are to be listed, at the end and without reading the index.

    For an index that others write again and again while it is being parsed.
    """
    written = [o for o in change.operations if isinstance(o, Write)]
    if len(written) < len(change.operations) or change.renames or any(before.get(o.file) for o in written):
        return after(raw, change, before, {})
    text = raw or b""
    for write in written:
        if f"({links.target_of(write.file)})".encode() not in text and links.can_point(write.file):
            memory = topic.decode(write.content, write.file)
            line = links.pointer_line(write.file, links.title(memory.name), memory.description).encode()
            text += (b"" if text.endswith(b"\n") or not text else b"\n") + line + b"\n"
    return text, []


def listed(raw: bytes | None) -> set[str]:
    """The files that the index points to."""
    return {pointer.file for pointer in index.pointers((raw or b"").decode("utf-8", "surrogateescape"))}


def _derived(text: str, change: Change, before: Versions) -> str:
    written = {o.file: o for o in change.operations if isinstance(o, Write)}
    for old, new in change.renames:
        if new in written:
            text = index.rename(text, old, new, topic.decode(written[new].content, new).name)
    removed = [o.file for o in change.operations if isinstance(o, Remove)]
    if removed:
        text = index.remove(text, *removed)
    for file, write in written.items():
        text = _upsert(text, file, write.content, _old_version(file, change, before))
    return text


def _old_version(file: str, change: Change, before: Versions) -> bytes | None:
    came_from = {new: old for old, new in change.renames}
    return before.get(came_from.get(file, file))


def _upsert(text: str, file: str, content: bytes, old: bytes | None) -> str:
    if not links.can_point(file):
        return text
    memory = topic.decode(content, file)
    pointer = next((p for p in index.pointers(text) if p.file == file), None)
    if pointer is not None and old is not None and topic.decode(old, file).description == memory.description:
        return text
    title = pointer.title if pointer is not None else links.title(memory.name)
    return index.upsert(text, file, title, memory.description)
