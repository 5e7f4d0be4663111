"""What of a proposal a person was shown last: its seal, in a file beside the inbox's entries.

It stands outside of the entry, so that an entry that is changed where it lies no longer fits it.
"""

import os

from memctl import places
from memctl.store.disk import files

SEAL_MAX = 100
"""Bytes of a seal's file that are read: a seal has 64."""


UNREADABLE = "?"
"""The seal of what a damaged file stands for."""


def folder(inbox: str) -> str:
    """Where the seals of the inbox in the folder `inbox` lie."""
    return os.path.join(inbox, "shown")


def load(inbox: str) -> dict[str, str]:
    """The seals by the id of their proposal."""
    found: dict[str, str] = {}
    try:
        names = files.names(folder(inbox))
    except OSError:
        return found
    for name in names:
        try:
            found[name] = files.read_regular(os.path.join(folder(inbox), name), SEAL_MAX)[0].decode("ascii")
        except (OSError, ValueError):
            found[name] = UNREADABLE  # it was shown, and nobody knows as what: it fits nothing
    return found


def remember(inbox: str, proposal_id: str, seal: str) -> None:
    """Keep `seal`; where that cannot be written, a proposal counts as never shown. Raises nothing."""
    try:
        places.make_private(folder(inbox))
        files.write_private(os.path.join(folder(inbox), proposal_id), seal.encode())
    except OSError:
        return


def forget(inbox: str, proposal_id: str) -> None:
    """It waits no more, or is what it was when it came."""
    files.discard(os.path.join(folder(inbox), proposal_id))
