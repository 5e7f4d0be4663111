"""Two indexes made one: what a person wrote in either stays, and each memory keeps one pointer.

A section is a heading with the lines below it, up to the next heading; the lines before the first heading are
a section without one. Pure functions: text in, text out.
"""

from collections.abc import Collection, Iterator, Mapping

from memctl.format import header, index, links


def join(ours: str, theirs: str, renamed: Mapping[str, str]) -> str:
    """`ours` with what only `theirs` says: below a heading that both have, else as a section of its own.

    A memory that `ours` points to keeps that pointer; `renamed` are files of `theirs` that are called
    otherwise here. Joining what is joined already changes nothing.
    """
    for old, new in renamed.items():
        theirs = index.rename(theirs, old, new)
    theirs = _without_items(theirs, {p.file for p in index.pointers(ours)})
    if not theirs.strip():
        return ours
    if not ours.strip():
        return theirs
    eol = "\r\n" if "\r\n" in ours else "\n"
    lines = ours.split(eol) if eol == "\n" else ours.replace("\r\n", "\n").split("\n")
    for heading, body in _sections(theirs[header.body_start(theirs) :].replace("\r\n", "\n").split("\n")):
        lines = _with(lines, heading, body)
    return eol.join(lines)


def _without_items(text: str, files: Collection[str]) -> str:
    """`text` without the list items that point to `files` alone; what mentions them in prose stays."""
    found = index.pointers(text)
    gone = {p.line for p in found if p.item} - {p.line for p in found if p.file not in files}
    kept, dropping = [], False
    for number, line in enumerate(text.split("\n"), 1):
        goes_on = dropping and line[:1] in (" ", "\t") and bool(line.strip()) and not links.lead(line)
        dropping = number in gone or goes_on
        if not dropping:
            kept.append(line)
    return "\n".join(kept)


def _sections(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each heading ("" before the first one) and the lines below it. A `#` in fenced code is no heading."""
    heading, body, fence = "", list[str](), ""
    for line in lines:
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~") and fence in ("", mark):
            fence = "" if fence else mark
        if _is_heading(line) and not fence:
            yield heading, body
            heading, body = line, []
        else:
            body.append(line)
    yield heading, body


def _is_heading(line: str) -> bool:
    marks = len(line) - len(line.lstrip("#"))
    return 1 <= marks <= 6 and line[marks : marks + 1] in ("", " ", "\t")


def _with(lines: list[str], heading: str, body: list[str]) -> list[str]:
    """`lines` with a section of the other index: its new lines at the end of the same section, or all of
    it."""
    found = list(_spans(lines))
    at = next((end for known, start, end in found if known.strip() == heading.strip()), None)
    new = _trimmed(body if at is None and heading else _new(lines, body))
    if heading and at is None:
        return [*_trimmed(lines), "", heading, *([""] if new else []), *new, ""]
    if not new:
        return lines
    if at is None:
        at = len(lines)
    while at > 0 and not lines[at - 1].strip():
        at -= 1
    lists = at > 0 and links.lead(lines[at - 1]) > 0 and links.lead(new[0]) > 0
    return [*lines[:at], *([] if lists or not at else [""]), *new, *(lines[at:] or [""])]


def _new(lines: list[str], body: list[str]) -> list[str]:
    """What of `body` stands in none of `lines`; what only holds as a whole (code, a comment) is not taken
    apart."""
    if any(mark in line for line in body for mark in ("```", "~~~", "<!--", "-->")):
        return [] if "\n".join(_trimmed(body)) in "\n".join(lines) else body
    known = {line.strip() for line in lines}
    return [line for line in body if not line.strip() or line.strip() not in known]


def _spans(lines: list[str]) -> Iterator[tuple[str, int, int]]:
    """Each heading, and from which line to which (exclusive) its section goes."""
    start = 0
    for heading, body in _sections(lines):
        end = start + len(body) + bool(heading)
        yield heading, start, end
        start = end


def _trimmed(lines: list[str]) -> list[str]:
    """`lines` without blank ones at both ends."""
    used = [number for number, line in enumerate(lines) if line.strip()]
    return lines[used[0] : used[-1] + 1] if used else []
