"""The unified diff of what accepting a proposal writes: it is the gate, so it hides nothing of any file."""

import difflib
import re
from collections.abc import Iterator

from memctl.domain.change import Write
from memctl.domain.memory import Memory
from memctl.domain.skill_file import is_skill, path_of
from memctl.services.review.plan import Planned
from memctl.text.escape import escape


def diff(planned: Planned) -> list[str]:
    """Every file that is written or removed against what it is now, each line escaped; padding is summed up,
    never hidden."""
    if planned.change is None:
        return []
    moved = {new: old for old, new in planned.change.renames}
    lines: list[str] = []
    for operation in planned.change.operations:
        if operation.file in moved.values():
            continue  # shown where it comes to
        old = moved.get(operation.file, operation.file)
        if old != operation.file:
            lines += [f"rename from {old}", f"rename to {operation.file}"]
        after = operation.content if isinstance(operation, Write) else None
        lines += _compared(old, planned.before.get(old), operation.file, after)
    return list(_summed([_visible(line) for line in lines]))


def between(first: Planned, second: Planned) -> list[str]:
    """How the file that the second proposal makes differs from that of the first, as `diff` shows it."""
    name, other = f"proposed/{first.file}", f"yours/{second.file}"
    sides = (_text(first.after or b"").splitlines(), _text(second.after or b"").splitlines())
    lines = difflib.unified_diff(*sides, name, other, lineterm="", n=1)
    return list(_summed([_visible(line) for line in lines]))


def _compared(old: str, before: Memory | None, new: str, after: bytes | None) -> Iterator[str]:
    return difflib.unified_diff(
        _text(before.raw if before else b"").splitlines(),
        _text(after or b"").splitlines(),
        _side("a", old) if before else "/dev/null",
        "/dev/null" if after is None else _side("b", new),
        lineterm="",
        n=3,
    )


def _side(side: str, file: str) -> str:
    return path_of(file) if is_skill(file) else f"{side}/{file}"


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace").replace("\r\n", "\n")


_RUN = re.compile(r"(?P<c>[ \t\u00a0\u3000])(?P=c){39,}|(?P<d>\S)(?P=d){199,}")


def _visible(line: str) -> str:
    """One line as it is shown: escaped, and long runs of one character as their count."""
    shown = _RUN.sub(lambda m: f"⟨{len(m[0])} × {'space' if m['c'] else m['d']}⟩", line)
    return escape(shown, keep="\t")


REPEATED_MAX = 6
"""Equal lines in a row that are shown; more are summed up."""


def _summed(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and lines[end].rstrip() == lines[at].rstrip():
            end += 1
        if end - at > REPEATED_MAX:
            what = "empty" if not lines[at][1:].strip() else "equal"
            yield lines[at]
            yield f"{lines[at][:1]}⟨{end - at - 1} more {what} lines like this⟩"
        else:
            yield from lines[at:end]
        at = end
