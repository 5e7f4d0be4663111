"""Checks between files: links, near-duplicates, what is out of date."""

from collections.abc import Iterator

from memctl.domain import relation
from memctl.domain.finding import Finding
from memctl.domain.memory import stem
from memctl.services.doctor.chart import Chart
from memctl.services.doctor.view import View
from memctl.text.escape import escape, shell_word


def check(view: View) -> Iterator[Finding]:
    """Findings that rest on more than one file."""
    yield from _links(view)
    yield from _duplicates(view)
    yield from _stale(view)


def _links(view: View) -> Iterator[Finding]:
    """`[[names]]` that lead nowhere; what stands in code is no link."""
    known = {name for memory in view.charts for name in _answers_to(memory)}
    for memory in view.charts:
        for number, name in memory.links:
            if name.casefold() not in known:
                message = f"{escape(memory.file)}:{number} links to [[{escape(name)}]], which does not exist"
                repair = "correct the link, take it out, or save that memory"
                yield Finding("link.dangling", "warning", message, memory.file, number, repair)


def _answers_to(memory: Chart) -> set[str]:
    last = memory.stem.rsplit("/", 1)[-1]
    return {name.casefold() for name in (memory.file, memory.stem, last, f"{last}.md", memory.name)}


def _duplicates(view: View) -> Iterator[Finding]:
    """Pairs that say nearly the same, each told once, at the older of the two. Merging them would lose what
    one alone says, so where their values differ it is asked which one holds."""
    for file, others in (view.alike or {}).items():
        for one in others:
            message = f"{escape(file)} says nearly the same as {escape(one.file)} ({one.score:.0f} %)"
            older, newer = shell_word(stem(file)), shell_word(stem(one.file))
            repair = f"merge them, then memctl forget {older}"
            if one.differs:
                message += ", with other values"
                repair = f"if the later one holds now: memctl conflicts {newer} {older} --as replace"
            yield Finding("duplicate.near", "warning", message, file, None, repair)


def _stale(view: View) -> Iterator[Finding]:
    """What has expired, and what was replaced by a memory that is not there; one that is replaced properly
    stays as what held before, and nothing is to be done about it."""
    known = {name for memory in view.charts for name in _answers_to(memory)}
    for memory in view.charts:
        shown, successor = escape(memory.file), memory.successor
        reason = relation.header_stale({"expires": memory.expires}, view.now)
        if reason and not successor:
            repair = f"memctl forget {shell_word(memory.stem)}"
            line = memory.line("expires")
            yield Finding(
                "stale.expired", "warning", f"{shown} is {escape(reason)}", memory.file, line, repair
            )
        if successor and successor.casefold() not in known:
            message = f"{shown} is superseded by {escape(successor)}, which does not exist"
            repair = (
                f"memctl restore {shell_word(successor)} if that was forgotten, else "
                f"memctl edit {shell_word(memory.stem)} and correct supersededBy or take it out"
            )
            line = memory.line("supersededBy")
            yield Finding("link.superseded", "warning", message, memory.file, line, repair)
