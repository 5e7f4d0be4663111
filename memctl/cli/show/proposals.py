"""How a proposal is shown: as JSON, as a line, and as what a person decides on."""

from collections.abc import Callable, Iterable
from typing import Any

from memctl.cli.output import Output
from memctl.cli.output import row as row
from memctl.cli.show.documents import when
from memctl.domain.proposal import Evidence, Proposal
from memctl.text.escape import escape

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
        "why": proposal.why,
        "findings": list(proposal.findings),
        **more,
    }


def proposal_line(out: Output, proposal: Proposal) -> str:
    """One line for a pipe, fields between tabs: id, operation, name, description with a mark if flagged."""
    marks = "".join(
        f" [{m}]"
        for m in (["tool"] if proposal.origin == "tool" else []) + (["!"] if proposal.findings else [])
    )
    return row(proposal.id, proposal.operation, proposal.name, proposal.description + marks)


def proposal_table(out: Output, proposals: Iterable[Proposal]) -> None:
    """Proposals for a terminal, one line each, cut to its width."""
    from rich.text import Text

    console = out.console()
    for proposal in proposals:
        line = Text(proposal.id, style="bright_black")
        line.append(f"  {proposal.operation:<9} ", style="cyan")
        if proposal.findings or proposal.origin == "tool":
            line.append("! ", style="bold red")
        line.append(escape(proposal.name), style="bold")
        line.append(f"  {escape(proposal.description)}")
        line.truncate(console.width, overflow="ellipsis")
        console.print(line, no_wrap=True, overflow="ignore", crop=False)


def shown(out: Output, offer: Any) -> list[str]:
    """What a person decides on: what it is, the diff, the evidence with its turns, the findings."""
    import sys

    proposal = offer.planned.proposal

    def paint(text: str, code: str) -> str:
        return out.paint(text, code, sys.stdout)

    head = f"{proposal.operation} {proposal.type} memory {offer.planned.file}"
    lines = [paint(head, "1"), paint(f"  from {_source(proposal)}", "2")]
    if proposal.why:
        lines.append(f"  {escape(proposal.why)}")
    if proposal.supersedes:
        lines.append(f"  replaces {escape(proposal.supersedes)}")
    if offer.planned.stale:
        lines.append(
            paint(
                "  its target changed since it was proposed: this is the diff against it as it is now", "33"
            )
        )
    if offer.planned.note:
        lines.append(paint(f"  {offer.planned.note}", "33"))
    lines += [
        "",
        *(
            paint(line, _COLORS[line[0]]) if line[:1] in _COLORS else escape(line, keep="\t")
            for line in offer.diff
        ),
        "",
    ]
    for item in proposal.evidence:
        lines.append(_evidence_line(proposal, item, paint))
    if proposal.origin == "tool" and proposal.engine != "verify":
        lines.append(paint("  ! this rests on tool output or a web page, not on what a person said", "31"))
    lines += [paint(f"  ! {finding}", "31") for finding in proposal.findings]
    return lines


def _evidence_line(proposal: Proposal, item: Evidence, paint: Callable[[str, str], str]) -> str:
    if proposal.engine == "verify":
        return paint(f"  {item.turn}:", "2") + f" {escape(item.quote)}"
    return paint(f"  said in {item.turn}:", "2") + f" “{escape(item.quote)}”"


def _source(proposal: Proposal) -> str:
    if proposal.engine == "verify":
        return escape(f"verify on {when(proposal.created)[:10]}; id {proposal.id}")
    where = (
        f"session {proposal.session}"
        if proposal.session
        else "the git history"
        if proposal.engine == "git"
        else "-"
    )
    return escape(
        f"{where}, {proposal.origin}, found by {proposal.engine} on {when(proposal.created)[:10]};"
        f" id {proposal.id}"
    )
