"""What a client marked up in a text, and what stands outside of that.

Clients put what they add to a message between tags: `<system-reminder>...</system-reminder>`. Inside there
may be anything, tags of any name included, since no client escapes what it quotes. So the outermost element
decides whose text it is, and one that is damaged (no closing tag, or one too many) is the client's as far
as it may reach.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_NAME = r"[^\W\d][\w.:-]{0,60}"
_TAG = re.compile(rf"<(?P<close>/?)(?P<name>{_NAME})(?=\s|/?>|\Z)")
_TAG_OR_CODE = re.compile(
    r"(?P<fence>^[ \t]{0,3}(?P<f>```+|~~~+).*?(?:^[ \t]{0,3}(?P=f)|\Z))|`[^`\n]{1,300}`|" + _TAG.pattern,
    re.MULTILINE | re.DOTALL,
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
"""Elements of HTML that have no end (WHATWG HTML, 13.1.2)."""

ATTRIBUTES_MAX = 2_000
"""Characters behind a tag's name in which its `>` is looked for."""

INDENT_MAX = 200
"""Blanks before a tag that still begins its line."""


@dataclass(frozen=True)
class Region:
    """One outermost element: its tags stand from `start` to `end`, its content from `inner` to `outer`.

    `whole`: it is closed once, so that where it ends is not in doubt.
    """

    name: str
    start: int
    inner: int
    outer: int
    end: int
    whole: bool = True


def regions(text: str, known: re.Pattern[str] | None = None) -> list[Region]:
    """The outermost elements of `text` in order. Linear in its length, whatever stands in it.

    An element counts where it begins a line or follows another one, outside of code; one whose name is
    `known`, and that is closed, within a line too. Else people write `Vec<u8>`, <b> or even
    <system-reminder> themselves.
    """
    scan = _Scan(text, known)
    at = 0
    while match := _TAG_OR_CODE.search(text, at):
        at = scan.take(match)
    return scan.found


def outside(text: str, found: Sequence[Region]) -> str:
    """`text` with the regions made spaces: the rest keeps its place."""
    return "".join(piece if free else spaces(piece) for free, piece in _pieces(text, found))


def split(text: str, found: Sequence[Region]) -> Iterator[tuple[str, str]]:
    """(role, text) of a person's message: what its client marked up, and what the person typed."""
    pieces = list(_pieces(text, found))
    yield "system", "\n".join(piece for free, piece in pieces if not free)
    yield "user", "".join(piece for free, piece in pieces if free)


def spaces(text: str) -> str:
    """Blanks of the same length; line ends stay."""
    return "\n".join(" " * len(line) for line in text.split("\n"))


def _pieces(text: str, found: Sequence[Region]) -> Iterator[tuple[bool, str]]:
    """The text cut at the regions, each piece with whether it stands outside of them."""
    at = 0
    for region in found:
        yield True, text[at : region.start]
        yield False, text[region.start : region.end]
        at = region.end
    yield True, text[at:]


class _Scan:
    """What was found so far. `_last` has the places in `found` of each name, so that none is looked for
    twice."""

    def __init__(self, text: str, known: re.Pattern[str] | None) -> None:
        self.found: list[Region] = []
        self._text = text
        self._known = known
        self._last: dict[str, list[int]] = {}
        tags = _TAG.finditer(text)
        self._closed = {tag["name"]: tag.end() for tag in tags if tag["close"]}  # where for the last time

    def take(self, match: re.Match[str]) -> int:
        """Look at a tag or a piece of code; gives where to go on."""
        name = match["name"]
        if name is None or name.lower() in _VOID:
            return match.end()
        if match["close"]:
            self._doubt(name, _opened(self._text, match.end())[0])
        elif (begins := self._begins(match.start())) or self._is_known(name, match.end()):
            inner, empty = _opened(self._text, match.end())
            return inner if empty else self._add(self._element(match, inner, begins))
        return match.end()

    def _begins(self, at: int) -> bool:
        least = self.found[-1].end if self.found else 0
        line = self._text[max(least, at - INDENT_MAX) : at].rpartition("\n")[2]
        return not line.strip() and len(line) < INDENT_MAX

    def _is_known(self, name: str, at: int) -> bool:
        return (
            self._known is not None and bool(self._known.fullmatch(name)) and self._closed.get(name, 0) > at
        )

    def _element(self, opening: re.Match[str], inner: int, begins: bool) -> Region:
        """The element of `opening`. One that is closed too rarely ends with the text, within a line with
        the last tag that closes it."""
        name, depth, last = opening["name"], 1, self._closed.get(opening["name"], 0)
        for match in _TAG.finditer(self._text, inner, last + 1):
            if match["name"] != name:
                continue
            if match["close"]:
                depth -= 1
            elif not _opened(self._text, match.end())[1]:
                depth += 1
            if depth == 0:
                end = _opened(self._text, match.end())[0]
                return Region(name, opening.start(), inner, match.start(), end)
        end = len(self._text) if begins else max(_opened(self._text, last)[0], inner)
        return Region(name, opening.start(), inner, end, end, whole=False)

    def _add(self, region: Region) -> int:
        self._last.setdefault(region.name, []).append(len(self.found))
        self.found.append(region)
        return region.end

    def _doubt(self, name: str, end: int) -> None:
        """A closing tag too many: the element of that name before it may reach as far as here."""
        places = self._last.get(name, [])
        while places and (places[-1] >= len(self.found) or self.found[places[-1]].name != name):
            places.pop()  # swallowed by such a one
        if places:
            at = places.pop()
            first = self.found[at]
            del self.found[at:]
            self._add(Region(name, first.start, first.inner, end, end, whole=False))


def _opened(text: str, at: int) -> tuple[int, bool]:
    """Where the content of an element begins whose name ends at `at`, and whether it has none: `<a/>`."""
    closed = text.find(">", at, at + ATTRIBUTES_MAX)
    return (closed + 1, text[closed - 1] == "/") if closed >= 0 else (at, False)
