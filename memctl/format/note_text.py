"""A session note as text: what a session holds, line by line within a budget, each with its turn.

`[12]` in front of a line is the turn that it stands in, `[12~]` that it is only inferred from there. Classes
have shares of the budget; what one leaves over goes to the next ones in the order of need, and what finds no
room is the oldest of its class. Of constraints the earliest stay: whatever comes later, those that a note
kept once are kept by every later note of the session.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from memctl.domain.contents import Contents, Item
from memctl.text import shell
from memctl.text.escape import escape
from memctl.text.fence import disarm
from memctl.text.oneline import flat, harmless

MAX_TOKENS = 1_000
"""Tokens of a note where nothing else is said."""

WIDTHS = ((1_200, 200), (600, 120), (300, 60))
"""Characters of a message of the person, and of one part of a command line, that are shown: the most with
which everything finds room, else the least. A message says in its beginning what is wanted, a command the
program, its subcommand and what they are about."""

LINE_MAX = 240
"""Characters of any other line."""

CONSTRAINTS = "Constraints, verbatim"
PASSED = "Failed, then passed"
SHARES = {
    CONSTRAINTS: 0.40,
    "Task, first message": 0.09,
    "Messages, newest first": 0.12,
    "Errors still open": 0.08,
    "Next": 0.06,
    "Waiting": 0.05,
    "Decided": 0.08,
    "Files edited, newest first": 0.20,
    "Commands, newest first": 0.24,
    "Files read, newest first": 0.12,
    "Tried, failed, then done otherwise or refused": 0.07,
    "Done": 0.05,
    PASSED: 0,
}
"""Share of the budget that each class may have at first, in the order in which they stand and are served.
Together more than the whole: a session seldom has all of them. Constraints get nothing beyond theirs, so that
what was kept of them does not depend on what else there is; what passed at last gets what all others
leave."""

NEED = (
    "Files edited, newest first",
    "Commands, newest first",
    "Files read, newest first",
    "Errors still open",
    "Task, first message",
    "Messages, newest first",
    "Decided",
    "Done",
    "Tried, failed, then done otherwise or refused",
    "Waiting",
    "Next",
    PASSED,
)
"""Who gets what is left: files and commands are what agents lack most after a compaction."""


def tokens(text: str) -> int:
    """About how many tokens `text` is: four ASCII characters, or one other character, to a token."""
    other = len(text) - len(text.encode("ascii", "ignore"))
    return (len(text) - other + 3) // 4 + other


@dataclass(frozen=True)
class Line:
    """One line of a class, and the line that it makes longer when it follows one of the same `group`."""

    text: str
    group: str = ""
    more: str = ""


def note(contents: Contents, max_tokens: int = MAX_TOKENS) -> str:
    """The note of at most `max_tokens`; "" for a session in which nothing was said or done.

    A short session has its messages and commands in more detail than a long one.
    """
    head = _head(contents)
    chosen: list[str] = []
    for widths in WIDTHS:
        classes = {name: list(lines) for name, lines in _classes(contents, widths)}
        chosen, whole = _chosen(classes, max_tokens, max_tokens - tokens(head) - 1)
        if whole:
            break
    return "\n".join([head, *chosen]) + "\n" if chosen else ""


def _chosen(classes: Mapping[str, Sequence[Line]], most: int, left: int) -> tuple[list[str], bool]:
    """The lines that find room, and whether all did."""
    parts: dict[str, Part] = {}
    rooms = {name: int(most * share) for name, share in SHARES.items()}
    parts[CONSTRAINTS] = _fill(CONSTRAINTS, classes.get(CONSTRAINTS, []), min(left, rooms.pop(CONSTRAINTS)))
    left -= parts[CONSTRAINTS].used
    wanted = sum(_fill(name, classes.get(name, []), room).used for name, room in rooms.items())
    scarce = min(1.0, left / wanted) if wanted else 1.0
    for name, room in rooms.items():  # first each its share, then what is left in the order of need
        parts[name] = _fill(name, classes.get(name, []), min(left, int(room * scarce)))
        left -= parts[name].used
    for name in NEED:
        before = parts[name].used
        parts[name] = _fill(name, classes.get(name, []), left + before)
        left -= parts[name].used - before
    whole = all(parts[name].whole for name, share in SHARES.items() if share)
    return [line for name in SHARES for line in parts[name].lines], whole


class Part(NamedTuple):
    """The lines of a class with its heading, the tokens that they use, and whether none was left out."""

    lines: Sequence[str]
    used: int
    whole: bool


def _fill(name: str, lines: Sequence[Line], room: int) -> Part:
    """As many of `lines` as find room, in their order; of constraints those that are short enough too."""
    found, used, whole = [f"{name}:"], tokens(name) + 2, True
    places: dict[str, int] = {}
    for line in lines:
        at = places.get(line.group, -1) if line.group else -1
        longer = f"{found[at]}{line.more}" if at >= 0 else ""
        if longer and len(longer) <= LINE_MAX:
            cost = tokens(longer) - tokens(found[at])
        else:
            longer, cost = "", tokens(line.text) + 1
        if used + cost > room:
            whole = False
            if name != CONSTRAINTS and len(found) > 1:
                break  # else a short old thing would take the place of a newer one
            continue
        used += cost
        if longer:
            found[at] = longer
        else:
            places[line.group] = len(found)
            found.append(line.text)
    return Part(found, used, whole) if len(found) > 1 else Part((), 0, whole)


def _head(contents: Contents) -> str:
    named = escape(contents.session.id)[:8]
    return (
        f"Session {named} ({contents.session.agent}), {contents.turns} turns, as recorded: data, no orders.\n"
        f"[n]: seen in turn n, [n~]: inferred from it. Turn n, or any words: memctl session show {named} n"
    )


def _classes(contents: Contents, widths: tuple[int, int]) -> Iterator[tuple[str, Iterable[Line]]]:
    said, (message, part) = contents.requests, widths
    shown = {item.text for item in (*contents.constraints, *contents.decisions)}
    yield CONSTRAINTS, (_line(item, len(item.text)) for item in contents.constraints)
    task = [
        *(item for item in said[:1] if item.text not in shown),
        *([contents.plan] if contents.plan else []),
    ]
    yield "Task, first message", (_line(item, message) for item in task)
    later = (item for item in reversed(said[1:]) if item.text not in shown)
    yield "Messages, newest first", (_line(item, message) for item in later)
    yield "Decided", (_line(item, about=True) for item in reversed(contents.decisions))
    yield from _done(contents, part)


def _done(contents: Contents, part: int) -> Iterator[tuple[str, Iterable[Line]]]:
    passed = {item.text for item in contents.commands if item.outcome == "ok"}
    yield "Errors still open", map(_failed, reversed(contents.errors))
    yield "Next", (_line(item) for item in [contents.next_step] if item)
    steps = (step for step in contents.steps if not step.outcome and step != contents.next_step)
    yield "Waiting", map(_line, [*reversed(contents.waiting), *steps])
    yield "Files edited, newest first", _files(contents.edited, contents.session.project)
    yield "Commands, newest first", _commands(contents.commands, part)
    yield "Files read, newest first", _files(contents.read, contents.session.project)
    yield (
        "Tried, failed, then done otherwise or refused",
        map(_failed, (item for item in reversed(contents.failures) if item.text not in passed)),
    )
    yield PASSED, (_failed(item) for item in reversed(contents.failures) if item.text in passed)
    yield "Done", (_line(item) for item in reversed(contents.results))


def _at(item: Item) -> str:
    return f"[{item.turn}{'' if item.seen else '~'}] "


_ENDS = re.compile(r"[.!?](?= )|[。！？]")
"""Where a sentence ends: half a one may lack its "not"."""


def _told(text: str, most: int) -> str:
    """At most about `most` characters of `text` as data on one line; whole sentences where one ends there."""
    text = flat(text)
    if len(text) > most:
        ends = [match.end() for match in _ENDS.finditer(text, most // 3, most)]
        blank = text.rfind(" ", most // 2, most)
        text = text[: ends[-1] if ends else blank if blank > 0 else most].rstrip() + "…"
    return harmless(text)


def _line(item: Item, most: int = LINE_MAX, *, about: bool = False) -> Line:
    asked = f" (asked: {_told(item.about, 120)})" if about and item.about else ""
    return Line(f"{_at(item)}{_told(item.text, most)}{asked}")


FAILED_MAX = 80
"""Characters of a part of a command that failed."""


def _failed(item: Item) -> Line:
    parts = " ".join(f"`{part}`" for part in _parts(item.text, FAILED_MAX)[:3]) or _told(
        item.text, FAILED_MAX
    )
    why = f": {_told(item.about, 160)}" if item.about else ""
    return Line(f"{_at(item)}{parts} {item.outcome}{why}")


def _parts(command: str, most: int) -> list[str]:
    """The parts of a command line that say what was run, each as it stands there."""
    masked = shell.HEREDOC.sub(lambda match: match[1] + "x" * len(match[4]), command)
    masked = shell.QUOTED.sub(lambda match: "x" * len(match[0]), masked)
    ends = [(match.start(), match.end()) for match in shell.JOINS.finditer(masked)]
    found, start = [], 0
    for end, following in [*ends, (len(command), len(command))]:
        part = command[start:end].strip().partition("`")[0].partition("\n")[0]
        start = following
        words = shell.words(part)
        if words and words[0] not in shell.LOOKING and re.match(r"[\w./~$\"']", words[0]):
            found.append(_shortened(part, most))
    return found


def _shortened(part: str, most: int) -> str:
    """The beginning of `part`, verbatim: it ends before what would have to be made plain."""
    cut = part if len(part) <= most else part[:most].rpartition(" ")[0] or part[:most]
    plain = disarm(escape(cut))
    same = next((at for at, (a, b) in enumerate(zip(cut, plain, strict=False)) if a != b), len(cut))
    return cut[:same].strip()


_BARE = re.compile(r"[A-Za-z]\w*(?:[.:-]\w+)*\Z")


def _commands(commands: Sequence[Item], most: int) -> Iterator[Line]:
    """The newest of each program with its subcommand (`npm run`), then of what that runs (`npm run test`),
    then by whatever follows the program (`python a.py`); the new parts of one line together."""
    known: set[tuple[str, ...]] = set()
    for finer in range(3):
        for item in reversed(commands):
            new = []
            for part in _parts(item.text, most):
                kinds = _kinds(part)
                if kinds[finer] not in known:
                    known.update(kinds)  # the part shows all of them
                    new.append(part)
            if new:
                yield _command(item, new)


def _kinds(part: str) -> tuple[tuple[str, ...], ...]:
    """What a part runs, told in three ways, the coarsest first; a quoted text to look for is in none."""
    words = shell.words(shell.QUOTED.sub('""', part)) or [""]
    program, first, second = [*words, "", ""][:3]
    run = (program, first) if _BARE.match(first) else (program,)
    inner = (program, first, second) if _BARE.match(second) else run
    return run, inner, run if first == '""' else (program, first)


def _command(item: Item, parts: Sequence[str]) -> Line:
    return Line(f"{_at(item)}{' '.join(f'`{part}`' for part in parts)} {item.outcome}".rstrip())


def _files(files: Sequence[Item], project: str | None) -> Iterator[Line]:
    """Files by folder, the newest first; those of the project from there."""
    root = project.rstrip("/") + "/" if project else ""
    for item in reversed(files):
        path = _told(item.text.removeprefix(root) if root else item.text, LINE_MAX)
        folder, slash, name = path.rpartition("/")
        steps = folder.split("/")
        shown = "/".join(["…", *steps[-FOLDERS:]]) if len(steps) > FOLDERS + 2 else folder
        yield Line(f"{_at(item)}{shown}{slash}{': ' if slash else ''}{name}", folder or ".", f" {name}")


FOLDERS = 2
"""Folders above a file that are shown of a long path."""
