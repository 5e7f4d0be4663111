"""JSON text as a tree that knows where each part stands, so that a settings file can be edited in place.

`json` reads values but forgets places and refuses comments; an edit that keeps a person's comments, order
and spacing needs both. Reads JSON, and with `comments=True` also `//` and `/* */`.
"""

import json
import re
from dataclasses import dataclass, field

from memctl.errors import MemctlError

DEPTH_MAX = 100

_BLANK = re.compile(r"[ \t\r\n]*")
_BLANK_OR_COMMENT = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.S)
_SCALAR = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null')


class Invalid(MemctlError):
    """The text is not JSON; the message names line and column."""

    slug = "invalid-settings"


@dataclass
class Node:
    """A value and its place: `text[start:end]`. `members` of an object, `items` of an array, else `value`."""

    kind: str  # "object" | "array" | "scalar"
    start: int
    end: int = 0
    value: object = None
    members: list[tuple[str, int, "Node"]] = field(default_factory=list)  # (key, where the key starts, value)
    items: list["Node"] = field(default_factory=list)

    def get(self, key: str) -> "Node | None":
        """The value of `key`; the last one counts, as in `json`."""
        return next((node for name, _, node in reversed(self.members) if name == key), None)


def parse(text: str, *, comments: bool = False) -> Node:
    """The tree of `text`. Raises Invalid."""
    reader = _Reader(text, _BLANK_OR_COMMENT if comments else _BLANK)
    start = reader.skip(1 if text.startswith("\ufeff") else 0)
    node = reader.value(start, 0)
    end = reader.skip(node.end)
    if end != len(text):
        raise reader.fail(end, "text after the end")
    return node


class _Reader:
    def __init__(self, text: str, blank: re.Pattern[str]) -> None:
        self.text = text
        self.blank = blank

    def fail(self, at: int, what: str) -> Invalid:
        """The error that says `what`, and in which line and column the offset `at` is."""
        line = self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        return Invalid(f"line {line}, column {column}: {what}")

    def skip(self, at: int) -> int:
        """The offset from `at` on of what is no blank, and no comment where those are allowed."""
        match = self.blank.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, depth: int) -> Node:
        """The value that begins at the offset `at`, inside of `depth` others. Raises Invalid."""
        mark = self.text[at : at + 1]
        if depth > DEPTH_MAX:
            raise self.fail(at, "nested too deep")
        if mark == "{":
            return self._object(at, depth)
        if mark == "[":
            return self._array(at, depth)
        match = _SCALAR.match(self.text, at)
        if not match:
            raise self.fail(at, "a value is expected" if mark else "the text ends too early")
        return Node("scalar", at, match.end(), self._scalar(match[0], at))

    def _scalar(self, text: str, at: int) -> object:
        try:
            return json.loads(text)
        except ValueError:
            raise self.fail(at, "not a valid value") from None

    def _object(self, at: int, depth: int) -> Node:
        node = Node("object", at)
        at = self.skip(at + 1)
        while self.text[at : at + 1] != "}":
            match = _SCALAR.match(self.text, at)
            if not match or match[0][0] != '"':
                raise self.fail(at, "a key in quotes is expected")
            key_at, key = at, self._scalar(match[0], at)
            at = self.skip(match.end())
            if self.text[at : at + 1] != ":":
                raise self.fail(at, "a colon is expected")
            value = self.value(self.skip(at + 1), depth + 1)
            node.members.append((str(key), key_at, value))
            at = self._next(value.end, "}")
        node.end = at + 1
        return node

    def _array(self, at: int, depth: int) -> Node:
        node = Node("array", at)
        at = self.skip(at + 1)
        while self.text[at : at + 1] != "]":
            value = self.value(at, depth + 1)
            node.items.append(value)
            at = self._next(value.end, "]")
        node.end = at + 1
        return node

    def _next(self, at: int, close: str) -> int:
        """The start of what follows a member or item, or the closing mark."""
        at = self.skip(at)
        if self.text[at : at + 1] == ",":
            after = self.skip(at + 1)
            if self.text[after : after + 1] == close:
                raise self.fail(after, "a comma before the end")
            return after
        if self.text[at : at + 1] != close:
            raise self.fail(
                at, f"a comma or {close} is expected" if at < len(self.text) else "the text ends too early"
            )
        return at
