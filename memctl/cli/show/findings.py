"""What the doctor found, for a terminal and for a pipe; what repeats is told once."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from memctl.cli.output import write
from memctl.cli.run import Run
from memctl.text.escape import escape

if TYPE_CHECKING:
    from memctl.domain.finding import Finding

MANY = 3
"""Findings of one kind that are each told on a terminal; of more the first, and where the others are."""

NAMED_MAX = 5
"""Places of the others that are named."""

_COLORS = {"error": "31", "warning": "33"}


def print_findings(run: Run, found: "Sequence[Finding]") -> None:
    """One line for each through a pipe; on a terminal what is of one kind together, unless `--verbose`."""
    told = [finding for finding in found if finding.severity != "note" or not run.out.quiet]
    if not run.out.on_terminal:
        for finding in told:
            repair = f" ({finding.repair})" if finding.repair else ""
            run.out.line(f"{finding.severity}: {_message(finding)}{repair} [{finding.id}]")
        return
    for first, others in _kinds(told, sys.maxsize if run.out.verbose else MANY):
        _print(run, first, others)


def summary(found: "Sequence[Finding]") -> str:
    """How much there is to repair, and what: `3 found: index.missing (2), secret.github-pat`."""
    counts = Counter(finding.id for finding in found if finding.severity != "note")
    if not counts:
        return "nothing else found, and nothing to repair" if found else "nothing found"
    named = ", ".join(f"{one} ({count:,})" if count > 1 else one for one, count in counts.items())
    return f"{counts.total():,} found: {named}"


def _kinds(found: "Sequence[Finding]", many: int) -> "Iterator[tuple[Finding, list[Finding]]]":
    """Each finding with none, but of a kind that has over `many` the first with the others."""
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        kinds.setdefault((finding.severity, finding.id), []).append(finding)
    for one in kinds.values():
        if len(one) > many:
            yield one[0], one[1:]
        else:
            yield from ((finding, []) for finding in one)


def _place(finding: "Finding") -> str:
    return f"{finding.file}:{finding.line}" if finding.line else finding.file or ""


def _message(finding: "Finding") -> str:
    """What was found, with where, unless it begins with that."""
    place, said = _place(finding), finding.message
    starts = (f"{place} ", f"{place}:", f"{finding.file} ", f"{finding.file}:")
    return said if not place or said.startswith(starts) else f"{place}: {said}"


def _print(run: Run, finding: "Finding", others: "Sequence[Finding]") -> None:
    """A finding with its kind; below it where the others of the kind are, and the repair."""
    mark = f"[{finding.id}]"
    said = "\n".join(run.out.folded(escape(f"{finding.severity:8} {_message(finding)} {mark}"), 9))
    parts = ((said[:8], _COLORS.get(finding.severity, "36")), (said[8:].removesuffix(mark), "0"), (mark, "2"))
    write("".join(run.out.paint(text, code, sys.stdout) for text, code in parts) + "\n")
    same = all(other.repair == finding.repair for other in others)
    repair = finding.repair if same or not finding.repair else f"for the first: {finding.repair}"
    for line in filter(None, (_more(others), repair)):
        folded = "\n".join(run.out.folded(escape(f"{'':9}{line}"), 9))
        write(run.out.paint(folded, "2", sys.stdout) + "\n")


def _more(others: "Sequence[Finding]") -> str:
    """Where the others of a kind are; the first message stands for theirs."""
    places = list(dict.fromkeys(filter(None, map(_place, others))))
    named = ", ".join(places[:NAMED_MAX]) + ", ..." * (len(places) > NAMED_MAX)
    where = f": {named}" if named else ""
    return f"and {len(others):,} more of this kind{where} (--verbose shows each)" if others else ""
