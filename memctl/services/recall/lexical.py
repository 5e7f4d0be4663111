"""The lexical selector: at most five memories for a query, by their words, with no model and no network.

The embedded default when there are no credentials, the fallback when a model is late, and what hooks call at
every prompt; so this module and all it imports load only os, sys, sqlite3, math and zlib. Works on the
search cache, which it brings up to date with the files first.
"""

import os
import time

from memctl.domain.relation import COLD
from memctl.places import cache_file, queries_file
from memctl.services.recall.hits import Hit, Successors, current, newer_first
from memctl.services.recall.ranking import DEPTH, Ranking
from memctl.store.search.cache import Cache, open_cache
from memctl.store.state import doubts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from memctl.store.search.cache import Row

    Arrange = Callable[[list[Hit], Successors, float], list[Hit]]

LIMIT = 5
WEAKEST = 0.2
"""Score, as a part of the best one's, below which a memory without evidence of its own is not returned."""

CANDIDATES = 200
"""Headers that one manifest holds."""


class Answer:
    """What a recall found. Of `scanned` files, `candidates` share a word with the query."""

    __slots__ = ("candidates", "hits", "problems", "scanned", "swept")

    def __init__(self, cache: Cache, hits: list[Hit]) -> None:
        self.scanned = cache.live + len(cache.problems)
        self.candidates = len(hits)
        self.hits = hits
        self.problems = cache.problems
        self.swept = cache.swept  # False: call `freshen` once the answer is printed


def recall(
    directory: str,
    query: str,
    *,
    limit: int = LIMIT,
    exclude: "frozenset[str]" = frozenset(),
    now: "float | None" = None,
    progress: object = None,
    semantic: bool = False,
    arrange: "Arrange" = current,
) -> Answer:
    """At most `limit` memories of `directory` that fit `query`, best first; none when nothing fits.

    `exclude` holds file names (relative paths, or without `.md`) that were surfaced already. `arrange` says
    what becomes of expired and superseded memories: by default only what holds is returned, a successor in
    the place of what it replaced. What is archived answers only where nothing else does. `progress(done,
    total)` is called while a first indexing takes over a second. `semantic` adds likeness of meaning when
    that extra is installed. Raises OSError when the directory cannot be read.
    """
    moment = time.time() if now is None else now
    cache = open_index(directory, moment, progress)
    try:
        answer, _ = weigh(cache, directory, query, limit, exclude, moment, semantic, arrange)
        if cache.swept or cache.confirm(directory, [hit.id for hit in answer.hits]):
            return answer
    finally:
        cache.close()
    cache = open_index(directory, moment, progress, whole=True)
    try:
        return weigh(cache, directory, query, limit, exclude, moment, semantic, arrange)[0]
    finally:
        cache.close()


def weigh(
    cache: Cache,
    directory: str,
    query: str,
    limit: int,
    exclude: "frozenset[str]",
    now: float,
    semantic: bool,
    arrange: "Arrange" = current,
) -> tuple[Answer, Ranking]:
    """The answer of an open cache, and the ranking that it was cut from."""
    ranking = Ranking(cache, query)
    if semantic:
        ranking.add_likeness(_likeness(cache, directory, query))
    answer = Answer(cache, [])
    answer.candidates = len(ranking.scores)
    ordered = _ordered(cache, ranking, max(DEPTH, limit) + len(exclude))
    if sum(hit.answers(now) for hit in ordered) < limit < len(ranking.scores):
        ordered = _ordered(cache, ranking, len(ordered) + cache.stale)
    found = [hit for hit in ordered if not hit.excluded(exclude)]
    successors = Successors(cache, ordered, exclude, ranking.together)
    for archived in (False, True):  # the archive answers where nothing else does
        tier = [hit for hit in found if (hit.tier == COLD) == archived]
        enough = _enough(arrange(tier, successors, now)[:limit], ranking)
        answer.hits = answer.hits or newer_first(enough, now, ranking.headed)
    return answer, ranking


def _enough(placed: list[Hit], ranking: Ranking) -> list[Hit]:
    """Those of `placed` that deserve their place; none when not one of them has evidence."""
    if not any(ranking.evidence(*hit.kin) for hit in placed):
        return []
    least = WEAKEST * max(hit.score or 0.0 for hit in placed)
    return [hit for hit in placed if _stands(hit, ranking, least)]


def candidates(
    directory: str,
    query: str,
    limit: int = CANDIDATES,
    *,
    exclude: "frozenset[str]" = frozenset(),
    now: "float | None" = None,
    progress: object = None,
    arrange: "Arrange" = current,
) -> Answer:
    """The `limit` memories that a model should choose from: by relevance over all files, never abstaining.

    When fewer fit, the newest of the others fill up. `hits` are best first, and `candidates` their number.
    """
    moment = time.time() if now is None else now
    cache = open_index(directory, moment, progress, whole=True)
    try:
        return shortlist(cache, query, limit, exclude, moment, arrange)
    finally:
        cache.close()


def shortlist(
    cache: Cache, query: str, limit: int, exclude: "frozenset[str]", now: float, arrange: "Arrange"
) -> Answer:
    """As `candidates`, of an open cache."""
    enough = limit + len(exclude) + cache.stale
    hits = _ordered(cache, Ranking(cache, query), enough)
    known = {hit.id for hit in hits}
    if len(hits) < enough:
        hits += [Hit(row) for row in cache.newest(enough + len(hits)) if row[0] not in known]
    found = [hit for hit in hits if hit.tier != COLD and not hit.excluded(exclude)]
    return Answer(cache, arrange(found, Successors(cache, hits, exclude), now)[:limit])


def headers(directory: str, *, now: "float | None" = None, progress: object = None) -> Answer:
    """Every memory of `directory` as a `Hit` without a score, newest first, each with what replaced it."""
    cache = open_index(directory, time.time() if now is None else now, progress, whole=True)
    try:
        return Answer(cache, every(cache))
    finally:
        cache.close()


def first(
    directory: str, limit: int, order: str, type_: "str | None", *, now: float, progress: object = None
) -> Answer:
    """As `headers`, the first `limit` alone in an order of `store.search.cache.ORDERS`, of all or a type."""
    cache = open_index(directory, now, progress, whole=True)
    try:
        return Answer(cache, _replaced(cache, cache.first(limit, order, type_)))
    finally:
        cache.close()


def every(cache: Cache) -> list[Hit]:
    """All that an open cache holds, newest first, each with what replaced it."""
    return _replaced(cache, cache.newest())


def _replaced(cache: Cache, rows: "list[Row]") -> list[Hit]:
    """The rows as hits, each with what replaced it."""
    hits = [Hit(row) for row in rows]
    successors = Successors(cache, hits)
    for hit in hits:
        if hit.superseded:
            successors.of(hit)
    return hits


def freshen(directory: str) -> None:
    """Compare every file with the cache and bring it up to date: for after an answer that was not `swept`."""
    open_index(directory, time.time(), whole=True).close()


def open_index(directory: str, now: float, progress: object = None, *, whole: bool = False) -> Cache:
    """The search cache of `directory`, up to date (`store.search.cache.open_cache`), with what waiting
    proposals say of it."""
    path, queries = cache_file(directory), queries_file(directory)
    cache = open_cache(os.path.abspath(directory), path, queries, now, whole=whole, progress=progress)
    cache.doubts = doubts.load(directory)
    return cache


def _likeness(cache: Cache, directory: str, query: str) -> dict[int, float]:
    from memctl.services.recall import semantic

    if not semantic.available():
        return {}
    return semantic.likeness(cache, directory, query, cache_file(directory) + ".vectors")


def _stands(hit: Hit, ranking: Ranking, least: float) -> bool:
    """Whether a hit deserves a place beside the one that answered: evidence of its own; or a content word or
    an anticipated query, and a score not far below the best."""
    if ranking.evidence(*hit.kin):
        return True
    fits = not hit.kin.isdisjoint(ranking.matched) or ranking.evidence.share(*hit.kin) > 0
    return (hit.score or 0.0) >= least and fits


def _ordered(cache: Cache, ranking: Ranking, count: int) -> list[Hit]:
    """The best `count`, best first; among equals the newest first, then by name."""
    hits = [
        Hit(row, ranking.scores[row[0]] + ranking.exactness(row)) for row in cache.rows(ranking.best(count))
    ]
    hits.sort(key=lambda hit: (-(hit.score or 0.0), -(hit.since or hit.modified), hit.file))
    for hit in hits:
        if hit.id in ranking.matched:
            hit.anticipated = ranking.matched[hit.id]
    return hits
