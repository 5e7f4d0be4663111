"""Changes of single keys of a frontmatter, in its own lines: no other line changes by a byte.

A header is a list of lines, each with its own line end. What belongs to a key are its line and the lines of
its value; comments and blank lines between keys belong to nobody, and stay.
"""

import re
from collections.abc import Mapping, Sequence

from memctl.errors import Damaged
from memctl.format import header
from memctl.format.scalars import Value, entry, mapping

_BLOCK_SCALAR = re.compile(r"[|>]")


def lines_of(inner: str) -> list[str]:
    """The lines of `inner` with their line ends."""
    return [line for line in re.split(r"(?<=\n)", inner) if line]


def set_top(lines: list[str], key: str, text: str, *, eol: str) -> None:
    """Give the top-level `key` the value `text`; a new `name` comes first, any other key after the first."""
    found = _find(lines, 0, len(lines), "", key)
    if found is None:
        first = next((at for at, line in enumerate(lines) if _key_at(line, "")), 0)
        if key != "name" and lines:
            first = _end(lines, first, len(lines), 0)
        found = first, first
    _replace(lines, found, entry("", key, text), eol)


def set_metadata(
    lines: list[str], wanted: Mapping[str, Value | None], known: Mapping[str, object], *, eol: str
) -> None:
    """Give keys under `metadata` new values, None for none. `known` is what `metadata` holds now.

    A top-level `type` (the older form) moves there with it. Raises Damaged when `metadata` is no mapping.
    """
    older = _find(lines, 0, len(lines), "", "type") if "type" in wanted else None
    remark = "" if older is None else _remark(lines[older[0]])
    if older is not None:
        del lines[slice(*older)]
    at = _find(lines, 0, len(lines), "", "metadata")
    if at is None:
        kept = {key: value for key, value in wanted.items() if value is not None}
        _replace(lines, (len(lines), len(lines)), mapping(kept) if kept else [], eol)
        at = _find(lines, 0, len(lines), "", "metadata")
    else:
        _open(lines, at, known, eol)
        for key, value in wanted.items():
            _set_nested(lines, key, value, eol)
    if remark and at is not None:
        _set_nested(lines, "type", wanted["type"], eol, remark)


def _open(lines: list[str], at: tuple[int, int], known: Mapping[str, object], eol: str) -> None:
    """Write a `metadata: {…}` as indented keys. Raises Damaged for what is no mapping of texts and lists."""
    value = lines[at[0]].partition(":")[2].strip()
    if not value or value[0] == "#":
        return
    plain = {key: item for key, item in known.items() if isinstance(item, str) or _is_texts(item)}
    if value[0] != "{" or len(plain) < len(known):
        raise Damaged(
            "metadata is not an indented mapping", hint="rewrite it as `metadata:` with indented keys"
        )
    _replace(lines, at, mapping(plain) or ["metadata:"], eol)  # type: ignore[arg-type]


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _set_nested(lines: list[str], key: str, value: Value | None, eol: str, remark: str = "") -> None:
    """Replace, add or (value None) remove one key under `metadata`."""
    top = _find(lines, 0, len(lines), "", "metadata")
    assert top is not None
    start, stop = top[0] + 1, top[1]
    while stop < len(lines) and lines[stop][0] in " \t" and lines[stop].strip():
        stop += 1  # an indented comment after the last key
    own = next((line for line in lines[start:stop] if line.strip() and line.lstrip()[0] != "#"), "  x")
    indent = own[: len(own) - len(own.lstrip())]
    found = _find(lines, start, stop, indent, key) or (stop, stop)
    new = [] if value is None else entry(indent, key, value)
    if new and remark:
        new[0] += remark
    _replace(lines, found, new, eol)


def _find(lines: Sequence[str], start: int, stop: int, indent: str, key: str) -> tuple[int, int] | None:
    """The lines of `key`, which is indented by `indent`; None when it is not there."""
    for at in range(start, stop):
        if _key_at(lines[at], indent) == key:
            return at, _end(lines, at, stop, len(indent))
    return None


def _key_at(line: str, indent: str) -> str:
    """The key that stands on `line` at just this indentation, or ""."""
    inside = line.startswith(indent) and line[len(indent) : len(indent) + 1] not in ("", " ", "\t", "#")
    return header.key_of(line.strip()) if inside else ""


def _end(lines: Sequence[str], at: int, stop: int, depth: int) -> int:
    """The line after the value whose key stands on line `at`, `depth` characters deep.

    Blank lines and comments belong to the value only where more of it follows.
    """
    literal = _BLOCK_SCALAR.match(lines[at].partition(":")[2].strip())
    end = at + 1
    for number in range(at + 1, stop):
        bare = lines[number].strip()
        indented = len(lines[number]) - len(lines[number].lstrip(" \t"))
        if not bare or (bare[0] == "#" and not (literal and indented > depth)):
            continue
        if indented <= depth and not (indented == depth and bare[0] == "-" and bare[1:2] in ("", " ")):
            break
        end = number + 1
    return end


def _replace(lines: list[str], span: tuple[int, int], new: list[str], eol: str) -> None:
    """Put the lines `new` in the place of `span`, with its line ends and the remark behind its value."""
    start, stop = span
    old = lines[start:stop] or lines[max(0, start - 1) : start]
    if old:
        eol = "\r\n" if old[0].endswith("\r\n") else "\n"
    if len(new) == 1 and stop - start == 1:
        new = [new[0] + _remark(lines[start])]
    lines[start:stop] = [line + eol for line in new]


def _remark(line: str) -> str:
    """The comment behind the value on `line`, with the blanks before it, or ""."""
    value = line.partition(":")[2].strip()
    kept = header.without_remark(value)
    return value[len(kept) :] if kept else ""


def in_place_of(old: str, new: str) -> str:
    """The text `new` as it replaces `old`: lines before and after the change keep their line ends.

    The changed lines end as the one before them does. A text with CRs of its own is taken as it is.
    """
    if "\r" in new or not old or not new:
        return new
    was, now = lines_of(old), lines_of(new)
    before = _shared(was, now)
    after = _shared(was[before:][::-1], now[before:][::-1])
    eol = "\r\n" if was[max(0, before - 1)].endswith("\r\n") else "\n"
    middle = [line.removesuffix("\n") + eol for line in now[before : len(now) - after]]
    if middle and not after and not now[-1].endswith("\n"):
        middle[-1] = now[-1]
    head = was[:before]
    if before and (middle or after) and not head[-1].endswith("\n"):
        head[-1] += eol
    return "".join([*head, *middle, *was[len(was) - after :]])


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines both begin with, whatever their line ends."""
    pairs = enumerate(zip(old, new, strict=False))
    differs = (n for n, (a, b) in pairs if a.rstrip("\r\n") != b.rstrip("\r\n"))
    return next(differs, min(len(old), len(new)))
