"""A new proposal comes into the inbox. Imported by the inbox's door alone, which has checked it."""

import os

from memctl.domain.proposal import Proposal
from memctl.store.state import entries
from memctl.store.state.inbox import Inbox


def put(directory: str, proposal: Proposal) -> None:
    """Let `proposal` wait in the inbox of `directory`, durably; one that waits already stays as it is.

    Raises WriteFailed.
    """
    folder = Inbox(directory).folder
    if not os.path.exists(entries.path(folder, proposal.id)):
        entries.write(folder, entries.Entry(proposal))
