"""What a session is told once, so that nothing is left lying: proposals that wait, memories that are found by
their own words alone, and that nobody has tidied for long.

On the hot path: imports nothing but os and hot modules. However many memories there are, it reads a few.
"""

import os

from memctl import places
from memctl.domain import stem
from memctl.store.disk import files
from memctl.store.search import anticipated
from memctl.store.state import dreams

LOOKED_AT = 12
"""The newest memories, which are looked at: the agent at work knows them best. Each costs 0.05 ms."""

NAMED_MAX = 5
"""Of these the ones that are named."""

READ_MAX = 128 * 1024
"""Bytes of a memory that are read; a longer one is not looked at."""

KEPT_MAX = 16 * 1024 * 1024
"""Bytes of the kept queries that are read: some 20,000 memories. Beyond that nothing is said."""


DAY = 86_400.0
SESSIONS = 5
"""A day and so many sessions after it was tidied last, tidying is offered: there may be something new."""


def of(directory: str, changed: "dict[str, float]", now: float) -> list[str]:
    """The lines for a session that begins at `now` (seconds since the epoch), none when there is nothing to
    say; `changed` has every memory and the time of its file."""
    lines = (proposals(waiting(directory)), _bare(directory, changed), _untidied(directory, changed, now))
    return [line for line in lines if line]


def _untidied(directory: str, changed: "dict[str, float]", now: float) -> str:
    """The offer to tidy, "" before it is time; counts the session."""
    if not changed:
        return ""
    since, sessions = dreams.begun(directory, now)
    days = int((now - since) / DAY)
    if days < 1 or sessions < SESSIONS:
        return ""
    return f"memory has not been tidied for {days} day{'s' if days > 1 else ''}: `memctl dream`"


def waiting(directory: str) -> int:
    """How many proposals wait for a verdict."""
    try:
        names = os.listdir(os.path.join(places.store_state(directory), "inbox"))
    except OSError:
        return 0
    return sum(name.endswith(".json") for name in names)


def proposals(count: int) -> str:
    """The line about `count` proposals, "" for none."""
    if not count:
        return ""
    verb = "proposal waits" if count == 1 else "proposals wait"
    return f"{count} {verb} for the person's verdict: `memctl review`"


def _bare(directory: str, changed: "dict[str, float]") -> str:
    newest = sorted(changed, key=changed.__getitem__, reverse=True)[:LOOKED_AT]
    lacking = without_queries(directory, newest)
    if not lacking:
        return ""
    names = ", ".join([stem(file) for file in lacking[:NAMED_MAX]]) + ", ..." * (len(lacking) > NAMED_MAX)
    how = """echo '{"NAME": ["prompt", ...]}' | memctl enrich --from -"""
    return (
        f"No prompts are anticipated yet for: {names}. Whoever knows some in which one helps adds them: {how}"
    )


def without_queries(directory: str, wanted: list[str]) -> list[str]:
    """Those of the files `wanted` for which no queries are kept, neither by content nor in their headers."""
    kept = anticipated.known_keys(places.queries_file(directory), KEPT_MAX)
    if kept is None:
        return []
    return [file for file in wanted if _lacks(os.path.join(directory, file), file, kept)]


def _lacks(path: str, file: str, kept: "dict[bytes, bool]") -> bool:
    try:
        raw = files.read_start(path, READ_MAX + 1)
    except OSError:
        return False
    if len(raw) > READ_MAX:
        return False
    if not kept and b"anticipated" not in raw:
        return True  # where nobody kept any, as at first
    from memctl.format import summary

    memory = summary.read(raw, file, 0.0)
    return not memory.anticipated and not kept.get(
        anticipated.content_key(memory.description, memory.body).encode()
    )
