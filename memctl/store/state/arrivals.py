"""A new proposal comes into the inbox. Imported by the inbox's door, which has checked it, and by what
carries out a change together with which it comes."""

import os
from collections.abc import Iterable, Mapping

from memctl import places
from memctl.domain.proposal import Proposal
from memctl.store.state import entries, union
from memctl.store.state.inbox import Inbox


def put(directory: str, proposal: Proposal) -> None:
    """Let `proposal` wait in the inbox of `directory`, durably; one that waits already stays as it is.

    Raises WriteFailed.
    """
    folder = Inbox(directory).folder
    if not os.path.exists(entries.path(folder, proposal.id)):
        entries.write(folder, entries.Entry(proposal))


def sealed(proposals: Iterable[Proposal]) -> dict[str, str]:
    """What the inbox will hold of `proposals`, by id: to be noted with the change that they come with."""
    return {p.id: entries.encode(entries.Entry(p)).decode("utf-8", "surrogatepass") for p in proposals}


def land(folder: str, arriving: Mapping[str, str]) -> None:
    """Let what was `sealed` wait in the inbox `folder`, durably; what waits already stays. Raises OSError."""
    for proposal_id, text in arriving.items():
        path = entries.path(places.make_private(folder), proposal_id)
        if not os.path.exists(path):
            union.put(path, text.encode("utf-8", "surrogatepass"))
