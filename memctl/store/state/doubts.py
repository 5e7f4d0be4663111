"""What waiting proposals of `dream` would put in the place of a memory, kept beside the search cache.

Only what rules compared counts: never a model's word, and nothing that came out of a session. Derived from
the inbox and made anew when that, or what a person settled, has changed; where it cannot be written, it is
made each time. On the hot path: imports nothing but os, time and hot modules.
"""

import os
import time

from memctl import places
from memctl.store.disk import files
from memctl.store.search.freshness import MISSING, RACY_NS, stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from memctl.domain.proposal import Proposal

    Doubts = dict[str, tuple[str, str, str]]

_MAX = 1024 * 1024
"""Bytes that are read: a thousand proposals of twenty memories each would be as long."""


def load(directory: str) -> "Doubts":
    """Stem of a memory -> (its fingerprint as it was compared, the stem of what perhaps replaced it, the
    fingerprint of that). Never raises: without it nothing is doubted."""
    state = places.store_state(directory)
    inbox = os.path.join(state, "inbox")
    if (seen := stamp(inbox)) == MISSING:
        return {}
    looks = seen + stamp(os.path.join(state, "beside"))
    path = path_of(directory)
    try:
        parts = os.fsdecode(files.read_regular(path, _MAX)[0]).split("\0")
    except OSError:
        parts = []
    if parts[:1] != [looks]:
        try:
            parts = [looks, *_derived(directory)]
        except OSError:
            return {}  # an inbox that cannot be read is told by who asks for it
        if not _is_racy(inbox):
            _keep(path, parts)
    rows = zip(parts[1::4], parts[2::4], parts[3::4], parts[4::4], strict=False)
    return {stem: (looked, by, by_looked) for stem, looked, by, by_looked in rows}


def path_of(directory: str) -> str:
    """Where it is kept: beside the search cache, whose removal takes it along."""
    return places.cache_file(directory) + ".doubts"


def _derived(directory: str) -> list[str]:
    """The parts of the file after the first, four for each memory; of several proposals about one memory the
    oldest counts."""
    from memctl.store.state.inbox import Inbox
    from memctl.store.state.settled import Settled

    settled, found = Settled(directory), dict[str, list[str]]()
    for entry in Inbox(directory).entries()[0]:
        for row in _rows(entry.proposal):
            if not settled.holds(row[1], row[3]) and not any("\0" in part for part in row):
                found.setdefault(row[0], row)
    return [part for row in found.values() for part in row]


def _rows(proposal: "Proposal") -> list[list[str]]:
    if not (proposal.is_dreamt and proposal.engine == "rules" and proposal.kind.replaces):
        return []
    seen = {target.name: target.seen for target in proposal.targets}
    pairs = [(t.name, t.by or proposal.name) for t in proposal.targets if t.name != proposal.name]
    return [[old, seen[old], by, seen[by]] for old, by in pairs if by in seen]


def _is_racy(folder: str) -> bool:
    """Whether a change in this tick of a coarse clock could leave `folder` looking the same."""
    try:
        return time.time_ns() - os.stat(folder).st_mtime_ns < RACY_NS
    except OSError:
        return True


def _keep(path: str, parts: list[str]) -> None:
    try:
        places.make_private(os.path.dirname(path))
        files.write_private(path, os.fsencode("\0".join(parts)))
    except OSError:
        return
