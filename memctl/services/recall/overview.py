"""All memories of a directory at a glance: their headers in an order, and which no longer hold."""

from collections.abc import Collection, Mapping
from contextlib import closing, suppress
from typing import TypeVar

from memctl.domain.memory import Memory
from memctl.domain.selection import Standing
from memctl.errors import Damaged, MemctlError
from memctl.places import cache_file
from memctl.services.recall import lexical, timeline
from memctl.services.recall.hits import Hit
from memctl.store.memory.listing import Problem
from memctl.store.memory.memories import MemoryStore
from memctl.store.search.database import open_database

Header = TypeVar("Header", Memory, Hit)
"""What can be listed: a memory, or its header from the cache."""


def headers(directory: str, *, now: float, progress: object = None) -> tuple[list[Hit], list[Problem]]:
    """Every memory's header from the search cache, and what looks like a memory and cannot be read.

    `progress(done, total)` is called while a first indexing takes over a second. Raises Damaged.
    """
    try:
        answer = lexical.headers(directory, now=now, progress=progress)
    except OSError as error:
        raise _damaged(directory, error) from None
    return answer.hits, sorted(answer.problems)


def first(
    directory: str, limit: int, by: str | None, type_: str | None, *, now: float, progress: object = None
) -> tuple[list[Hit], list[Problem], int]:
    """As `headers`, in the order of `ordered`, no more than `limit` of all or of one type: the others are
    neither made nor ordered. And how many there are in all. Raises Damaged."""
    try:
        answer = lexical.first(directory, limit, by or "pinned", type_, now=now, progress=progress)
    except OSError as error:
        raise _damaged(directory, error) from None
    return answer.hits, sorted(answer.problems), answer.scanned - len(answer.problems)


def _damaged(directory: str, error: OSError) -> Damaged:
    return Damaged(f"{directory}: {error.strerror or error}", hint="check its permissions")


def resting(store: MemoryStore, *, now: float, progress: object = None) -> list[Memory]:
    """The memories whose header names evidence; the others are read only where there is no search cache:
    deciding makes none, which would hold what a memory says. Raises Damaged."""
    if not _has_cache(store.directory):
        return store.memories()[0]
    try:
        with closing(lexical.open_index(store.directory, now, progress, whole=True)) as cache:
            files = cache.resting()
    except OSError as error:
        raise _damaged(store.directory, error) from None
    found = []
    for file in files:
        with suppress(MemctlError):  # gone or unreadable since
            found.append(store.skim(file))
    return found


def _has_cache(directory: str) -> bool:
    """Whether there is a search cache that can be brought up to date."""
    db = open_database(cache_file(directory))
    if db is None:
        return False
    db.close()
    return True


def headers_then(directory: str, moment: float) -> tuple[list[Hit], Mapping[str, str]]:
    """Every memory's header as it was at `moment`, and by file what became of it: `changed`, `gone` or "".

    Raises Damaged.
    """
    from memctl.services.recall import retrospect  # reads the history

    then = retrospect.at(directory, moment)
    with closing(then.opened()) as cache:
        return lexical.every(cache), then.since


def standings(directory: str, files: Collection[str], now: float) -> dict[str, Standing]:
    """How each of `files` stands to `now`, by what their headers and their successors' say.

    Raises Damaged.
    """
    wanted = {*files}
    found = headers(directory, now=now)[0] if wanted else []
    return {hit.file: timeline.standing(hit, now) for hit in found if hit.file in wanted}


def ordered(memories: list[Header], by: str | None) -> list[Header]:
    """`memories` by `modified` (newest first), `name`, or `type` and then newest first; None: the pinned ones
    first, then the newest."""
    if by == "name":
        return sorted(memories, key=lambda m: m.file)
    newest = sorted(memories, key=lambda m: (-m.modified, m.file))
    if by == "type":
        return sorted(newest, key=lambda m: m.type or "~")
    return newest if by else sorted(newest, key=lambda m: not m.is_pinned)
