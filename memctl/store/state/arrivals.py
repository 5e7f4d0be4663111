"""A new proposal comes into the inbox. Imported by the inbox's door alone, which has checked it."""

from memctl.domain.proposal import Proposal, content
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
    if there is None or content(there.proposal) != content(proposal):
        raise Conflict(
            f"something else waits in the inbox under the id {proposal.id}; nothing was written",
            hint=f"look at it with `memctl review --show {proposal.id}`",
        )
