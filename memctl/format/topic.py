"""Bytes <-> `Memory`: lenient in, strict out.

Writing keeps what it was not asked to change byte for byte: unknown keys, their order, comments, the line
endings and the body. The form written is Claude Code's current one, with `type` under `metadata`.
"""

import json
import re
from collections.abc import Mapping, Sequence

from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import Memory
from memctl.errors import Damaged
from memctl.format import header, summary
from memctl.text.escape import shell_word

_RESERVED = frozenset("null true false yes no on off y n nan inf infinity".split())
"""Words that a YAML 1.1 or 1.2 parser reads as something else than text."""

_TIMES = ("modified", "created", "expires")
"""Keys whose values are dates, for YAML too; a date anywhere else is a text, and quoted."""

_PLAIN_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?")


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


def scalar(text: str) -> str:
    """`text` as a one-line YAML scalar that YAML 1.1 and 1.2 parsers read back as the same text."""
    if _is_plain(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escape(ord(c)) for c in quoted)


def _is_plain(text: str) -> bool:
    return (
        text[:1].isalpha()
        and text.isprintable()
        and ": " not in text
        and " #" not in text
        and text[-1] not in ": "
        and text.lower() not in _RESERVED
    )


def _escape(unit: int) -> str:
    return f"\\u{unit:04x}" if unit <= 0xFFFF else f"\\U{unit:08x}"


Value = str | Sequence[str]
"""A metadata value that memctl writes: a text, or a list of texts (`evidence`, `anticipated`)."""


def encode(name: str, description: str, body: str, metadata: Mapping[str, Value]) -> bytes:
    """A new topic file. `metadata` holds `type`, `modified` and memctl's own keys, in the order given."""
    lines = ["---", f"name: {scalar(name)}", f"description: {scalar(description)}"]
    lines += _metadata_lines(metadata, "  ")
    text = "\n".join([*lines, "---", ""]) + body
    return (text if text.endswith("\n") else text + "\n").encode()


def _metadata_lines(metadata: Mapping[str, Value], indent: str) -> list[str]:
    lines = ["metadata:"]
    for key, value in metadata.items():
        lines += _entry(indent, key, value)
    return lines if len(lines) > 1 else []


def _entry(indent: str, key: str, value: Value) -> list[str]:
    """The lines of one metadata key."""
    if isinstance(value, str):
        plain = key in _TIMES and _PLAIN_DATE.fullmatch(value)
        return [f"{indent}{key}: {value if plain else scalar(value)}"]
    return [f"{indent}{key}:", *(f"{indent}  - {scalar(item)}" for item in value)]


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
    if head.start < 0:
        wanted = {k: v for k, v in (metadata or {}).items() if v is not None}
        new_body = head.body if body is None else body
        made = encode(name or memory.name, description or memory.description, new_body, wanted)
        unclosed = body is None and new_body and not new_body.endswith("\n")
        return made[:-1] if unclosed else made
    blocks = _blocks(head.text[head.start : head.end])
    if name is not None:
        _set(blocks, "name", [f"name: {scalar(name)}"], first=True)
    if description is not None:
        _set(blocks, "description", [f"description: {scalar(description)}"])
    if metadata:
        _merge_metadata(blocks, metadata)
    return _joined(head, blocks, body).encode()


def _certain_head(memory: Memory) -> header.Head:
    """The parsed header of a whole and undamaged file. Raises Damaged for another."""
    if memory.cut:
        raise Damaged(f"{memory.file} is too large to be changed", hint="shorten it in an editor")
    head = header.read(memory.raw)
    if head.damage:
        raise Damaged(
            f"{memory.file}: {head.damage}",
            hint=f"`memctl edit {shell_word(memory.stem)}` repairs it by hand; nothing was written",
        )
    return head


def _joined(head: header.Head, blocks: "list[Block]", body: str | None) -> str:
    """The file's text with `blocks` for its keys, in its own line ends, and `body` unless that is None."""
    eol = "\r\n" if "\r\n" in head.text[: head.end] else "\n"
    inner = "".join(line + eol for _, lines in blocks for line in lines)
    closing = head.text[head.end : len(head.text) - len(head.body)]
    if body is not None and not closing.endswith("\n"):
        closing += eol
    return head.text[: head.start] + inner + closing + (head.body if body is None else body)


Block = tuple[str, list[str]]


def _blocks(inner: str) -> list[Block]:
    """Top-level keys with all their lines; comments and blank lines belong to the key before them."""
    blocks: list[Block] = []
    for line in inner.split("\n")[: -1 if inner.endswith("\n") else None]:
        line = line.removesuffix("\r")
        key = "" if line[:1] in (" ", "\t", "#", "-", "") else line.partition(":")[0].strip("\"' ")
        if key:
            blocks.append((key, [line]))
        elif blocks:
            blocks[-1][1].append(line)
        else:
            blocks.append(("", [line]))
    return blocks


def _set(blocks: list[Block], key: str, lines: list[str], *, first: bool = False) -> None:
    for at, (found, _) in enumerate(blocks):
        if found == key:
            blocks[at] = (key, lines)
            return
    blocks.insert(0 if first else min(1, len(blocks)), (key, lines))


def _merge_metadata(blocks: list[Block], wanted: Mapping[str, Value | None]) -> None:
    if "type" in wanted:
        blocks[:] = [b for b in blocks if b[0] != "type"]
    found = next((lines for key, lines in blocks if key == "metadata"), None)
    if found is None:
        lines = _metadata_lines({k: v for k, v in wanted.items() if v is not None}, "  ")
        if lines:
            blocks.append(("metadata", lines))
        return
    if found[0].partition(":")[2].strip():
        raise Damaged(
            "metadata is not an indented mapping", hint="rewrite it as `metadata:` with indented keys"
        )
    for key, value in wanted.items():
        _set_nested(found, key, value)


def _set_nested(lines: list[str], key: str, value: Value | None) -> None:
    """Replace, add or (value None) remove one indented key with whatever lines belong to it."""
    indent = next((line[: len(line) - len(line.lstrip())] for line in lines[1:] if line.strip()), "") or "  "
    at, stop = _nested_span(lines, indent, key)
    lines[at:stop] = [] if value is None else _entry(indent, key, value)


def _nested_span(lines: list[str], indent: str, key: str) -> tuple[int, int]:
    """The lines that belong to `key`; where it is missing, the empty span at which it is to be put."""
    for at, line in enumerate(lines[1:], 1):
        named = line.strip().partition(":")[0].strip("\"'") == key
        if named and line.startswith(indent) and line[len(indent)] not in " \t":
            stop = at + 1
            while stop < len(lines) and lines[stop][: len(indent) + 1].isspace() and lines[stop].strip():
                stop += 1
            return at, stop
    end = 1 + max(i for i, line in enumerate(lines) if line.strip())
    return end, end
