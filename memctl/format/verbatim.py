"""What of a Markdown text is no prose: fenced and indented code, code in a line, HTML comments.

As CommonMark reads it, in one pass: lists and quotes shift where indented code begins, a paragraph cannot be
interrupted by it, a fence is closed by one at least as long.

On the hot path: imports nothing.
"""

Span = tuple[int, int]

NESTING_MAX = 20
"""Quotes and lists within each other that are told apart, as many as common parsers do."""

FENCES = ("```", "~~~")


class Blocks:
    """The blocks of `text`: spans of `code`, of `comments` that begin a line, of paragraphs of `prose`.

    `open` is where a fence or comment without an end begins, or -1.
    """

    __slots__ = ("_at", "_fence", "_paragraph", "_within", "code", "comments", "open", "prose", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.code: list[Span] = []
        self.comments: list[Span] = []
        self.prose: list[Span] = []
        self.open = -1
        self._at = 0  # where the line begins
        self._within: list[int] = []  # the open containers: a quote, or the column of a list item's content
        self._fence = ("", 0, 0)  # what closes it, where it began, how many containers hold it
        self._paragraph = -1  # where the open paragraph began
        while self._at < len(text):
            stop = text.find("\n", self._at)
            self._at = self._line(len(text) if stop < 0 else stop + 1)
        self._end_paragraph(len(text))
        if self._fence[0]:
            self.open = self._fence[1]
            self.code.append((self.open, len(text)))

    def _line(self, stop: int) -> int:
        """Take the line that ends at `stop`; returns where the next one begins."""
        at, column, base, matched = self._continued(stop)
        bare = self.text[at:stop].strip()
        if self._fence[0] and self._goes_on(bare, column - base, matched, stop):
            return stop
        begins = column - base < 4 and (_begins(bare) or _is_rule(bare, False))
        lazy = bare and self._paragraph >= 0 and not begins
        if matched < len(self._within) and not lazy:
            self._end_paragraph(self._at)
            del self._within[matched:]
        if not bare:
            self._end_paragraph(self._at)
            return stop
        return stop if lazy and matched < len(self._within) else self._content(at, column, base, stop)

    def _goes_on(self, bare: str, column: int, matched: int, stop: int) -> bool:
        """Whether a line belongs to the open fence, which it may close; the end of its container does too."""
        fence, start, held = self._fence
        closed = column < 4 and bare.startswith(fence) and not bare.strip(fence[0])
        if matched < held or closed:
            self._fence = ("", 0, 0)
            self.code.append((start, stop if matched >= held else self._at))
        return matched >= held

    def _continued(self, stop: int) -> tuple[int, int, int, int]:
        """Where the line's text begins behind the marks of the containers that it continues: as an offset and
        a column, the column at which their content begins, and how many they are."""
        at, column = self._indented(self._at, 0)
        base = matched = 0
        for item in self._within:
            if item == _QUOTE:
                if self.text[at : at + 1] != ">" or column - base >= 4:
                    break
                at, column, base = self._past_quote(at, column)
            elif column < item and self.text[at:stop].strip():
                break
            else:
                base = item
            matched += 1
        return at, column, base, matched

    def _content(self, at: int, column: int, base: int, stop: int) -> int:
        """The rest of a line: containers that it opens, then code, or text."""
        bare = self.text[at:stop].strip()
        while (
            len(self._within) < NESTING_MAX
            and column - base < 4
            and not _is_rule(bare, self._paragraph >= 0)
            and (width := _mark(bare))
        ):
            self._end_paragraph(self._at)
            if bare[0] == ">":
                at, column, base = self._past_quote(at, column)
                self._within.append(_QUOTE)
            else:
                base = column + width + 1
                at, column = self._indented(at + width, column + width)
                base = column if base < column <= base + 3 else base
                self._within.append(base)
            bare = self.text[at:stop].strip()
        if not bare:
            return stop
        if column - base < 4:
            return self._text(bare, at, stop)
        if self._paragraph < 0:
            self.code.append((at, stop))
        return stop

    def _text(self, bare: str, at: int, stop: int) -> int:
        """The rest of a line that is no indented code: a fence, a comment, a heading, a rule, or prose."""
        rule = _is_rule(bare, self._paragraph >= 0)
        if rule or _begins(bare):
            self._end_paragraph(self._at)
        if _is_fence(bare):
            fence = bare[: len(bare) - len(bare.lstrip(bare[0]))]
            self._fence = (fence, at, len(self._within))
        elif bare.startswith("<!--"):
            return self._comment(at)
        elif _begins(bare):
            self.prose.append((at, stop))
        elif self._paragraph < 0 and not rule:
            self._paragraph = at
        return stop

    def _comment(self, at: int) -> int:
        """A comment that begins a line; what stands behind it on its last line is prose."""
        close = self.text.find("-->", at + 4)
        end = close + 3 if close >= 0 else len(self.text)
        self.open = at if close < 0 else self.open
        self.comments.append((at, end))
        stop = self.text.find("\n", end) + 1 or len(self.text)
        self.prose.append((end, stop))
        return stop

    def _end_paragraph(self, stop: int) -> None:
        if self._paragraph >= 0:
            self.prose.append((self._paragraph, stop))
            self._paragraph = -1

    def _past_quote(self, at: int, column: int) -> tuple[int, int, int]:
        base = column + 1 + (self.text[at + 1 : at + 2] in (" ", "\t"))
        return *self._indented(at + 1, column + 1), base

    def _indented(self, at: int, column: int) -> tuple[int, int]:
        """Where the blanks from `at` on end, as an offset and as a column."""
        while self.text[at : at + 1] in (" ", "\t"):
            column += 1 if self.text[at] == " " else 4 - column % 4
            at += 1
        return at, column


_QUOTE = -1


def _begins(bare: str) -> bool:
    """Whether a line of this text ends a paragraph that stands before it."""
    heading = bare.lstrip("#")
    is_heading = 0 < len(bare) - len(heading) < 7 and heading[:1] in ("", " ", "\t")
    return is_heading or _is_fence(bare) or bare.startswith("<!--") or _mark(bare) > 0


def _is_fence(bare: str) -> bool:
    return bare[:3] in FENCES and not (bare[0] == "`" and "`" in bare.lstrip("`"))


def _is_rule(bare: str, below: bool) -> bool:
    """Whether the line is a thematic break, or (`below` a paragraph) underlines it as a heading."""
    marks = set(bare.replace(" ", "").replace("\t", ""))
    if below and (not bare.strip("=") or not bare.strip("-")):
        return True
    return len(marks) == 1 and marks <= set("*-_") and sum(map(bare.count, marks)) >= 3


def _mark(bare: str) -> int:
    """The length of the mark of a list item or a quote that `bare` begins with, or 0."""
    if bare[0:1] == ">":
        return 1
    digits = 0
    while digits < 9 and bare[digits : digits + 1].isdecimal():
        digits += 1
    mark = bare[digits : digits + 1]
    if mark and mark in (".)" if digits else "-*+") and bare[digits + 1 : digits + 2] in ("", " ", "\t"):
        return digits + 1
    return 0


def spans(text: str) -> list[Span]:
    """Start and end of everything in `text` that is no prose, in order."""
    blocks = Blocks(text)
    found = [*blocks.code, *blocks.comments]
    for start, stop in blocks.prose:
        if "`" in text[start:stop] or "<!--" in text[start:stop]:
            found += inline(text, start, stop)
    return sorted(found)


def line_numbers(text: str, found: list[Span]) -> set[int]:
    """The numbers of the lines, from 1, in which the spans `found` lie."""
    numbers: set[int] = set()
    number, last = 1, 0
    for start, stop in found:
        number += text.count("\n", last, start)
        last = max(start, stop - 1)
        after = number + text.count("\n", start, last)
        numbers.update(range(number, after + 1))
        number = after
    return numbers


def inline(text: str, start: int, stop: int) -> list[Span]:
    """The code spans and comments in one paragraph of `text`."""
    runs = _runs(text, start, stop)
    closers: dict[int, list[int]] = {}  # the runs of each length, the last first
    for number in range(len(runs) - 1, -1, -1):
        closers.setdefault(runs[number][1] - runs[number][0], []).append(number)
    found: list[Span] = []
    comment, at, number = text.find("<!--", start, stop), start, 0
    while number < len(runs) or comment >= 0:
        if comment >= 0 and (number >= len(runs) or comment < runs[number][0]):
            close = text.find("-->", comment + 4, stop)
            if close < 0:
                comment = -1
                continue
            at = close + 3
            found.append((comment, at))
            while number < len(runs) and runs[number][0] < at:
                number += 1
        else:
            opened = runs[number][0] + _is_escaped(text, runs[number][0], start)
            at, number = _close(closers, runs, number, runs[number][1] - opened)
            if at:
                found.append((opened, at))
        if 0 <= comment < at:
            comment = text.find("<!--", at, stop)
    return found


def _close(closers: dict[int, list[int]], runs: list[Span], opened: int, length: int) -> tuple[int, int]:
    """The end of the code that run `opened` begins (0 when it is not closed), and the next run to look at."""
    later = closers.get(length, [])
    while later and later[-1] <= opened:
        later.pop()
    return (runs[later[-1]][1], later[-1] + 1) if later and length else (0, opened + 1)


def _runs(text: str, start: int, stop: int) -> list[Span]:
    """Every run of backticks."""
    found = []
    at = text.find("`", start, stop)
    while at >= 0:
        end = at + 1
        while end < stop and text[end] == "`":
            end += 1
        found.append((at, end))
        at = text.find("`", end, stop)
    return found


def _is_escaped(text: str, at: int, start: int) -> bool:
    """Whether an odd number of backslashes stands before `at`."""
    first = at
    while first > start and text[first - 1] == "\\":
        first -= 1
    return (at - first) % 2 == 1
