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
    theirs = index.rename_all(theirs, {old: (new, None) for old, new in renamed.items()})
    theirs = _without_items(theirs, {p.file for p in index.pointers(ours)})
    if not theirs.strip():
        return ours
    if not ours.strip():
        return theirs
    eol = "\r\n" if "\r\n" in ours else "\n"
    lines = ours.split(eol) if eol == "\n" else ours.replace("\r\n", "\n").split("\n")
    joined = _Joined(lines)
    for heading, body in _sections(theirs[header.body_start(theirs) :].replace("\r\n", "\n").split("\n")):
        joined.add(heading, body)
    return eol.join(joined.lines())


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


class _Joined:
    """An index as its sections, read once, to which those of another one are added."""

    def __init__(self, lines: list[str]) -> None:
        self._sections = list(_sections(lines))
        self._first: dict[str, tuple[str, list[str]]] = {}
        for heading, body in self._sections:
            self._first.setdefault(heading.strip(), (heading, body))
        self._known = {line.strip() for line in lines}
        self._texts = ["\n".join(lines)]

    def lines(self) -> list[str]:
        """The whole index; the lines before the first heading have none."""
        return [line for heading, body in self._sections for line in (heading, *body)][1:]

    def add(self, heading: str, body: list[str]) -> None:
        """A section of the other index: its new lines at the end of the same section, or all of it."""
        there = self._first.get(heading.strip())
        if there is None:
            self._append(heading, _trimmed(body))
            return
        new = _trimmed(self._new(body))
        if new:
            self._insert(*there, new)
            self._note(new)

    def _append(self, heading: str, new: list[str]) -> None:
        first, last = self._sections[0][1], self._sections[-1][1]
        while first and not first[0].strip():
            del first[0]
        while last and not last[-1].strip():
            del last[-1]
        last.append("")
        body = [*([""] if new else []), *new, ""]
        self._sections.append((heading, body))
        self._first[heading.strip()] = heading, body
        self._note([heading, *new])

    def _insert(self, heading: str, body: list[str], new: list[str]) -> None:
        """Put `new` after what stands in `body`; a list goes on, other text begins a paragraph."""
        at = len(body)
        while at > 0 and not body[at - 1].strip():
            at -= 1
        before = body[at - 1] if at else heading
        goes_on = not before or (links.lead(before) > 0 and links.lead(new[0]) > 0)
        closing = [""] if at == len(body) and body is self._sections[-1][1] else []
        body[at:at] = [*([] if goes_on else [""]), *new, *closing]

    def _new(self, body: list[str]) -> list[str]:
        """What of `body` stands nowhere yet; what only holds as a whole (code, a comment) is not taken
        apart."""
        if any(mark in line for line in body for mark in ("```", "~~~", "<!--", "-->")):
            self._texts = ["\n".join(self._texts)]
            return [] if "\n".join(_trimmed(body)) in self._texts[0] else body
        return [line for line in body if not line.strip() or line.strip() not in self._known]

    def _note(self, new: list[str]) -> None:
        self._known.update(line.strip() for line in new)
        self._texts += new


def _trimmed(lines: list[str]) -> list[str]:
    """`lines` without blank ones at both ends."""
    used = [number for number, line in enumerate(lines) if line.strip()]
    return lines[used[0] : used[-1] + 1] if used else []
