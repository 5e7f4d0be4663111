"""The index (`MEMORY.md`) as text: find, add, change and remove pointers, and check its budgets.

A pointer is a list item that links to a topic file: `- [Title](file.md) — summary`. Everything else in the
index (headings, prose, tables, comments, hand-written pointers in other styles) belongs to the person who
wrote it and stays where it is, byte for byte. Pure functions: text in, text out.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

from memctl.domain.finding import Finding
from memctl.domain.memory import INDEX
from memctl.text.escape import escape

POINTER_MAX = 150
"""Characters of one pointer line (contract, section 3)."""

LINES_MAX = 200
BYTES_MAX = 25_000
"""What a session loads of the index; frontmatter and HTML comments do not count (contract, section 3)."""

TITLE = "# Memory Index"

_LINK = re.compile(  # an escaped bracket opens none, or each of many would be tried to the end of the line
    r"(?<!\\)\[(?P<title>(?:[^\[\]\\\n]|\\.|\[[^\[\]\n]*\])*+)\]"
    r"\(<?(?P<target>[^()<>\n]*(?:\([^()\n]*\)[^()<>\n]*)*)>?\)"
)
_ITEM = re.compile(r"^(?P<lead>[ \t]*(?:[-*+]|\d{1,4}[.)])[ \t]+)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_FRONTMATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)


@dataclass(frozen=True)
class Pointer:
    """One line of the index that links to a topic file. `line` counts from 1."""

    line: int
    file: str
    title: str
    text: str  # the whole line, without its line end


def pointers(text: str) -> list[Pointer]:
    """Every pointer of `text`, in order. Links in prose count too: what they name is not an orphan."""
    return list(_pointers(text))


@lru_cache(maxsize=2)  # one change to an index of thousands of lines asks for the same text several times
def _pointers(text: str) -> tuple[Pointer, ...]:
    found = []
    for number, line in _visible_lines(text):
        for match in _LINK.finditer(line):
            file = _file_of(match["target"])
            if file:
                found.append(Pointer(number, file, match["title"], line))
    return tuple(found)


def _visible_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines outside frontmatter, HTML comments and fenced code, with their numbers."""
    blanked = _blank(_FRONTMATTER, text)
    blanked = _blank(_COMMENT, blanked)
    fence = ""
    for number, line in enumerate(blanked.split("\n"), 1):
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~") and (not fence or mark == fence):
            fence = "" if fence else mark
            continue
        if not fence:
            yield number, line.rstrip("\r")


def _visible_end(text: str) -> int:
    """How many lines stand before a comment or fenced code that is never closed; all when there is none."""
    blanked = _blank(_FRONTMATTER, text)
    end = text.count("\n") + 1
    for match in _COMMENT.finditer(blanked):
        if not match[0].endswith("-->"):
            end = blanked.count("\n", 0, match.start())
    fence, opened = "", end
    for number, line in enumerate(_blank(_COMMENT, blanked).split("\n")):
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~") and (not fence or mark == fence):
            fence, opened = ("", end) if fence else (mark, number)
    return min(end, opened)


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda m: "\n" * m[0].count("\n"), text)


def _file_of(target: str) -> str:
    """The topic file that a link target names, or "" when it names none."""
    target = target.strip().split("#", 1)[0]
    if "://" in target or target.startswith(("/", "~")) or "\\" in target:
        return ""
    file = unquote(target)
    file = file[2:] if file.startswith("./") else file
    safe = file.lower().endswith(".md") and ".." not in file.split("/") and file.isprintable()
    return file if safe and file.lower() != INDEX.lower() else ""


def title(name: str) -> str:
    """What the pointer of a memory called `name` shows: a slug reads as words, other names as they are."""
    if name.isascii() and name == name.lower() and " " not in name:
        words = name.replace("_", "-").replace("-", " ").strip()
        return words[:1].upper() + words[1:]
    return name


def pointer_line(file: str, title: str, summary: str) -> str:
    """The pointer for `file`, at most POINTER_MAX characters where the file's own name leaves room.

    The summary is cut at a word with an ellipsis; without one the pointer is the link alone.
    """
    shown = _plain(title).replace("\\", "\\\\")
    link = f"- [{shown}]({_target(file)})"
    summary = _plain(summary)
    room = POINTER_MAX - len(link) - 3
    if not summary or room < 12:
        return link
    if len(summary) > room:
        cut = summary[: room - 1]
        at_word = cut.rfind(" ")
        summary = (cut[:at_word] if at_word > room // 2 else cut).rstrip(" ,;:—-") + "…"
    return f"{link} — {summary}"


def _target(file: str) -> str:
    """`file` as the target of a Markdown link."""
    plain = escape(file) == file and not any(c in " ()<>%#?" for c in file)
    return file if plain else quote(file, safe="/-_.~+@,", errors="surrogateescape")


def _plain(text: str) -> str:
    """One line, with brackets that would end a link's title made harmless."""
    return escape(" ".join(text.split()).replace("[", "(").replace("]", ")"))


def can_point(file: str) -> bool:
    """Whether a pointer to `file` would be read back as one; a name with control characters is not."""
    return [p.file for p in pointers(pointer_line(file, "x", ""))] == [file]


def upsert(text: str, file: str, title: str, summary: str) -> str:
    """Give `file` a pointer: its own line is rewritten where it stands, else a new one is added.

    A pointer whose line holds more than the link and its summary (a table row, a sentence, two links) was
    composed by a person: it is left as it is. A new pointer goes after the last pointer of the index.
    """
    lines = text.split("\n")
    own = [p for p in pointers(text) if p.file == file]
    if own:
        for pointer in own[:1]:
            if _is_generated(pointer):
                eol = "\r" if lines[pointer.line - 1].endswith("\r") else ""
                lines[pointer.line - 1] = pointer_line(file, title, summary) + eol
        return "\n".join(lines)
    return _insert(text, [pointer_line(file, title, summary)])


def _is_generated(pointer: Pointer) -> bool:
    """Whether a line is a plain `- [Title](file.md) — summary`, at the left margin."""
    lead = _ITEM.match(pointer.text)
    if not lead or lead["lead"] != "- ":
        return False
    link = _LINK.match(pointer.text, lead.end())
    rest = pointer.text[link.end() :] if link else "x"
    return not rest.strip() or (rest.startswith(" — ") and not _LINK.search(rest))


def _insert(text: str, new: list[str]) -> str:
    if not text.strip():
        return "\n".join([TITLE, "", *new, ""])
    eol = "\r\n" if "\r\n" in text else "\n"
    items = [p.line for p in pointers(text) if _ITEM.match(p.text)]
    lines = text.split("\n")
    if not items:
        end = _visible_end(text)
        if end < len(lines):  # a comment or code that is never closed would hide what comes after it
            return "\n".join([*lines[:end], eol.join([*new, "", ""]) + lines[end], *lines[end + 1 :]])
        gap = "" if text.endswith("\n") else eol
        return text + gap + ("" if _ends_blank(text) else eol) + eol.join([*new, ""])
    last = items[-1]
    while last < len(lines) and lines[last][:1] in (" ", "\t") and lines[last].strip():
        last += 1  # a wrapped item goes on in indented lines
    closing = "\r" if eol == "\r\n" else ""
    if last == len(lines):  # the last line has no line end yet
        lines[-1] += closing
        return "\n".join([*lines, *(line + closing for line in new[:-1]), new[-1]])
    return "\n".join([*lines[:last], *(line + closing for line in new), *lines[last:]])


def _ends_blank(text: str) -> bool:
    return text.replace("\r", "").endswith("\n\n")


def remove(text: str, *files: str) -> str:
    """Take out the pointers of `files`. A line that links elsewhere too, or is no list item, keeps its text.

    Such a line is left for the person: only the link to a removed file becomes plain text.
    """
    gone = set(files)
    found = pointers(text)
    kept = {p.line for p in found if p.file not in gone}
    lines: list[str | None] = list(text.split("\n"))
    for pointer in (p for p in found if p.file in gone):
        current = lines[pointer.line - 1]
        if current is None:
            continue
        if _ITEM.match(pointer.text) and pointer.line not in kept:
            lines[pointer.line - 1] = None
            _drop_continuation(lines, pointer.line)
        else:
            lines[pointer.line - 1] = _unlink(current, gone)
    return "\n".join(line for line in lines if line is not None)


def _drop_continuation(lines: list[str | None], at: int) -> None:
    """A removed item takes its indented continuation lines along, but no nested item."""
    while at < len(lines):
        line = lines[at]
        if line is None or line[:1] not in (" ", "\t") or not line.strip() or _ITEM.match(line):
            return
        lines[at] = None
        at += 1


def _unlink(line: str, gone: set[str]) -> str:
    return _LINK.sub(lambda m: m["title"] if _file_of(m["target"]) in gone else m[0], line)


def rename(text: str, old: str, new: str, name: str | None = None) -> str:
    """Point every link from `old` to `new`, in place.

    `name` replaces the shown text where that was the old name, as it is or as a title.
    """
    target = _target(new)
    stem = old.removesuffix(".md")

    def swap(match: re.Match[str]) -> str:
        if _file_of(match["target"]) != old:
            return match[0]
        shown = match["title"]
        if name is not None and shown in (old, stem):
            shown = name
        elif name is not None and shown == title(stem):
            shown = title(name)
        anchor = match["target"].partition("#")
        return f"[{shown}]({target}{anchor[1]}{anchor[2]})"

    lines = text.split("\n")
    for pointer in pointers(text):
        if pointer.file == old:
            lines[pointer.line - 1] = _LINK.sub(swap, lines[pointer.line - 1])
    return "\n".join(lines)


def sync(text: str, memories: Iterable[tuple[str, str, str]]) -> str:
    """Bring the index in line with the files: dead pointers go, orphans get one, the rest stays.

    `memories` are (file, title, summary) in the order in which new pointers are to appear.
    """
    wanted = list(memories)
    listed = {p.file for p in pointers(text)}
    dead = listed - {file for file, _, _ in wanted}
    if dead:
        text = remove(text, *dead)
    new = [pointer_line(*memory) for memory in wanted if memory[0] not in listed and can_point(memory[0])]
    return _insert(text, new) if new else text


def is_foreign(text: str) -> str:
    """Why this index is a document of another kind that is not maintained, or "".

    A table of memories or a notebook kept under this name has no pointer lines to keep in line; adding list
    items would break what the person made.
    """
    visible = [line for _, line in _visible_lines(text) if line.strip()]
    if not visible or any(_ITEM.match(p.text) for p in pointers(text)):
        return ""
    rows = sum(1 for line in visible if line.lstrip().startswith("|"))
    if rows >= 3 or any(_rules_table(line) for line in visible):
        return "keeps its memories in a table"
    body = [line for line in visible if not line.startswith("#")]
    if len(body) >= 6:
        return "is a notebook, not a list of pointers"
    return ""


def _rules_table(line: str) -> bool:
    """Whether the line is the rule below a table's heading: `| --- | :-: |`."""
    cells = line.strip().removeprefix("|").removesuffix("|").split("|")
    bars = [cell.strip().removeprefix(":").removesuffix(":") for cell in cells]
    return "|" in line and all(len(bar) >= 3 and not bar.strip("-") for bar in bars)


@dataclass(frozen=True)
class Budget:
    """How much of the index a session loads. `cut_line` is the first line that is not, or None."""

    lines: int
    bytes: int
    cut_line: int | None


def budget(text: str) -> Budget:
    """Measure `text` as a session loads it: frontmatter and comments out, whole lines, both limits."""
    shown = _COMMENT.sub("", _FRONTMATTER.sub("", text))
    lines = shown.rstrip("\n").split("\n") if shown.strip() else []
    size, cut = 0, None
    for number, line in enumerate(lines, 1):
        size += len(line.encode("utf-8", "surrogatepass")) + 1
        if cut is None and (number > LINES_MAX or size > BYTES_MAX):
            cut = number
    return Budget(len(lines), size, _source_line(text, lines, cut))


def _source_line(text: str, shown: list[str], cut: int | None) -> int | None:
    """The line of the file that holds line `cut` of what is shown."""
    if cut is None:
        return None
    skipped = text.count("\n", 0, len(text) - len(_FRONTMATTER.sub("", text)))
    comments = sum(m[0].count("\n") for m in _COMMENT.finditer(text))
    return cut + skipped + comments


def check(text: str, files: Iterable[str]) -> list[Finding]:
    """Every drift between the index and `files`: orphan, dead, duplicate, long line, over-budget cut."""
    known = set(files)
    found = pointers(text)
    listed: dict[str, int] = {}
    findings = []
    for pointer in found:
        if pointer.file not in known:
            message = f"points to {pointer.file}, which does not exist"
            findings.append(_finding("dead-pointer", "error", message, pointer.line, "memctl index"))
        elif pointer.file in listed and _ITEM.match(pointer.text):
            message = f"points to {pointer.file} again (first on line {listed[pointer.file]})"
            findings.append(
                _finding("duplicate-pointer", "note", message, pointer.line, "remove one by hand")
            )
        listed.setdefault(pointer.file, pointer.line)
        if _ITEM.match(pointer.text) and len(pointer.text) > POINTER_MAX:
            message = f"is {len(pointer.text)} characters; a pointer has at most {POINTER_MAX}"
            repair = f"shorten the line for {pointer.file}"
            findings.append(_finding("long-line", "warning", message, pointer.line, repair))
    for file in sorted(known - listed.keys()):
        if not can_point(file):
            message = f"{file} cannot stand in a link, so {INDEX} cannot point to it"
            findings.append(Finding("index.name", "warning", message, file, None, "rename the file"))
            continue
        message = f"{file} has no pointer in {INDEX}"
        findings.append(Finding("index.orphan", "error", message, file, None, "memctl index"))
    return findings + over_budget(text)


def over_budget(text: str) -> list[Finding]:
    """The finding for an index that a session would load only in part, or none."""
    size = budget(text)
    if size.cut_line is None:
        return []
    message = (
        f"is {size.lines} lines and {size.bytes:,} bytes; a session loads {LINES_MAX} lines and "
        f"{BYTES_MAX:,} bytes, so what stands from line {size.cut_line} on is not seen"
    )
    repair = "shorten summaries, or `memctl forget` what is out of date"
    return [_finding("over-budget", "warning", message, size.cut_line, repair)]


def _finding(check_id: str, severity: str, message: str, line: int, repair: str) -> Finding:
    return Finding(f"index.{check_id}", severity, f"{INDEX}:{line} {message}", INDEX, line, repair)
