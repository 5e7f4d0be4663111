"""A new proposal comes into the inbox. Imported by the inbox's door alone, which has checked it."""

from dataclasses import replace

from memctl.domain.proposal import Proposal, Target, content
from memctl.errors import Conflict
from memctl.store.state import entries
from memctl.store.state.inbox import Inbox


def put(directory: str, proposal: Proposal) -> None:
    """Let `proposal` wait in the inbox of `directory`, durably; one that waits already stays as it is.

    Raises Conflict when what waits under its id is something else, WriteFailed.
    """
    folder = Inbox(directory).folder
    if entries.write(folder, entries.Entry(proposal), new=True):
        return
    there = entries.read(entries.path(folder, proposal.id))
    if there is None or _bare(there.proposal) != _bare(proposal):
        raise Conflict(
            f"something else waits in the inbox under the id {proposal.id}; nothing was written",
            hint=f"look at it with `memctl review --show {proposal.id}`",
        )


def _bare(proposal: Proposal) -> str:
    """What it says, whatever its targets were when it was proposed."""
    return content(replace(proposal, targets=tuple(Target(target.name) for target in proposal.targets)))
