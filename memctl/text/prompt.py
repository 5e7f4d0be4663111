"""What a prompt asks, apart from what is pasted into it: a diff, a log, a stack trace, a block of code.

Told by structure alone: fences, indentation, and how lines begin. The person's own lines are what is searched
for; a prompt that is nothing but a paste is asked as it stands.

On the hot path: imports nothing.
"""

PASTED_MIN = 3
"""Pasted lines below which a prompt is taken whole: one quoted line is part of the question."""

_DIFF = ("diff --git ", "@@ ", "--- a/", "+++ b/", "index ")
_TRACE = ("Traceback (most recent", 'File "', "Caused by:")


def asked_and_pasted(prompt: str) -> tuple[str, str]:
    """(what the person wrote, what is pasted); the second is empty when nothing is, or when all is."""
    if prompt.count("\n") < PASTED_MIN:
        return prompt, ""
    asked: list[str] = []
    pasted: list[str] = []
    fenced = False
    lines = prompt.split("\n")
    diff = any(line.startswith(_DIFF[:3]) for line in lines)
    for line in lines:
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif fenced or _is_pasted(line, diff):
            pasted.append(line)
        else:
            asked.append(line)
    if len(pasted) < PASTED_MIN or not any(line.strip() for line in asked):
        return prompt, ""
    return "\n".join(asked), "\n".join(pasted)


def _is_pasted(line: str, diff: bool) -> bool:
    """Whether a line looks as machines write it; `diff`: it stands in a prompt that shows a diff."""
    text = line.lstrip()
    if diff and (line[:1] in ("+", "-", "@", " ") or line.startswith(_DIFF)):
        return True
    if len(line) - len(text) >= 2 and text and not text[0].isdigit() and text[0] not in "-*+•":
        return True  # indented, and no item of a list
    return text.startswith(_TRACE) or line.startswith(">") or _is_logged(text)


def _is_logged(text: str) -> bool:
    """Whether a line begins with a time or with a level in capitals: `12:03:55`, `[ERROR]`."""
    first = text.split(" ", 1)[0].strip("[]():|")
    if sum(c.isdigit() for c in first) >= 4 and any(c in first for c in ":-/"):
        return True
    return first in ("TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL")
