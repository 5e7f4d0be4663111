"""How a memory stands to now and to other memories: current, superseded or expired (together: stale).

Lists, recall, the block for a session, the doctor and the counts all ask here. On the hot path: imports
nothing but `domain.times`.
"""

from memctl.domain.times import end_of, is_over

TYPE_CHECKING = False  # typing itself costs a hook its time
if TYPE_CHECKING:
    from collections.abc import Mapping


def superseded_by(metadata: "Mapping[str, object]") -> str:
    """The name of the memory that replaces this one, by its header's `metadata`; "" when none does."""
    name = metadata.get("supersededBy")
    return name.strip() if isinstance(name, str) else ""


def state(successor: str, end: float, now: float) -> str:
    """ "superseded", "expired", or "" for a memory that is current at `now`.

    `successor` is what `superseded_by` gives, `end` what `times.end_of` makes of `expires`.
    """
    if successor:
        return "superseded"
    return "expired" if is_over(end, now) else ""


def stale(successor: str, end: float, now: float) -> str:
    """Why a memory should no longer be relied on, in words for a person; "" while it is current."""
    found = state(successor, end, now)
    return f"superseded by {successor}" if found == "superseded" else found


def header_state(metadata: "Mapping[str, object]", now: float) -> str:
    """`state` of a header, by its `metadata`."""
    return state(superseded_by(metadata), end_of(metadata.get("expires")), now)


def header_stale(metadata: "Mapping[str, object]", now: float) -> str:
    """`stale` of a header, by its `metadata`; an expiry with the date that is written there."""
    reason = stale(superseded_by(metadata), end_of(metadata.get("expires")), now)
    return f"expired {metadata.get('expires')}" if reason == "expired" else reason
