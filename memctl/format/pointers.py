"""What a change means for the index: the pointers that follow from its operations.

A written memory keeps its pointer, and gets a new summary only when its description changed; a removed or
superseded one loses it; a renamed one takes it along.
"""

from collections.abc import Callable, Mapping

from memctl.domain import relation
from memctl.domain.change import Change, Remove, Write
from memctl.domain.memory import INDEX, is_index
from memctl.domain.skill_file import is_skill
from memctl.format import drift, index, links, mending, topic

Versions = dict[str, bytes | None]
Redact = Callable[[str], str]
"""Takes the secrets out of a text that becomes part of the index."""


def derives(change: Change) -> bool:
    """Whether the index follows from the change; an operation on the index itself replaces it as given."""
    return not any(is_index(operation.file) for operation in change.operations)


def after(
    raw: bytes | None, change: Change, before: Versions, lost: Mapping[str, bytes], redact: Redact
) -> tuple[bytes | None, list[str]]:
    """The index's bytes after `change`, and warnings. `before` has the old bytes of each file.

    `lost` are other files that have no pointer in it and get one. Each line made from a memory goes through
    `redact` first.

    An index that is a document of another kind (a table, a notebook) is left as it is.
    """
    text = (raw or b"").decode("utf-8", "surrogateescape")
    why = drift.is_foreign(text) if text else ""
    if why:
        return raw, [f"{INDEX} {why}; it was left as it is"]
    new = _derived(text, change, before, redact)
    new = _listed(new, {file: (content, None) for file, content in lost.items()}, redact)
    warnings = [finding.message for finding in drift.over_budget(new)] if new != text else []
    if mending.is_hit(raw or b""):
        warnings.append(f"{INDEX} is damaged; `memctl doctor --fix` mends it")
    if new == text:
        return raw, warnings
    return new.encode("utf-8", "surrogateescape"), warnings


def after_quickly(
    raw: bytes | None, change: Change, before: Versions, redact: Redact
) -> tuple[bytes | None, list[str]]:
    """As `after`, but where only new memories are to be listed, at the end and without reading the index.

    For an index that others write again and again while it is being parsed.
    """
    written = [o for o in change.operations if isinstance(o, Write)]
    if (
        len(written) < len(change.operations)
        or change.renames
        or any(map(is_skill, before))
        or any(before.get(o.file) for o in written)
    ):
        return after(raw, change, before, {}, redact)
    text = raw or b""
    for write in written:
        if f"({links.target_of(write.file)})".encode() not in text and links.can_point(write.file):
            memory = topic.decode(write.content, write.file)
            if relation.superseded_by(memory.metadata):
                continue
            line = links.pointer_line(
                write.file, links.title(redact(memory.name)), redact(memory.description)
            )
            text += (b"" if text.endswith(b"\n") or not text else b"\n") + line.encode() + b"\n"
    return text, []


def listed(raw: bytes | None) -> set[str]:
    """The files that the index points to."""
    return {pointer.file for pointer in index.pointers((raw or b"").decode("utf-8", "surrogateescape"))}


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
    superseded: list[str] = []
    for file, (content, old) in written.items():
        if is_skill(file) or not links.can_point(file):
            continue
        memory = topic.decode(content, file)
        if relation.superseded_by(memory.metadata):
            superseded.append(file)
        elif file not in known:
            new.append((file, links.title(redact(memory.name)), redact(memory.description)))
        elif old is None or topic.decode(old, file).description != memory.description:
            described[file] = redact(memory.description)
    text = index.describe(text, described) if described else text
    return index.append(index.unlist(text, *superseded) if superseded else text, new)
