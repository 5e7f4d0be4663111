"""How a memory stands to now and to other memories: current, superseded or expired (together: stale).

Lists, recall, the block for a session, the doctor and the counts all ask here. On the hot path: imports
nothing but `domain.times`.
"""

from memctl.domain.times import end_of, is_over, last_day, write_second

TYPE_CHECKING = False  # typing itself costs a hook its time
if TYPE_CHECKING:
    from collections.abc import Mapping

COLD, HOT, WARM = "cold", "hot", "warm"
"""Tiers: archived, by the header; listed in the index; neither, so that only recall finds it."""

PINNED = "pinned"
"""What the search cache has in the place of a tier: in the index whatever room there is."""


def superseded_by(metadata: "Mapping[str, object]") -> str:
    """The name of the memory that replaces this one, by its header's `metadata`; "" when none does."""
    name = metadata.get("supersededBy")
    return name.strip() if isinstance(name, str) else ""


def is_cold(metadata: "Mapping[str, object]") -> bool:
    """Whether a header's `metadata` says that the memory is archived: recalled when nothing else answers.
    A pinned memory never is."""
    return str(metadata.get("tier", "")).strip().lower() == COLD and not is_pinned(metadata)


def is_pinned(metadata: "Mapping[str, object]") -> bool:
    """Whether a header's `metadata` pins the memory."""
    return str(metadata.get("pinned", "")).lower() in ("true", "yes", "1")


def label(successor: str, replaced_on: "float | None", ended: float, tier: str, perhaps: str = "") -> str:
    """How a memory stands to now, in words: `replaced by X on 2026-05-12`, `expired 2026-05-12`, `archived`.

    `replaced_on` is None where that is not known, `ended` the end of its time where that is over (else 0.0),
    `perhaps` what a waiting proposal would put in its place.
    """
    on = "" if replaced_on is None else f" on {write_second(replaced_on)[:10]}"
    said = [f"replaced by {successor}{on}"] if successor else []
    said += [f"expired {last_day(ended)}"] if ended and not said else []
    said += [f"perhaps replaced by {perhaps} (memctl review)"] if perhaps and not said else []
    said += ["archived"] if tier == COLD else []
    return ", ".join(said)


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
