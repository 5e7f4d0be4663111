"""Characters that nobody sees, as findings: what they smuggle reaches a model and no reader."""

import re

from memctl.domain.finding import Finding
from memctl.text.escape import hidden

AROUND = 4
"""Characters on each side by which a hidden one is known again after an edit elsewhere in its line."""

_RTL = re.compile("[\u05d0-\u060b\u0620-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
_RTL_MARKS = "\u061c\u200e\u200f"


def check(text: str, where: str, file: str | None, before: str, *, one_line: bool) -> list[Finding]:
    """One finding for each kind of hidden character, at its first place, with the count.

    One that stood between the same characters in `before` passes; of `one_line` a newline is hidden too.
    """
    keep = "" if one_line else "\n\t"
    if not hidden(text, keep=keep):
        return []
    places: dict[str, list[tuple[int, str]]] = {}
    for number, line in enumerate([text] if one_line else text.split("\n"), 1):
        for offset, kind in _hidden_in(line.removesuffix("\r"), keep):
            if line[max(0, offset - AROUND) : offset + AROUND + 1] not in before:
                places.setdefault(kind, []).append((number, line[offset]))
    found = []
    for kind, at in places.items():
        number, char = at[0]
        count = f"{len(at)} hidden characters" if len(at) > 1 else "a hidden character"
        message = f"the {where} holds {count} of the kind {kind} (U+{ord(char):04X}, line {number})"
        repair = "take out what cannot be seen"
        found.append(Finding(f"smuggled.{kind}", "error", message, file, number, repair))
    return found


def _hidden_in(line: str, keep: str) -> list[tuple[int, str]]:
    """Where the hidden characters of one line stand, and their kinds; direction marks may stand in Hebrew or
    Arabic."""
    found = list(hidden(line, keep=keep))
    if any(line[offset] in _RTL_MARKS for offset, _ in found) and _RTL.search(line):
        return [(offset, kind) for offset, kind in found if line[offset] not in _RTL_MARKS]
    return found
