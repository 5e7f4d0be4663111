"""What an extraction proposed: as JSON, as a list, and in sentences."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from memctl.cli.output import counted, write
from memctl.cli.run import Run
from memctl.cli.show.proposals import proposal_line, proposal_object, proposal_table

if TYPE_CHECKING:
    from memctl.domain.proposal import Proposal
    from memctl.domain.transcript import Session
    from memctl.services.learn.extraction import Outcome
    from memctl.services.review.verdicts import Verdict

_UNMARKED = (
    "no speaker is marked in this text: begin what the person said with `User:` on a line of its own"
    " or before the words, and answers with `Assistant:`"
)


def report(
    run: Run,
    found: "Sequence[Outcome]",
    accepted: "Sequence[Verdict]",
    *,
    dry_run: bool,
    reason: str | None,
    sends: Mapping[str, object] | None = None,
) -> None:
    """Say what was proposed; `reason` is the one word why the rules stood in for the model.

    `sends` has what a dry run would have sent: `to` whom, and the `prompts`.
    """
    from memctl.services.inbox.reasons import sentences

    proposals = [p for outcome in found for p in outcome.proposals]
    turns = sum(outcome.turns for outcome in found)
    dropped = sum((Counter(outcome.dropped) for outcome in found), Counter[str]())
    if run.out.json:
        ids = [v.entry.proposal.id for v in accepted]
        said = {"reason": reason, "accepted": ids, "dry_run": dry_run, "sends": sends}
        run.out.document({**_document(found), "dropped": dropped, **said})
    else:
        _print(run, proposals)
    for sentence in sentences(dropped):
        run.out.note(sentence)
    rest = "" if dry_run or len(proposals) == len(accepted) else "; decide with: memctl review"
    run.out.note(f"{counted(len(proposals), 'proposal')} from {counted(turns, 'new turn')}{rest}")
    if sends:
        run.out.note(f"this would be sent to {sends['to']}; nothing was")
    if not turns and any(_has_no_speakers(o.session) for o in found):
        run.out.note(_UNMARKED)


def _document(found: "Sequence[Outcome]") -> dict[str, object]:
    """What was read and what was proposed, as JSON."""
    sessions = [(outcome.session, outcome.turns) for outcome in found]
    return {
        "engine": found[0].engine,
        "sessions": [{"agent": s.agent, "id": s.id, "path": s.path, "turns": turns} for s, turns in sessions],
        "turns": sum(outcome.turns for outcome in found),
        "proposals": [proposal_object(p) for outcome in found for p in outcome.proposals],
    }


def _print(run: Run, proposals: "Sequence[Proposal]") -> None:
    if run.out.on_terminal:
        proposal_table(run.out, proposals)
        return
    for proposal in proposals:
        write(proposal_line(run.out, proposal))


def _has_no_speakers(session: "Session") -> bool:
    """Whether a text holds words but no mark of who said them, so that nobody's words are in it."""
    from memctl.agents.transcripts import readers

    if session.agent != "text" or not os.path.getsize(session.path):
        return False
    return next(iter(readers.turns(session)), None) is None
