"""Add entries to a JSON settings file, and take them out, touching nothing else in its text."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from memctl.hooks.jsonc import Invalid, Node, parse


@dataclass(frozen=True)
class Chunk:
    """A piece of text that was inserted: where it stands in the new text, and what it says."""

    at: int
    text: str


@dataclass(frozen=True)
class Style:
    """How a file is laid out: its line end and one step of indentation."""

    eol: str
    step: str

    @classmethod
    def of(cls, text: str, root: Node) -> "Style":
        """The style of `text`, by its first indented member."""
        eol = "\r\n" if "\r\n" in text else "\n"
        for _, at, _ in root.members[:1]:
            lead = text[text.rfind("\n", 0, at) + 1 : at]
            if "\n" in text[:at] and lead and not lead.strip():
                return cls(eol, lead)
        return cls(eol, "  ")

    def render(self, value: object, depth: int) -> str:
        """`value` as JSON whose further lines are indented for `depth`."""
        text = json.dumps(value, ensure_ascii=False, indent=self.step)
        return text.replace("\n", self.eol + self.step * depth)


def add(
    text: str, entries: Mapping[str, object], key: str = "hooks", *, comments: bool = False
) -> tuple[str, list[Chunk]]:
    """Insert every `KEY.EVENT` entry of `entries` at the end of its list in `text`.

    Missing containers are made. Returns the new text and what was inserted. Raises Invalid for text that is
    no JSON object, or holds something else where the entries belong.
    """
    root = parse(text, comments=comments)
    if root.kind != "object":
        raise Invalid("line 1, column 1: the file is not a JSON object")
    style = Style.of(text, root)
    hooks = root.get(key)
    if hooks is None:
        whole = {key: {event: [entry] for event, entry in entries.items()}}
        return _insert(text, [_members(text, root, whole, 1, style)])
    if hooks.kind != "object":
        raise Invalid(f'"{key}" is not an object')
    found: list[Chunk] = []
    fresh: dict[str, object] = {}
    for event, entry in entries.items():
        listed = hooks.get(event)
        if listed is None:
            fresh[event] = [entry]
        elif listed.kind == "array":
            found.append(_chunk(text, listed, [style.render(entry, 3)], 3, style))
        else:
            raise Invalid(f'"{key}.{event}" is not a list')
    if fresh:
        found.append(_members(text, hooks, fresh, 2, style))
    return _insert(text, found)


def _insert(text: str, chunks: list[Chunk]) -> tuple[str, list[Chunk]]:
    """Put `chunks` (with places in the old text) in; returns them with their places in the new text."""
    placed, shift = [], 0
    for chunk in sorted(chunks, key=lambda c: c.at):
        at = chunk.at + shift
        text = text[:at] + chunk.text + text[at:]
        placed.append(Chunk(at, chunk.text))
        shift += len(chunk.text)
    return text, placed


def _members(text: str, node: Node, members: Mapping[str, object], depth: int, style: Style) -> Chunk:
    parts = [
        f"{json.dumps(key, ensure_ascii=False)}: {style.render(value, depth)}"
        for key, value in members.items()
    ]
    return _chunk(text, node, parts, depth, style)


def _chunk(text: str, node: Node, parts: list[str], depth: int, style: Style) -> Chunk:
    """`parts`, as text, at the end of a container."""
    lead = style.eol + style.step * depth
    joined = ("," + lead).join(parts)
    held = node.items or [value for _, _, value in node.members]
    if held:
        return Chunk(held[-1].end, "," + lead + joined)
    inside = text[node.start + 1 : node.end - 1]
    tail = "" if "\n" in inside else style.eol + style.step * (depth - 1)
    return Chunk(node.start + 1, lead + joined + tail)


def take_back(text: str, chunks: list[Chunk], *, comments: bool = False) -> str | None:
    """`text` without `chunks`, each of which must still stand in it once; None when one does not.

    What a person added elsewhere since stays.
    """
    for chunk in sorted(chunks, key=lambda c: c.at, reverse=True):
        at = chunk.at
        if not text.startswith(chunk.text, at):
            if text.count(chunk.text) != 1:
                return None
            at = text.index(chunk.text)
        text = text[:at] + text[at + len(chunk.text) :]
    if text:
        try:
            parse(text, comments=comments)
        except Invalid:
            return None
    return text


def prune(text: str, is_own: Callable[[Node], bool], key: str = "hooks", *, comments: bool = False) -> str:
    """`text` without the entries that `is_own` knows, and without the containers that this leaves empty.

    `is_own` is asked for each item of each list below `key`, and for each item of its own `hooks` list.
    """
    while True:
        root = parse(text, comments=comments)
        hooks = root.get(key)
        span = _next_span(root, key, hooks, is_own) if hooks else None
        if span is None:
            return text
        text = text[: span[0]] + text[span[1] :]


def _next_span(root: Node, key: str, hooks: Node, is_own: Callable[[Node], bool]) -> tuple[int, int] | None:
    """The place of the next thing to remove: an own entry, with its container when it is alone in it.

    What is no object has no members, and what is no array no items, so damaged settings need no checks.
    """
    for event, _, listed in hooks.members:
        for group in listed.items:
            inner = group.get("hooks")
            own = [node for node in inner.items if is_own(node)] if inner else []
            if inner and own and len(own) < len(inner.items):
                return _item_span(inner, own[0])
            if own or is_own(group):
                return _container_span(root, key, hooks, event, listed, group)
    return None


def _container_span(
    root: Node, key: str, hooks: Node, event: str, listed: Node, group: Node
) -> tuple[int, int]:
    if len(listed.items) > 1:
        return _item_span(listed, group)
    if len(hooks.members) > 1:
        return _member_span(hooks, event)
    return _member_span(root, key)


def _item_span(listed: Node, item: Node) -> tuple[int, int]:
    return _span([(node.start, node.end) for node in listed.items], listed.items.index(item))


def _member_span(node: Node, key: str) -> tuple[int, int]:
    at = max(i for i, member in enumerate(node.members) if member[0] == key)
    return _span([(start, value.end) for _, start, value in node.members], at)


def _span(places: list[tuple[int, int]], at: int) -> tuple[int, int]:
    """From the end of the item before to the end of this one, or to the start of the next one."""
    start, end = places[at]
    if at > 0:
        return places[at - 1][1], end
    return start, places[1][0] if len(places) > 1 else end
