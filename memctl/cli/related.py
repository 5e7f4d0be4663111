"""What is about the same subject as a memory that is saved: told, and asked about where a person can
answer."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from memctl.cli.keypress import press
from memctl.cli.run import Run
from memctl.text.escape import shell_word

if TYPE_CHECKING:
    from memctl.services.related.comparison import Verdict
    from memctl.services.related.nearby import Related

ANSWERS = {"r": "replace", "n": "narrow", "b": "beside", "c": "cancel"}
"""What a person may say of a new text and the memory that it seems to change, by its key."""

VERDICTS = {"r": "replace", "n": "narrow", "b": "beside", "s": "skip", "q": "quit"}
"""What a person may say of two memories that disagree, by its key."""

_AROUND = 8
"""Lines of the terminal that the question itself, its headings and what stands above it take."""

_LEAST = 3
"""Lines that are shown of each text however low the terminal is."""


def objects(found: "Sequence[Related]") -> list[dict[str, object]]:
    """Each as JSON."""
    return [{"name": one.name, **verdict_object(one.verdict)} for one in found]


def verdict_object(verdict: "Verdict") -> dict[str, object]:
    """How one stands to the other, as JSON."""
    strength = {"strength": verdict.strength} if verdict.strength else {}
    return {"relation": verdict.relation, **strength, "why": verdict.why}


def note(run: Run, saved: str, found: "Sequence[Related]", *, dry_run: bool) -> None:
    """Say on stderr what the memory `saved` may replace, and beside what it stands, each with what says so:
    an option of the save where nothing is written yet, else a command."""
    for one in found:
        relation, name = one.verdict.relation, shell_word(one.name)
        pair = f"memctl conflicts {shell_word(saved)} {name} --as"
        if relation == "replaces":
            how = f"--supersedes {name}" if dry_run else f"{pair} replace"
            run.out.note(f"it may replace {name} ({one.verdict.why}); to say so: {how}")
        elif relation == "repeats":
            change = f"memctl save --name {name} --update TEXT"
            run.out.note(f"{name} {one.verdict.why}; to change that one instead: {change}")
        elif relation not in ("repeats", "beside"):
            how = f"--narrows {name}" if dry_run else f"{pair} narrow"
            run.out.note(f"about the same subject as {name}: {one.verdict.why}; to link the two: {how}")


def ask(run: Run, text: str, one: "Related") -> str:
    """What the person wants done, one of `ANSWERS`, with both texts on the terminal."""
    run.out.warn(f"{one.name} is about the same subject: {one.verdict.why}")
    for heading, lines in ((one.name, one.memory.body), ("the new text", text)):
        typer.echo(run.out.paint(f"  {heading}", "1", sys.stderr), err=True)
        for line in _clipped(lines):
            typer.echo(run.out.paint(f"    {line}", "0", sys.stderr), err=True)
    return choose(run, ANSWERS)


def _clipped(text: str) -> list[str]:
    """The beginning of one of two texts, in lines that fit the terminal, and how much of it is left."""
    import shutil
    import textwrap

    width, height = shutil.get_terminal_size()
    most = max(_LEAST, (height - _AROUND) // 2)
    is_wide = any(char >= "\u2e80" for char in text)  # such a character takes two columns
    inside = max(24, width - 4) // (2 if is_wide else 1)
    lines = [part for line in text.strip().splitlines() for part in textwrap.wrap(line, inside) or [""]]
    left = len(lines) - most
    return lines if left <= 0 else [*lines[: most - 1], f"… and {left + 1} more lines"]


def choose(run: Run, answers: Mapping[str, str]) -> str:
    """The one of `answers` whose key is pressed; the end of the input is the last of them. Raises
    KeyboardInterrupt."""
    *_, last = answers.values()
    keys = "  ".join(f"[{key}]{answer[1:]}" for key, answer in answers.items())
    while True:
        key = press(run.out.paint(f"{keys}  ? ", "2", sys.stderr), sys.stderr)
        if key in ("", "\x04"):
            return last
        if key in answers:
            return answers[key]
