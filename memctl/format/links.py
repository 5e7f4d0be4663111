"""The pointers of the index: which of its lines a reader sees, and which topic file a link in them names.

A pointer is a Markdown link to a topic file, mostly in a list item: `- [Title](file.md) — summary`,
`* [Title](file.md)`, `1. [Title](file.md)`. Links in prose and tables point too, but are no items. What
stands in the frontmatter, in an HTML comment or in fenced code is no pointer. This is the one grammar of the
index: what edits it, checks it, indexes it for search and puts it before a model asks here.

On the hot path: imports nothing but `format.header` and `text.escape`.
"""

from memctl.domain import is_index
from memctl.format import header
from memctl.text.escape import escape

POINTER_MAX = 150
"""Characters of one pointer line (docs/reference/formats.md)."""

_NEAR = 300
"""Characters in which the end of an ordinary title or target is looked for at once. Longer and nested ones
are read character by character, so that a line of brackets takes no longer than it is long."""

Link = tuple[int, int, str, str]
"""(start, end, title, target) of one Markdown link in a line."""


class Pointer:
    """A link to a topic file. `line` counts from 1, `text` is that line without its line end, `item` says
    whether it is a list item."""

    __slots__ = ("file", "item", "line", "text", "title")

    def __init__(self, line: int, file: str, title: str, text: str, item: bool) -> None:
        self.line = line
        self.file = file
        self.title = title
        self.text = text
        self.item = item


def pointers(text: str) -> list[Pointer]:
    """Every pointer of the index `text`, in order."""
    found = []
    for number, line in visible(text)[0]:
        named = [(file, link[2]) for link in links(line) if (file := file_of(link[3]))]
        if named:
            item = lead(line) > 0
            found += [Pointer(number, file, title, line, item) for file, title in named]
    return found


def visible(text: str) -> tuple[list[tuple[int, str]], int]:
    """The numbered lines outside frontmatter, comments and fenced code; and how many lines stand before a
    comment or code that is never closed (all, when none is)."""
    body = header.body_start(text)
    blanked, end = _blank_comments("\n" * text.count("\n", 0, body) + text[body:])
    lines = list(enumerate(blanked.replace("\r\n", "\n").split("\n"), 1))
    if not any(mark in blanked for mark in _CODE_MARKS):  # most indexes hold no code: a third of the time
        return lines, end
    from memctl.format import verbatim

    blocks = verbatim.Blocks(blanked)
    code = verbatim.line_numbers(blanked, blocks.code)
    opened = blanked.count("\n", 0, blocks.open) if blocks.open >= 0 else end
    return [line for line in lines if line[0] not in code], min(end, opened)


_CODE_MARKS = ("```", "~~~", "\n    ", "\t", ">    ", "-    ", ".    ")


def _blank_comments(text: str) -> tuple[str, int]:
    """`text` with nothing but line ends for its comments; and how many lines stand before one left open."""
    parts: list[str] = []
    at = 0
    end = text.count("\n") + 1
    for start, stop in comments(text):
        parts += (text[at:start], "\n" * text.count("\n", start, stop))
        at = stop
        if not text.endswith("-->", start + 4, stop):
            end = text.count("\n", 0, start)
    return "".join([*parts, text[at:]]), end


def without_comments(text: str) -> str:
    """`text` with a blank for every character of its comments, so that all else keeps its place."""
    parts: list[str] = []
    at, body = 0, header.body_start(text)
    for start, stop in ((body + a, body + b) for a, b in comments(text[body:])):
        inside = text[start:stop].split("\n")
        parts += (text[at:start], "\n".join([" " * len(line) for line in inside]))
        at = stop
    return "".join([*parts, text[at:]])


def comments(text: str) -> list[tuple[int, int]]:
    """Start and end of every HTML comment; one that is not closed reaches to the end."""
    found = []
    start = text.find("<!--")
    while start >= 0:
        close = text.find("-->", start + 4)
        stop = close + 3 if close >= 0 else len(text)
        found.append((start, stop))
        start = text.find("<!--", stop)
    return found


def shown(text: str) -> str:
    """What a session loads of the index `text`: frontmatter and comments left out."""
    text = text[header.body_start(text) :]
    spans = comments(text)
    starts = [0, *(stop for _, stop in spans)]
    stops = [*(start for start, _ in spans), len(text)]
    return "".join([text[start:stop] for start, stop in zip(starts, stops, strict=True)])


def lead(line: str) -> int:
    """The length of the mark that makes `line` a list item, with the blanks around it; 0 when it is none."""
    at = len(line) - len(line.lstrip(" \t"))
    stop = at
    while stop - at < 4 and line[stop : stop + 1].isdecimal():
        stop += 1
    marks = (".", ")") if stop > at else ("-", "*", "+")
    end = stop + 1 + len(line[stop + 1 :]) - len(line[stop + 1 :].lstrip(" \t"))
    return end if line[stop : stop + 1] in marks and end > stop + 1 else 0


def links(line: str) -> list[Link]:
    """The Markdown links of one line, from left to right. An escaped bracket opens none."""
    at, last = line.find("["), line.rfind("](")
    if not 0 <= at < last:
        return []
    title, end = line[at + 1 : last], line.find(")", last)
    rest = line[last + 2 : end] if end > 0 else "<"
    if "[" not in title and "\\" not in line and "`" not in line[:at] and not any(m in rest for m in "(<>"):
        return (
            [(at, end + 1, title, rest)] if "]" not in title else []
        )  # the form in which pointers are written
    found: list[Link] = []
    code, stop = _code(line) if "`" in line else [], 0
    while 0 <= (at := _outside(line, at, code, stop)) < last:
        link = None if line[at - 1 : at] == "\\" else _link(line, at)
        if link is not None:
            found.append(link)
            stop = link[1]
        at = line.find("[", at + 1 if link is None else stop)
    return found


def _outside(line: str, at: int, code: "list[tuple[int, int]]", seen: int) -> int:
    """The first `[` from `at` on that stands in no code. What begins before `seen`, in a link, is none."""
    while code and at >= 0:
        if code[-1][1] <= at or code[-1][0] < seen:
            code.pop()
        elif code[-1][0] < at:
            at = line.find("[", code[-1][1])
        else:
            break
    return at


def _code(line: str) -> "list[tuple[int, int]]":
    """The code spans of a line, the last first."""
    from memctl.format import verbatim

    return verbatim.inline(line, 0, len(line))[::-1]


def _link(line: str, at: int) -> "Link | None":
    """The link whose title opens at `at`."""
    middle = _title_end(line, at + 1)
    if line[middle : middle + 2] != "](":
        return None
    start = middle + 2 + (line[middle + 2 : middle + 3] == "<")
    stop = _target_end(line, start)
    end = stop + (line[stop : stop + 1] == ">")
    if line[end : end + 1] != ")":
        return None
    return at, end + 1, line[at + 1 : middle], line[start:stop]


def _title_end(line: str, at: int) -> int:
    """Where the title that begins at `at` ends: brackets in it are escaped, or a pair without another one."""
    near = line.find("]", at, at + _NEAR)
    if near >= 0 and "[" not in line[at:near] and "\\" not in line[at:near]:
        return near
    while at < len(line) and line[at] != "]":
        if line[at] == "\\":
            at += 2
        elif line[at] == "[":
            at = _past(line, at, "[", "]")
        else:
            at += 1
    return at


def _target_end(line: str, at: int) -> int:
    """Where the target that begins at `at` ends: parentheses in it are a pair without another one."""
    near = line.find(")", at, at + _NEAR)
    if near >= 0 and not any(mark in line[at:near] for mark in "(<>"):
        return near
    while at < len(line) and line[at] not in "<>)":
        at = _past(line, at, "(", ")") if line[at] == "(" else at + 1
    return at


def _past(line: str, at: int, opening: str, closing: str) -> int:
    """The place after the pair that opens at `at`; the line's end when another opens or none closes."""
    stop = at + 1
    while stop < len(line) and line[stop] not in (opening, closing):
        stop += 1
    return stop + 1 if line[stop : stop + 1] == closing else len(line)


def file_of(target: str) -> str:
    """The topic file that a link's target names, or "" when it names none, or one outside the directory."""
    if target[-3:] == ".md" and target[:-3].replace("-", "").isalnum() and not is_index(target):
        return target
    file = target.strip().split("#", 1)[0]
    if "%" in file:
        from urllib.parse import unquote

        file = unquote(file)
    file = file[2:] if file.startswith("./") else file
    if file[-3:].lower() != ".md" or not file.isprintable() or is_index(file):
        return ""
    outside = file[0] in "/~" or "://" in file or "\\" in file or ".." in file.split("/")
    return "" if outside else file


def target_of(file: str) -> str:
    """`file` as the target of a Markdown link."""
    if escape(file) == file and not any(c in " ()<>%#?" for c in file):
        return file
    from urllib.parse import quote

    return quote(file, safe="/-_.~+@,", errors="surrogateescape")


def can_point(file: str) -> bool:
    """Whether a pointer to `file` would be read back as one; a name with control characters is not."""
    stem = file.removesuffix(".md")
    if stem != file and stem.isascii() and stem.replace("-", "").isalnum() and not is_index(file):
        return True  # nearly always, and there may be very many
    return [p.file for p in pointers(pointer_line(file, "x", ""))] == [file]


def title(name: str) -> str:
    """What the pointer of a memory called `name` shows: a slug reads as words, other names as they are."""
    if name.isascii() and name == name.lower() and " " not in name:
        words = name.replace("_", "-").replace("-", " ").strip()
        return words[:1].upper() + words[1:]
    return name


def pointer_line(file: str, title: str, summary: str) -> str:
    """The pointer for `file`, at most POINTER_MAX characters where the file's own name leaves room.

    A summary that is too long ends with an ellipsis; without one the pointer is the link alone.
    """
    from memctl.format import excerpt  # only where a pointer is made

    return with_summary(f"- [{excerpt.label(title)}]({target_of(file)})", summary)


def with_summary(link: str, summary: str) -> str:
    """The pointer that begins with `link` and says `summary`, or its beginning."""
    from memctl.format import excerpt

    room = POINTER_MAX - len(link) - 3
    said = excerpt.beginning(summary, room) if room >= 12 else ""
    return f"{link} — {said}" if said else link
