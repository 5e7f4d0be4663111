"""Bytes <-> `Memory`: lenient in, strict out.

Writing keeps what it was not asked to change byte for byte: unknown keys, their order, comments, the line
endings and the body. The form written is Claude Code's current one, with `type` under `metadata`.
"""

from collections.abc import Mapping

from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import Memory
from memctl.errors import Damaged
from memctl.format import header, patch, summary
from memctl.format.scalars import Value, mapping, scalar
from memctl.text.escape import shell_word


def decode(raw: bytes, file: str, mtime: float = 0.0) -> Memory:
    """Read one topic file. Never raises: damage becomes `warnings` on the memory."""
    head = header.read(raw)
    fields = summary.of(head, file, mtime)
    return Memory(
        file=file,
        raw=raw,
        name=fields.name,
        description=fields.description,
        type=fields.type,
        body=head.body,
        header=head.keys,
        modified=fields.modified,
        fingerprint=fingerprint(raw),
        warnings=tuple(fields.warnings),
    )


def encode(name: str, description: str, body: str, metadata: Mapping[str, Value]) -> bytes:
    """A new topic file. `metadata` holds `type`, `modified` and memctl's own keys, in the order given."""
    lines = ["---", f"name: {scalar(name)}", f"description: {scalar(description)}"]
    lines += mapping(metadata)
    text = "\n".join([*lines, "---", ""]) + body
    return (text if text.endswith("\n") else text + "\n").encode()


def rewrite(
    memory: Memory,
    *,
    name: str | None = None,
    description: str | None = None,
    body: str | None = None,
    metadata: Mapping[str, Value | None] | None = None,
) -> bytes:
    """The bytes of `memory` with only the given parts changed; a metadata value of None removes the key.

    A top-level `type` (the older form) moves under `metadata` when the type is given. Raises Damaged for a
    file whose header cannot be told from its body with certainty.
    """
    head = _certain_head(memory)
    body = None if body is None else patch.in_place_of(head.body, body)
    wanted = _changed(memory.metadata, metadata or {})
    if head.start < 0:
        return _headed(memory, name, description, body, wanted)
    top = {
        key: text
        for key, text, old in (("name", name, memory.name), ("description", description, memory.description))
        if text is not None and (text != old or key not in memory.header)
    }
    lines, eol = patch.lines_of(head.text[head.start : head.end]), _eol(head.text[: head.start])
    for key, text in top.items():
        patch.set_top(lines, key, text, eol=eol)
    if wanted:
        patch.set_metadata(lines, wanted, memory.metadata, eol=eol)
    new = _joined(head, "".join(lines), eol, body).encode()
    asked: dict[tuple[str, ...], object] = {(key,): text for key, text in top.items()}
    asked |= {("metadata", key): value for key, value in wanted.items()}
    _refuse_other_change(memory, head, header.read(new), asked)
    return new


def _changed(known: Mapping[str, object], wanted: Mapping[str, Value | None]) -> dict[str, Value | None]:
    """The part of `wanted` that is not so already: what keeps its value keeps its line."""
    return {
        key: value
        for key, value in wanted.items()
        if known.get(key) != value and not (key == "type" and value == summary.type_of(known.get(key), []))
    }


def _headed(
    memory: Memory,
    name: str | None,
    description: str | None,
    body: str | None,
    metadata: Mapping[str, Value | None],
) -> bytes:
    """A file that had no frontmatter with one before its text, in the text's own line ends."""
    wanted = {key: value for key, value in metadata.items() if value is not None}
    text = memory.body if body is None else body
    made = encode(name or memory.name, description or memory.description, "", wanted)
    head = made.replace(b"\n", _eol(text).encode())
    mark = header.BOM if memory.raw.startswith(header.BOM.encode()) else ""
    return mark.encode() + head + text.encode()


def check_whole(memory: Memory) -> None:
    """Raise Damaged for a file of which only the beginning was read: it is too large to be written again."""
    if memory.cut:
        raise Damaged(f"{memory.file} is too large to be changed", hint="shorten it in an editor")


def _certain_head(memory: Memory) -> header.Head:
    """The parsed header of a whole and undamaged file. Raises Damaged for another."""
    check_whole(memory)
    head = header.read(memory.raw)
    if head.damage:
        raise Damaged(
            f"{memory.file}: {head.damage}",
            hint=f"`memctl edit {shell_word(memory.stem)}` repairs it by hand; nothing was written",
        )
    return head


def _joined(head: header.Head, inner: str, eol: str, body: str | None) -> str:
    """The file's text with `inner` for its keys, and `body` unless that is None."""
    closing = head.text[head.end : len(head.text) - len(head.body)]
    if body is not None and not closing.endswith("\n"):
        closing += eol
    return head.text[: head.start] + inner + closing + (head.body if body is None else body)


def _eol(text: str) -> str:
    """The line end that `text` begins with."""
    return "\r\n" if text[: text.find("\n") + 1].endswith("\r\n") else "\n"


def _refuse_other_change(
    memory: Memory, old: header.Head, new: header.Head, wanted: Mapping[tuple[str, ...], object]
) -> None:
    """Hold a rewritten header to what was asked: a key that was not says what it said. Raises Damaged."""
    if old.end - old.start > header.HEAD_MAX:  # only its beginning can be compared
        return
    before, after = _flat(old.keys), _flat(new.keys)
    if ("metadata", "type") in wanted:
        before.pop(("type",), None)
    before |= wanted
    lost = [key for key in before | after if before.get(key) != after.get(key)]
    if lost:
        raise Damaged(
            f"{memory.file}: the value of {lost[0][-1]} cannot be told from its neighbours",
            hint=f"`memctl edit {memory.stem}` changes it by hand; nothing was written",
        )


def _flat(keys: Mapping[str, object]) -> dict[tuple[str, ...], object]:
    """The keys of a header, those under `metadata` with their path; an empty one is none."""
    metadata = keys.get("metadata")
    nested = metadata if isinstance(metadata, Mapping) else {}
    own = {(key,): value for key, value in keys.items() if key != "metadata"}
    return own | {("metadata", key): value for key, value in nested.items()}
