"""Where the index and the files drift apart, and how much of the index a session loads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from memctl.domain.finding import Finding
from memctl.domain.memory import INDEX
from memctl.format import header, index, links
from memctl.format.links import POINTER_MAX, can_point, pointers

LINES_MAX = 200
BYTES_MAX = 25_000

OWN_TEXT = "shorten what you wrote in it, or `memctl tier NAME warm` what a prompt will find"
"""What to do where headings, prose, pointers in a person's own words and pinned ones alone fill the index."""

NEARLY = 0.9
"""Part of the lines or bytes from which on an index counts as full: a memory without a pointer is warm then.
Lower, and one that nobody ever listed goes unnoticed sooner; higher, and `forget` makes drift of the next."""
"""What a session loads of the index (docs/reference/formats.md); frontmatter and comments do not count."""


def is_foreign(text: str) -> str:
    """Why this index is a document of another kind that is not maintained, or "".

    A table of memories or a notebook kept under this name has no pointer lines to keep in line; adding list
    items would break what the person made.
    """
    visible = [line for _, line in links.visible(text)[0] if line.strip()]
    if not visible or any(p.item for p in pointers(text)):
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
    shown = links.shown(text)
    lines = shown.rstrip("\n").split("\n") if shown.strip() else []
    size, cut = 0, None
    for number, line in enumerate(lines, 1):
        size += len(line.encode("utf-8", "surrogatepass")) + 1
        if cut is None and (number > LINES_MAX or size > BYTES_MAX):
            cut = number
    return Budget(len(lines), size, _source_line(text, cut))


def _source_line(text: str, cut: int | None) -> int | None:
    """The line of the file that holds line `cut` of what is shown."""
    if cut is None:
        return None
    body = header.body_start(text)
    comments = sum(text.count("\n", body + start, body + stop) for start, stop in links.comments(text[body:]))
    return cut + text.count("\n", 0, body) + comments


def is_full(text: str) -> bool:
    """Whether the index `text` has hardly room for more pointers."""
    size = budget(text)
    return size.lines >= NEARLY * LINES_MAX or size.bytes >= NEARLY * BYTES_MAX


def check(
    text: str, files: Iterable[str], kept_out: Mapping[str, str] | None = None, repair: str = OWN_TEXT
) -> list[Finding]:
    """Every drift between the index and `files`: orphan, dead, duplicate, long line, over-budget cut, and a
    pointer to one of those that are `kept_out` of it, which are given with the reason in one word.

    Where the index is full, a memory without a pointer is warm, which is no drift. `repair` is what makes an
    index shorter that is too long.
    """
    known, kept_out = set(files), kept_out or {}
    found = pointers(text)
    listed: dict[str, int] = {}
    findings = []
    alone = {*index.items_alone(text, kept_out)}
    for pointer in found:
        if pointer.line in alone:
            why = kept_out[pointer.file]
            told = f"points to a memory that is {why}", pointer.line, "memctl index"
            findings.append(
                _finding("superseded", "note", *told)
                if why == "superseded"
                else _finding("tier", "note", *told)
            )
    for pointer in found:
        if pointer.file not in known:
            message = f"points to {pointer.file}, which does not exist"
            findings.append(_finding("dead-pointer", "error", message, pointer.line, "memctl index"))
        elif pointer.file in listed and pointer.item:
            message = f"points to {pointer.file} again (first on line {listed[pointer.file]})"
            findings.append(
                _finding("duplicate-pointer", "note", message, pointer.line, "remove one by hand")
            )
        listed.setdefault(pointer.file, pointer.line)
        if pointer.item and len(pointer.text) > POINTER_MAX:
            message = f"is {len(pointer.text)} characters; a pointer has at most {POINTER_MAX}"
            repair = f"shorten the line for {pointer.file}"
            findings.append(_finding("long-line", "warning", message, pointer.line, repair))
    full = is_full(text)
    for file in sorted(known - listed.keys() - kept_out.keys()):
        if not can_point(file):
            message = f"{file} cannot stand in a link, so {INDEX} cannot point to it"
            findings.append(Finding("index.name", "warning", message, file, None, "rename the file"))
            continue
        if not full:
            message = f"{file} has no pointer in {INDEX}"
            findings.append(Finding("index.orphan", "error", message, file, None, "memctl index"))
    return findings + over_budget(text, repair)


def over_budget(text: str, repair: str = OWN_TEXT) -> list[Finding]:
    """The finding for an index that a session would load only in part, or none."""
    size = budget(text)
    if size.cut_line is None:
        return []
    message = (
        f"is {size.lines} lines and {size.bytes:,} bytes; a session loads {LINES_MAX} lines and "
        f"{BYTES_MAX:,} bytes, so what stands from line {size.cut_line} on is not seen"
    )
    return [_finding("over-budget", "warning", message, size.cut_line, repair)]


def _finding(check_id: str, severity: str, message: str, line: int, repair: str) -> Finding:
    return Finding(f"index.{check_id}", severity, f"{INDEX}:{line} {message}", INDEX, line, repair)
