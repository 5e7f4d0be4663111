"""Characters that nobody sees, as findings: what they smuggle reaches a model and no reader."""

import re

from memctl.domain.finding import Finding
from memctl.text.escape import hidden

_RTL = re.compile("[\u05d0-\u060b\u0620-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
_RTL_MARKS = "\u061c\u200e\u200f"


def check(text: str, where: str, file: str | None, before: str, *, one_line: bool) -> list[Finding]:
    """One finding for each kind of hidden character, at its first place, with the count.

    Lines that stand in `before` as well pass; of `one_line` a newline is hidden too.
    """
    keep = "" if one_line else "\n\t"
    if not hidden(text, keep=keep):
        return []
    places: dict[str, list[tuple[int, str]]] = {}
    known = frozenset(before.split("\n")) if before else ()
    for number, line in enumerate([text] if one_line else text.split("\n"), 1):
        if line in known:
            continue
        for char, kind in _hidden_in(line.removesuffix("\r"), keep):
            places.setdefault(kind, []).append((number, char))
    found = []
    for kind, at in places.items():
        number, char = at[0]
        count = f"{len(at)} hidden characters" if len(at) > 1 else "a hidden character"
        message = f"the {where} holds {count} of the kind {kind} (U+{ord(char):04X}, line {number})"
        found.append(
            Finding(f"smuggled.{kind}", "error", message, file, number, "take out what cannot be seen")
        )
    return found


def _hidden_in(line: str, keep: str) -> list[tuple[str, str]]:
    """The hidden characters of one line and their kinds; direction marks may stand in Hebrew or Arabic."""
    found = [(line[offset], kind) for offset, kind in hidden(line, keep=keep)]
    if any(char in _RTL_MARKS for char, _ in found) and _RTL.search(line):
        return [(char, kind) for char, kind in found if char not in _RTL_MARKS]
    return found
