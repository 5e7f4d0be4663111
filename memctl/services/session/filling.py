"""What a session holds, sorted into the sections of its session memory: lines cut out of the transcript.

Each line begins with its turn, `[12]`, or `[12~]` where it is inferred, like those of a note. What only a
reader's judgement could say (how the system works, what was learnt) is left to a person or a model.
"""

from collections.abc import Iterator

from memctl.domain.contents import Contents, Item
from memctl.format.session_memory import TITLES, Bodies
from memctl.text.oneline import cut, harmless

LINE_MAX = 400
"""Characters of a line; what the person demands or forbids stays whole."""

TITLE_MAX = 80
WORK_MAX = 160
REQUEST_MAX = 1_200
"""Characters of a title, of a line of the worklog, and of one message of the person."""

MESSAGES = 12
"""Later messages of the person that are told as part of the task, the newest."""


def filled(contents: Contents) -> Bodies:
    """The lines of each section; those of most use first, the worklog in its order."""
    bodies: Bodies = {title: [] for title in TITLES}
    for title, lines in (
        ("Session Title", _title(contents)),
        ("Current State", _state(contents)),
        ("Task specification", _task(contents)),
        ("Files and Functions", _files(contents)),
        ("Workflow", _commands(contents)),
        ("Errors & Corrections", _errors(contents)),
        ("Key results", (line(item) for item in reversed(contents.results))),
        ("Worklog", _work(contents)),
    ):
        bodies[title] = list(dict.fromkeys(lines))
    return bodies


def told(text: str, most: int) -> str:
    """At most about `most` characters of `text`, as data on one line."""
    return harmless(cut(text, most))


def line(item: Item, most: int = LINE_MAX, before: str = "", after: str = "") -> str:
    """One list item for `item`: its turn in brackets, then at most about `most` characters of its text
    between `before` and `after`."""
    return f"- [{item.turn}{'' if item.seen else '~'}] {before}{told(item.text, most)}{after}"


def _title(contents: Contents) -> Iterator[str]:
    for item in contents.requests[:1]:
        yield line(item, TITLE_MAX)


def _state(contents: Contents) -> Iterator[str]:
    if contents.next_step and contents.next_step.seen:  # else it is what the agent said last
        yield line(contents.next_step, before="next: ")
    for step in contents.steps:
        if step.outcome in ("", "now"):
            yield line(step, before="open: " if not step.outcome else "under way: ")
    for item in reversed(contents.errors):
        yield _failed(item, "still failing: ")
    for item in reversed(contents.waiting):
        yield line(item, before="waits: ")
    for item in contents.requests[:0:-1][:1]:
        yield line(item, before="last asked: ")
    if contents.said:
        yield line(contents.said, before="the agent said last: ")


def _task(contents: Contents) -> Iterator[str]:
    for item in contents.constraints:
        yield line(item, len(item.text) + 1)
    for item in contents.requests[:1]:
        yield line(item, REQUEST_MAX)
    if contents.plan:
        yield line(contents.plan, REQUEST_MAX, before="the plan that was accepted: ")
    for item in reversed(contents.decisions):
        asked = f" (asked: {told(item.about, 160)})" if item.about else ""
        yield line(item, before="decided: ", after=asked)
    for item in contents.requests[:0:-1][:MESSAGES]:
        yield line(item)


def _files(contents: Contents) -> Iterator[str]:
    root = (contents.session.project or "").rstrip("/") + "/"
    for items, did in ((contents.edited, "edited"), (contents.read, "read")):
        for item in reversed(items):
            path = item.text.removeprefix(root) if len(root) > 1 else item.text
            often = f" {item.times} times" if item.times > 1 else ""
            yield f"- [{item.turn}{'' if item.seen else '~'}] `{told(path, LINE_MAX)}` {did}{often}"


def _commands(contents: Contents) -> Iterator[str]:
    """Those that worked, the most often run first, of equals the newest."""
    worked = [item for item in contents.commands if item.outcome == "ok"]
    for item in sorted(worked, key=lambda item: (-item.times, -item.turn)):
        often = f", {item.times} times" if item.times > 1 else ""
        yield line(item, before="`", after=f"` ok{often}")


def _errors(contents: Contents) -> Iterator[str]:
    for item in reversed(contents.errors):
        yield _failed(item, "open: ")
    for item in reversed(contents.failures):
        yield _failed(item, "" if item.outcome == "refused" else "done otherwise: ")


def _failed(item: Item, before: str) -> str:
    why = f": {told(item.about, 200)}" if item.about else ""
    return line(item, 200, before=f"{before}`", after=f"` {item.outcome or 'failed'}{why}")


def _work(contents: Contents) -> Iterator[str]:
    """What was asked and what came of it, in the order of the session."""
    rows = [(item, "asked: ") for item in contents.requests]
    rows += [(item, "done: ") for item in (*contents.steps, *contents.results) if item.outcome == "ok"]
    for item, before in sorted(rows, key=lambda row: row[0].turn):
        yield line(item, WORK_MAX, before=before)
