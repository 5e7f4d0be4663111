"""Edits of the index (`MEMORY.md`) as text: add, change and remove pointers.

Everything in the index that is no plain `- [Title](file.md) — summary` (headings, prose, tables, comments,
pointers in other styles) belongs to the person who wrote it and stays where it is, byte for byte. Pure
functions: text in, text out.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache

from memctl.format import excerpt, links
from memctl.format.links import Pointer, can_point, pointer_line, title

TITLE = "# Memory Index"


@lru_cache(maxsize=2)  # one change to an index of thousands of lines asks for the same text several times
def pointers(text: str) -> tuple[Pointer, ...]:
    """Every pointer of `text`, in order, as `links.pointers`."""
    return tuple(links.pointers(text))


def upsert(text: str, file: str, title: str, summary: str) -> str:
    """Give `file` a pointer: its own line is rewritten where it stands, else a new one is added.

    A pointer whose line holds more than the link and its summary (a table row, a sentence, two links) was
    composed by a person: it is left as it is. A new pointer goes after the last pointer of the index.
    """
    if all(pointer.file != file for pointer in pointers(text)):
        return _insert(text, [pointer_line(file, title, summary)])
    return describe(text, {file: summary})


def describe(text: str, summaries: Mapping[str, str]) -> str:
    """As `upsert` for each file of `summaries` that has a pointer: one reading for all of them."""
    lines = text.split("\n")
    seen: set[str] = set()
    for own in pointers(text):
        if own.file not in summaries or own.file in seen:
            continue
        seen.add(own.file)
        link = generated(own)
        if link:
            lines[own.line - 1] = lines[own.line - 1].replace(
                own.text, links.with_summary(link, summaries[own.file])
            )
    return "\n".join(lines)


def append(text: str, new: Iterable[tuple[str, str, str]]) -> str:
    """Add pointers, each (file, title, summary), of files that have none, after the last pointer."""
    lines = [pointer_line(*pointer) for pointer in new]
    return _insert(text, lines) if lines else text


def lead(text: str, *files: str) -> str:
    """Move the pointers of `files` before all others, as far as their lines hold nothing else."""
    closed = text if text.endswith("\n") else text + ("\r\n" if "\r\n" in text else "\n")
    lines = closed.split("\n")
    items = [pointer for pointer in pointers(text) if pointer.item]
    own = {
        p.line - 1 for p in items if p.file in files and generated(p) and lines[p.line][:1] not in (" ", "\t")
    }
    if not own:
        return text
    first = items[0].line - 1
    kept = [line for at, line in enumerate(lines) if at not in own]
    kept[first:first] = [lines[at] for at in sorted(own)]
    moved = "\n".join(kept)
    return moved if closed == text else moved.rstrip("\r\n")


def generated(pointer: Pointer) -> str:
    """The link of a line that is just `- [Title](file.md) — summary`, at the left margin; "" of another."""
    first = next(iter(links.links(pointer.text)), None)
    if not pointer.text.startswith("- ") or first is None or first[0] != links.lead(pointer.text):
        return ""
    rest = pointer.text[first[1] :]
    plain = not rest.strip() or (rest.startswith(" — ") and not links.links(rest))
    return pointer.text[: first[1]] if plain else ""


def _insert(text: str, new: list[str]) -> str:
    if not text.strip():
        return "\n".join([TITLE, "", *new, ""])
    eol = "\r\n" if "\r\n" in text else "\n"
    items = [p.line for p in pointers(text) if p.item]
    if items:
        return _insert_after(text, items[-1], new, eol)
    lines, end = text.split("\n"), links.visible(text)[1]
    if end < len(lines):  # a comment or code that is never closed would hide what comes after it
        return "\n".join([*lines[:end], eol.join([*new, "", ""]) + lines[end], *lines[end + 1 :]])
    gap = "" if text.endswith("\n") else eol
    return text + gap + ("" if _ends_blank(text) else eol) + eol.join([*new, ""])


def _insert_after(text: str, last: int, new: list[str], eol: str) -> str:
    """`text` with `new` lines after the list item on line `last`, which may go on in indented lines."""
    lines = text.split("\n")
    while last < len(lines) and lines[last][:1] in (" ", "\t") and lines[last].strip():
        last += 1
    closing = eol[:-1]
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
    seen = links.without_comments(text).split("\n")
    lines: list[str | None] = list(text.split("\n"))
    for pointer in {p.line: p for p in found if p.file in gone}.values():
        current = lines[pointer.line - 1]
        if current is None:
            continue
        if pointer.item and pointer.line not in kept:
            lines[pointer.line - 1] = None
            _drop_continuation(lines, pointer.line)
        else:
            lines[pointer.line - 1] = _relinked(current, seen[pointer.line - 1], gone, lambda shown, _: shown)
    return "\n".join(line for line in lines if line is not None)


def unlist(text: str, *files: str) -> str:
    """Take out the list items that lead to `files` alone; prose and lines that link elsewhere too stay."""
    lines: list[str | None] = list(text.split("\n"))
    for number in items_alone(text, files):
        lines[number - 1] = None
        _drop_continuation(lines, number)
    return "\n".join(line for line in lines if line is not None)


def items_alone(text: str, files: Collection[str]) -> list[int]:
    """The lines of the list items that lead to one of `files` and nowhere else."""
    found, wanted = pointers(text), set(files)
    other = {p.line for p in found if not p.item or p.file not in wanted}
    return [p.line for p in found if p.file in wanted and p.line not in other]


def _drop_continuation(lines: list[str | None], at: int) -> None:
    """A removed item takes its indented continuation lines along, but no nested item."""
    while at < len(lines):
        line = lines[at]
        if line is None or line[:1] not in (" ", "\t") or not line.strip() or links.lead(line):
            return
        lines[at] = None
        at += 1


def _relinked(line: str, seen: str, files: Collection[str], new: Callable[[str, str], str]) -> str:
    """`line` with `new(title, target)` in the place of every link to one of `files`.

    `seen` is what of the line is no comment, each character in its place.
    """
    parts, at = list[str](), 0
    for start, end, shown, target in links.links(seen):
        if links.file_of(target) in files:
            parts += (line[at:start], new(shown, target))
            at = end
    return "".join([*parts, line[at:]])


def rename(text: str, old: str, new: str, name: str | None = None) -> str:
    """As `rename_all` for one file."""
    return rename_all(text, {old: (new, name)})


def rename_all(text: str, names: Mapping[str, tuple[str, str | None]]) -> str:
    """Point every link to a file of `names` to the new one, in place: one reading for all of them.

    `names` maps a file to the new one and what that is called; unless None, it replaces the shown text where
    that was the old name, as it is or as a title.
    """

    def renamed(shown: str, target: str) -> str:
        """A whole link in the place of one that shows `shown` and leads to `target`, a file of `names`."""
        old = links.file_of(target)
        new, name = names[old]
        stem = old.removesuffix(".md")
        if name is not None and shown in (old, stem):
            shown = excerpt.label(name)
        elif name is not None and shown == excerpt.label(title(stem)):
            shown = excerpt.label(title(name))
        _, mark, anchor = target.partition("#")
        return f"[{shown}]({links.target_of(new)}{mark}{anchor})"

    numbers = {p.line for p in pointers(text) if p.file in names}
    if not numbers:
        return text
    lines, seen = text.split("\n"), links.without_comments(text).split("\n")
    for number in numbers:
        lines[number - 1] = _relinked(lines[number - 1], seen[number - 1], names, renamed)
    return "\n".join(lines)


def completed(text: str, file: str, summary: str) -> str:
    """`text` with its last line whole, where that is the beginning of the pointer of `file`."""
    own = pointers(text)[-1:]
    link = generated(own[0]) if own and own[0].file == file and text.endswith(own[0].text) else ""
    line = links.with_summary(link, summary)
    return text + line[len(own[0].text) :] if link and line.startswith(own[0].text) else text


def sync(text: str, memories: Iterable[tuple[str, str, str]], superseded: Collection[str] = ()) -> str:
    """Bring the index in line with the files: dead pointers go, orphans get one, the rest stays.

    `memories` are (file, title, summary) in the order in which new pointers are to appear; the items of
    `superseded` ones go, and they get none.
    """
    wanted = list(memories)
    text = unlist(text, *superseded)
    listed = {p.file for p in pointers(text)}
    dead = listed - {file for file, _, _ in wanted} - {*superseded}
    if dead:
        text = remove(text, *dead)
    new = [pointer_line(*memory) for memory in wanted if memory[0] not in listed and can_point(memory[0])]
    return _insert(text, new) if new else text
