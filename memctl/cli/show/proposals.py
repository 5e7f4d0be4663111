"""How a proposal is shown: as JSON, as a line, and as what a person decides on."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from memctl.cli.output import Output, write
from memctl.cli.output import row as row
from memctl.cli.show.documents import when
from memctl.domain.proposal import Evidence, Proposal
from memctl.domain.skill_file import path_of
from memctl.services.review.loss import coverage_of
from memctl.text.escape import escape

if TYPE_CHECKING:
    from memctl.services.coverage.retention import Coverage
    from memctl.services.review.verdicts import Offer, Verdict

_COLORS = {"+": "32", "-": "31", "@": "36"}


def proposal_object(proposal: Proposal, **more: Any) -> dict[str, Any]:
    """A proposal as JSON; `more` adds keys."""
    return {
        "id": proposal.id,
        "operation": proposal.operation,
        "name": proposal.name,
        "type": proposal.type,
        "description": proposal.description,
        "body": proposal.body,
        "evidence": [{"turn": e.turn, "quote": e.quote} for e in proposal.evidence],
        "origin": proposal.origin,
        "engine": proposal.engine,
        "session": proposal.session,
        "source": proposal.source,
        "created": when(proposal.created),
        "expect": proposal.expect,
        "supersedes": proposal.supersedes,
        "targets": [
            {"name": t.name, "seen": t.seen, **({"by": t.by} if t.by else {})} for t in proposal.targets
        ],
        "parts": [asdict(part) for part in proposal.parts],
        "tier": proposal.tier or None,
        "retype": proposal.retype or None,
        "path": path_of(proposal.file) or None,
        "given": proposal.given,
        "why": proposal.why,
        "findings": list(proposal.findings),
        **more,
    }


def about(offer: "Offer") -> dict[str, Any]:
    """What an offer adds to its proposal as JSON."""
    planned = offer.planned
    kept = coverage_of(planned)
    return {
        **({"coverage": coverage_object(kept)} if kept else {}),
        "file": path_of(planned.file),
        "stale": planned.stale,
        "changed": offer.changed,
        "fulfilled": planned.fulfilled,
        "note": planned.note or None,
    }


def coverage_object(kept: "Coverage") -> dict[str, Any]:
    """What a shorter text keeps, as JSON: of each class how many of how many, and what is lost."""
    return {one.name: {"kept": one.kept, "total": one.total, "lost": list(one.lost)} for one in kept.classes}


def lost_lines(kept: "Coverage") -> list[str]:
    """A sentence for each thing that is lost."""
    return [f"lost ({kind}): {text}" for kind, text in kept.lost]


def proposal_line(out: Output, proposal: Proposal) -> str:
    """One line for a pipe, fields between tabs: id, operation, name, description with a mark if flagged."""
    marks = "".join(f" [{mark}]" for mark in (_origin(proposal), "!" if proposal.findings else "") if mark)
    return row(proposal.id, proposal.operation, proposal.name, (proposal.description or proposal.why) + marks)


HEARSAY = {
    "tool": "this rests on tool output or a web page, not on what a person said",
    "agent": "an agent worded this, and nothing says that a person meant it",
    "file": "this stands in a file or a pasted text: who said it is not certain",
    "import": "this comes from a file in the project, which anybody who contributes may have written",
    "git": "this stands in a commit message: its author says it",
}
"""Origin -> what a person should know before accepting."""


def _origin(proposal: Proposal) -> str:
    """The origin where it is to be seen at once: whatever is not the person's own words."""
    return proposal.origin if proposal.origin in HEARSAY else ""


def print_proposals(out: Output, proposals: Sequence[Proposal]) -> None:
    """Proposals as a table on a terminal, as lines on a pipe."""
    if out.on_terminal:
        proposal_table(out, proposals)
    for proposal in () if out.on_terminal else proposals:
        write(proposal_line(out, proposal))


def proposal_table(out: Output, proposals: Iterable[Proposal]) -> None:
    """Proposals for a terminal, one line each; of the id as much as tells it apart.

    The description is cut to the width, the name never.
    """
    from rich.text import Text

    console, listed = out.console(), list(proposals)
    many = digits([proposal.id for proposal in listed])
    for proposal in listed:
        line = Text(proposal.id[:many], style="bright_black")
        line.append(f"  {proposal.operation:<9} ", style="cyan")
        if proposal.findings:
            line.append("! ", style="bold red")
        if _origin(proposal):
            line.append(f"[{_origin(proposal)}] ", style="bold red")
        line.append(escape(proposal.name), style="bold")
        if line.cell_len + 2 < console.width:
            line.append(f"  {escape(proposal.description or proposal.why)}")
            line.truncate(console.width, overflow="ellipsis")
        console.print(line, no_wrap=True, overflow="ignore", crop=False)


def digits(ids: Sequence[str]) -> int:
    """How many digits of `ids` are shown: ten, and more where two begin alike."""
    digits = 10
    while len({one[:digits] for one in ids}) < len({*ids}):
        digits += 1
    return digits


@dataclass(frozen=True)
class Shown:
    """What a person decides on, as lines ready for the terminal: what it is, the diff, the evidence with its
    turns, the findings, what is lost. `quotes` has a row's worth of each piece of evidence, unpainted."""

    about: list[str]
    diff: list[str]
    evidence: list[str]
    quotes: list[str]
    warnings: list[str]
    lost: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """All of it."""
        return [*self.about, "", *self.diff, "", *self.evidence, *self.warnings, *self.lost]


def diff_lines(out: Output, lines: Iterable[str], stream: IO[str]) -> list[str]:
    """The lines of a unified diff, painted where `stream` gets colours."""
    return [
        out.paint(line, _COLORS[line[0]], stream) if line[:1] in _COLORS else escape(line, keep="\t")
        for line in lines
    ]


def plainly(offer: "Offer") -> list[str]:
    """What a person should know of `offer` beside its text, unpainted; the diff where something is there."""
    proposal = offer.planned.proposal
    said = [
        *_about(offer, _unpainted),
        *(_evidence_line(proposal, one, _unpainted) for one in proposal.evidence),
    ]
    said += [f"  ! {line}" for line in (*_warnings(offer), *_lost(offer))]
    diff = [f"  {line}" for line in offer.diff] if offer.planned.before or not proposal.kind.writes else []
    return [*said, *diff]


def _unpainted(text: str, code: str) -> str:
    return escape(text)


def shown(out: Output, offer: "Offer") -> Shown:
    """`offer` for a person, painted where stdout gets colours."""
    proposal = offer.planned.proposal
    paint = partial(out.paint, stream=sys.stdout)
    return Shown(
        _about(offer, paint),
        diff_lines(out, offer.diff, sys.stdout),
        [_evidence_line(proposal, item, paint) for item in proposal.evidence],
        [escape(_quote(proposal, item)) for item in proposal.evidence],
        [paint(f"  ! {warning}", "31") for warning in _warnings(offer)],
        [paint(f"  ! {line}", "31") for line in _lost(offer)],
    )


def _about(offer: "Offer", paint: Callable[[str, str], str]) -> list[str]:
    """The lines above the diff."""
    proposal, planned = offer.planned.proposal, offer.planned
    said = f"{proposal.operation} {proposal.type} memory {planned.file}"
    if proposal.kind.is_skill:
        said = f"skill {proposal.name}: agents will follow it; {path_of(planned.file)}"
    lines = [paint(said, "1"), paint(f"  from {_source(proposal)}", "2")]
    if proposal.why:
        lines.append(f"  {escape(proposal.why)}")
    if proposal.superseded:
        lines.append(f"  replaces {escape(', '.join(proposal.superseded))}")
    kept = coverage_of(planned)
    if kept:
        lines.append(f"  keeps {kept.line}")
    if proposal.tier:
        lines.append(f"  into the tier {proposal.tier}")
    if planned.note:
        lines.append(paint(f"  {escape(planned.note)}: nothing is left to do", "33"))
    elif planned.stale:
        said = "  its target changed since it was proposed: this is the diff against it as it is now"
        lines.append(paint(said, "33"))
    if offer.changed:
        lines.append(paint("  its text was changed since it was proposed: this is what it says now", "33"))
    return lines


def _warnings(offer: "Offer") -> list[str]:
    proposal = offer.planned.proposal
    told = [HEARSAY[proposal.origin]] if _origin(proposal) and proposal.engine != "verify" else []
    return [*told, *proposal.findings]


def _lost(offer: "Offer") -> list[str]:
    kept = coverage_of(offer.planned)
    return lost_lines(kept) if kept else []


def _evidence_line(proposal: Proposal, item: Evidence, paint: Callable[[str, str], str]) -> str:
    said = "" if proposal.engine == "verify" else "said in "
    return paint(f"  {said}{item.turn}:", "2") + f" {escape(_quote(proposal, item))}"


def _quote(proposal: Proposal, item: Evidence) -> str:
    """What the evidence says: a person's words, or what a check found."""
    return item.quote if proposal.engine == "verify" else f"“{item.quote}”"


def _source(proposal: Proposal) -> str:
    found = f"on {when(proposal.created)[:10]}; id {proposal.id}"
    if proposal.engine == "verify":
        return escape(f"verify {found}")
    if proposal.is_dreamt or proposal.full:
        verb = "dream" if proposal.is_dreamt else "compress"
        return escape(f"{verb}, by {_BY.get(proposal.engine, proposal.engine)}, {found}")
    git = "the git history, " if proposal.engine == "git" else ""
    where = f"session {proposal.session}, " if proposal.session else git
    return escape(f"{where}{proposal.origin}, found by {proposal.engine} {found}")


_BY = {"llm": "a model"}
"""How an engine is called where its name says little."""


def undo_hint(verdicts: Sequence["Verdict"]) -> str:
    """How to take the acceptances among `verdicts` back, each that changed something a step; or ""."""
    steps = sum(v.applied is not None for v in verdicts)
    return f"undo with: memctl undo{f' {steps}' if steps > 1 else ''}" if steps else ""
