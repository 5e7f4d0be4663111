"""What the doctor notes of one memory: all that its checks ask of a file, so that it need not be read again.

A pure function of the file's name and bytes (and of its time, where the header gives none). Each check works
on charts, whether they were just made or kept: so a kept one cannot lead to another finding.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from memctl.domain import relation
from memctl.domain.finding import Finding
from memctl.domain.memory import Memory, stem
from memctl.format import mentions, pointers
from memctl.services import guard
from memctl.text.escape import escape

CHECKED = 2 * guard.REFUSE_BYTES
"""Bytes of one file that are looked through: memctl itself writes none of half that length."""

_KEY = re.compile(rb"^[ \t\r\f\v]*(description|expires|name|supersededBy|type):", re.MULTILINE)
"""A key of the header of which a finding says the line."""

HEADER_LINES = 200
"""Lines of a file in which a key of the header is looked for."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One memory as the checks see it; `size` is that of what was read of it, in bytes."""

    file: str
    fingerprint: str
    name: str
    description: str
    type: str | None
    modified: float
    size: int
    out: str  # why it has no pointer in the index, as one word
    successor: str  # what its header says that replaces it
    expires: str
    warnings: tuple[str, ...]
    lines: dict[str, int]
    links: tuple[tuple[int, str], ...]  # (line, name) of each `[[name]]`
    said: tuple[Finding, ...]  # by the guard

    @property
    def stem(self) -> str:
        """What a person types to name this memory."""
        return stem(self.file)

    def line(self, key: str) -> int | None:
        """The line of the file on which the header has `key`, or None."""
        return self.lines.get(key)

    def values(self) -> list[Any]:
        """All of it as JSON takes it; `of_values` reads it."""
        plain: list[Any] = [getattr(self, name) for name in self.__slots__]
        return [*plain[:-1], [finding_values(finding) for finding in self.said]]


def of_values(found: list[Any]) -> Chart:
    """The chart that `values` gave. Raises TypeError, ValueError, IndexError for anything else."""
    (file, fingerprint, name, description, kind, modified, size, out, successor, expires, *more) = found
    warnings, lines, links, said = more
    if not isinstance(lines, dict):
        raise TypeError("lines")
    linked = tuple((int(number), str(name)) for number, name in links)
    return Chart(
        file, fingerprint, name, description, kind, modified, size, out, successor, expires,
        tuple(warnings), lines, linked, tuple(Finding(*item) for item in said),
    )  # fmt: skip


def finding_values(finding: Finding) -> list[Any]:
    """A finding as JSON takes it: `Finding(*values)` reads it."""
    return [finding.id, finding.severity, finding.message, finding.file, finding.line, finding.repair]


def of_memory(memory: Memory) -> Chart:
    """The chart of a memory."""
    expires, lines = memory.metadata.get("expires"), _lines(memory.raw)
    text = memory.raw.decode("utf-8", "replace")
    return Chart(
        memory.file, memory.fingerprint, memory.name, memory.description, memory.type, memory.modified,
        len(memory.raw), pointers.kept_out(memory), relation.superseded_by(memory.metadata),
        expires if isinstance(expires, str) else "", memory.warnings, lines,
        tuple(mentions.found(text)) if "[[" in text else (), tuple(_said(memory, text, lines)),
    )  # fmt: skip


def _lines(raw: bytes) -> dict[str, int]:
    """Where the keys stand in the header, or in what looks like one."""
    found: dict[str, int] = {}
    number, last = 1, 0
    for match in _KEY.finditer(raw):
        number += raw.count(b"\n", last, match.start(1))
        last = match.start(1)
        if number > HEADER_LINES:
            break
        found.setdefault(match[1].decode(), number)
    return found


def check_text(raw: bytes, where: str, file: str) -> Iterator[Finding]:
    """What the guard says of a file, of its beginning when it is far too long."""
    yield from guard.check_text(raw[:CHECKED].decode("utf-8", "replace"), where=where, file=file)
    if len(raw) > CHECKED:
        message = f"{escape(file)} has {len(raw):,} bytes; only the first {CHECKED:,} were checked"
        yield Finding(
            "size.unchecked", "warning", message, file, None, "cut it into memories of one fact each"
        )


def _said(memory: Memory, text: str, lines: dict[str, int]) -> Iterator[Finding]:
    """The file as written, and the header as decoded where the two differ: YAML escapes can hide things."""
    found = list(check_text(memory.raw, "file", memory.file))
    yield from found
    known = {finding.id for finding in found}
    for key, value in (("name", memory.name), ("description", memory.description)):
        if value in text:
            continue
        for finding in guard.check_text(value, where=key, file=memory.file):
            if finding.id not in known:
                yield replace(finding, line=lines.get(key))
