"""The running summary of one session as text: fixed sections, each a heading with its description below.

    # Current State
    _What is being worked on, what is open, and what comes next._

    - [12] a line, with the turn that it stands in

Whatever a person, a model or a torn file made of the structure, `parse` finds what stands below each heading
and `render` writes headings, descriptions and order anew, the same bytes every time.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from memctl.format.note_text import tokens

SECTIONS = (
    ("Session Title", "What this session is about, in five to ten words."),
    ("Current State", "What is being worked on, what is open, and what comes next."),
    ("Task specification", "What the person asked for, what they demand or forbid, and what was decided."),
    ("Files and Functions", "Which files matter, what is in them, and why they matter here."),
    ("Workflow", "Which commands are run, in which order, and how to read their output."),
    ("Errors & Corrections", "What went wrong and what was done about it; what not to try again."),
    ("Codebase and System Documentation", "The parts of the system, and how they work together."),
    ("Learnings", "What worked, what did not, what to avoid; nothing that another section says."),
    ("Key results", "Results that were asked for, exactly as they were given."),
    ("Worklog", "Step by step what was tried and done, a few words each."),
)
"""Title and description of each section, in their order."""

_DESCRIPTIONS = frozenset(about for _, about in SECTIONS)

TITLES = tuple(title for title, _ in SECTIONS)

SECTION_MAX = 2_000
"""Tokens of one section, its heading and description included."""

TOTAL_MAX = 12_000
"""Tokens of the whole."""

FLOOR = 500
"""Tokens below which no section is cut for the sake of the whole: ten of them find room in it."""

LEAST_FIRST = (
    "Worklog", "Key results", "Workflow", "Learnings", "Codebase and System Documentation",
    "Files and Functions", "Errors & Corrections", "Session Title", "Current State", "Task specification",
)  # fmt: skip
"""Which sections give way first when the whole is too long."""

Bodies = dict[str, list[str]]
"""Title -> the lines below its description."""


def heads(title: str, description: str) -> str:
    """The two lines that a section begins with."""
    return f"# {title}\n_{description}_\n"


def render(bodies: Mapping[str, Sequence[str]]) -> str:
    """The whole text: every section in its order, with the lines that `bodies` has for its title."""
    return "\n".join(
        heads(title, description)
        + "".join(f"\n{part}\n" for part in ["\n".join(bodies.get(title, ()))] if part)
        for title, description in SECTIONS
    )


def parse(text: str) -> Bodies:
    """What stands below each heading of `text`, without blank lines at its ends.

    A section that stands there twice is one; what stands before the first heading is of the last section; a
    description, or a line in the place of one, is no content. A heading that is none of ours loses its mark,
    unless it is a comment in a block of code.
    """
    bodies: Bodies = {title: [] for title in TITLES}
    at, below, fence = TITLES[-1], False, ""
    for line in text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n"):
        title = line[2:].strip() if line.startswith("# ") else ""
        if title in bodies:
            at, below, fence = title, True, ""
            continue
        italic = line.startswith("_") and line.rstrip().endswith("_")
        described = italic and (below or line.strip("_ ") in _DESCRIPTIONS)
        below = below and not line.strip()
        if not described:
            bodies[at].append("\\" + line.rstrip() if not fence and _HEADING.match(line) else line.rstrip())
        fence = _fence(line, fence)
    return {title: stripped(lines) for title, lines in bodies.items()}


_HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def _fence(line: str, fence: str) -> str:
    """The mark of the block of code that is open after `line`, "" for none; before it, it was `fence`."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found[1] if found[1][0] == "~" or "`" not in found[2] else ""
    return "" if found[1].startswith(fence) and not found[2].strip() else fence


def stripped(lines: list[str]) -> list[str]:
    """`lines`, their blank ones at both ends taken off."""
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        del lines[0]
    return lines


def size(lines: Iterable[str]) -> int:
    """About how many tokens `lines` take together, their line ends included."""
    return sum(tokens(line) + 1 for line in lines)


def condensed(bodies: Bodies, need: Callable[[str, int], tuple[int, ...]]) -> Bodies:
    """`bodies` within the budgets. Lines fall out whole, and those that stay are the same bytes as before.

    `need` gives of a line and its place in the section what comes first: of the largest, the last line falls
    first.
    """
    room = {title: SECTION_MAX - size(heads(*about).split("\n")) for about in SECTIONS for title in about[:1]}
    kept = {title: _fitting(lines, room[title], need) for title, lines in bodies.items()}
    over = size(render(kept).split("\n")) - TOTAL_MAX
    for title in LEAST_FIRST:
        if over <= 0:
            break
        before = size(kept[title])
        kept[title] = _fitting(kept[title], max(FLOOR, before - over), need)
        over -= before - size(kept[title])
    return kept


def _fitting(lines: list[str], room: int, need: Callable[[str, int], tuple[int, ...]]) -> list[str]:
    """Those of `lines` that are needed most, as many as find room, in their order."""
    order = sorted(range(len(lines)), key=lambda at: need(lines[at], at))
    stays: set[int] = set()
    for at in order:
        cost = tokens(lines[at]) + 1
        if cost <= room:
            room -= cost
            stays.add(at)
    return [line for at, line in enumerate(lines) if at in stays]
