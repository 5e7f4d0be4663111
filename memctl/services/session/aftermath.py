"""What became of what was done: which failures are open, what comes next, who waits for what."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from memctl.domain.contents import Item
from memctl.services.session import clipping
from memctl.text import shell
from memctl.text.oneline import flat

LINE_MAX = 200
"""Characters of an error's line that are kept."""

LOOKED_AT = 100
"""Lines of each end of an output that are looked at."""

_TELLS = re.compile(
    r"\b(?:error|fail(?:ed|ure|s)?|exception|panic|fatal|cannot|denied|not found|undefined|traceback)\b"
    r"|[✗✘❌]|\w(?:Error|Exception)\b",
    re.IGNORECASE,
)
"""What programs write where they say why they stopped; they do so in English whatever their user speaks."""

_FRAME = re.compile(
    r"(?:Exit code|Process exited|Exit code:|Chunk ID|Wall time|Traceback|Output:|FAIL$)", re.I
)


_WORD = re.compile(r"[^\W\d_]{2}")
"""A line without letters (a bracket, a count, a mark) says nothing alone."""


def error_line(output: str) -> str:
    """The line of a failed tool's output that says why, verbatim and without secrets; the last one
    with a word where none does. Of a long one at most twice LINE_MAX."""
    lines = output.split("\n")
    ends = lines if len(lines) <= 2 * LOOKED_AT else lines[:LOOKED_AT] + lines[-LOOKED_AT:]
    lines = [line.strip() for line in ends if _WORD.search(line)]
    lines = [line for line in lines if not _FRAME.match(line)]
    found = next((line for line in lines if _TELLS.search(line)), lines[-1] if lines else "")
    at = output.find(found) if _TELLS.search(found) else output.rfind(found)
    return flat(clipping.part(output, at, at + min(len(found), 2 * LINE_MAX)))


_PARTS = re.compile(rf"{shell.JOINS.pattern}|\$\(")


def likeness(command: str) -> tuple[str, ...]:
    """The program and its subcommand of each part of a command line: what makes two commands alike. What
    every line has (cd, echo, pagers, shell words) is left out."""
    found = []
    for words in _ran(command):
        sub = words[1] if len(words) > 1 and re.fullmatch(r"[a-z][\w:.-]*", words[1]) else ""
        found.append(f"{words[0].rpartition('/')[2]} {sub}".strip())
    return tuple(dict.fromkeys(found))


def _ran(command: str) -> Iterator[list[str]]:
    """The words of each part of a command line that runs a program, the program first."""
    for part in _PARTS.split(shell.QUOTED.sub(" ", shell.HEREDOC.sub(r"\1", command))):
        words = shell.words(part)
        while words and (words[0] in shell.WRAPPERS or words[0].isdigit()):
            del words[0]
        if words and words[0] not in shell.IDLE and not words[0].startswith(("-", "#", ">", "2>")):
            yield words


_ASKS = re.compile(
    r"(?:command -[vV]|which|type|hash|test|\[\[?|pgrep|kill -0|cmp|diff|[efz]?grep|rg"
    r"|git (?:grep|diff|rev-parse|show-ref|merge-base|check-ignore|ls-files|ls-remote|config)|\w+ is-\w+)"
    r"(?: |$)"
)
"""Programs whose exit code is their answer, by POSIX and by the manuals of git, grep and systemd."""


def is_probe(command: str) -> bool:
    """Whether all that `command` runs only asks: failing without a word it says no."""
    return all(_ASKS.match(" ".join(words)) for words in _ran(command))


def parted(commands: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """The failed ones among `commands`: those of which nothing alike succeeded later, and the others.

    One that only asks and said nothing is neither: its exit code is the answer.
    """
    succeeded: set[str] = set()
    still_open: list[Item] = []
    done_otherwise: list[Item] = []
    for item in reversed(commands):
        alike = set(likeness(item.text))
        if item.outcome == "ok":
            succeeded |= alike
        elif item.outcome == "failed" and alike and (item.about or not is_probe(item.text)):
            (done_otherwise if alike & succeeded else still_open).append(item)
    return still_open[::-1], done_otherwise[::-1]


def next_step(steps: Sequence[Item], said: Item | None) -> Item | None:
    """What comes next: of a plan the step under way, else the first that is open; without a plan what the
    agent said last, from which it is only inferred."""
    going = [step for step in steps if step.outcome == "now"] or [s for s in steps if not s.outcome]
    if going:
        return going[0]
    last = [part.strip() for part in said.text.split("\n") if part.strip()][-1:] if said else []
    return replace(said, text=flat(last[0])[:400], seen=False) if said and last else None


def asked(said: Item | None) -> Iterator[Item]:
    """The question with which the agent's last words end: the person has not answered it."""
    text = said.text.rstrip() if said else ""
    if said and text.endswith(("?", "？", "؟", ";")) and not text.endswith(";"):
        line = flat(text.split("\n")[-1])
        yield replace(said, text=line[-400:])
