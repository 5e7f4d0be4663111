"""The lexical selector: at most five memories for a query, by their words, with no model and no network.

The embedded default when there are no credentials, the fallback when a model is late, and what hooks call at
every prompt; so this module and all it imports load only os, sys, sqlite3, math and zlib. Works on the
search cache, which it brings up to date with the files first.
"""

import os
import time

from memctl.domain import relation
from memctl.places import cache_file, queries_file
from memctl.services.recall.ranking import DEPTH, Ranking
from memctl.store.search.cache import Cache, Row, open_cache

LIMIT = 5
WEAKEST = 0.2
"""Score, as a part of the best one's, below which a memory without evidence of its own is not returned."""

CANDIDATES = 200
"""Headers that one manifest holds."""


class Hit:
    """One memory as found: its header, and how well it fits. `modified` is in seconds since the epoch."""

    __slots__ = (
        "anticipated", "description", "expires", "file", "fingerprint", "id", "modified", "name", "score",
        "superseded", "type", "warnings",
    )  # fmt: skip

    def __init__(self, row: Row, score: float | None = None) -> None:
        self.id, self.file, self.name, self.description, self.type, self.modified = row[:6]
        self.expires, self.superseded, self.fingerprint = row[6:9]
        self.warnings = tuple(row[9].split("\n")) if row[9] else ()
        self.score = score
        self.anticipated: str | None = None  # the anticipated query that matched, when one did

    @property
    def stem(self) -> str:
        """What a person types to name this memory."""
        return str(self.file)[:-3]

    def stale(self, now: float) -> str:
        """Why the memory should no longer be recalled, or ""."""
        return relation.stale(self.superseded, self.expires, now)

    def left_out(self, exclude: "frozenset[str]", now: float) -> bool:
        """Whether it was surfaced already (`exclude` holds files, with or without `.md`) or is stale."""
        return self.file in exclude or self.stem in exclude or bool(self.stale(now))


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
) -> Answer:
    """At most `limit` memories of `directory` that fit `query`, best first; none when nothing fits.

    `exclude` holds file names (relative paths, or without `.md`) that were surfaced already. Expired and
    superseded memories are never returned. `progress(done, total)` is called while a first indexing takes
    over a second. `semantic` adds likeness of meaning when that extra is installed. Raises OSError when the
    directory cannot be read.
    """
    moment = time.time() if now is None else now
    cache = open_index(directory, moment, progress)
    try:
        answer, _ = weigh(cache, directory, query, limit, exclude, moment, semantic)
        if cache.swept or cache.confirm(directory, [hit.id for hit in answer.hits]):
            return answer
    finally:
        cache.close()
    cache = open_index(directory, moment, progress, whole=True)
    try:
        return weigh(cache, directory, query, limit, exclude, moment, semantic)[0]
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
) -> tuple[Answer, Ranking]:
    """The answer of an open cache, and the ranking that it was cut from."""
    ranking = Ranking(cache, query)
    if semantic:
        ranking.add_likeness(_likeness(cache, directory, query))
    answer = Answer(cache, [])
    answer.candidates = len(ranking.scores)
    ordered = _ordered(cache, ranking, max(DEPTH, limit) + len(exclude) + cache.stale)
    found = [hit for hit in ordered if not hit.left_out(exclude, now)][:limit]
    if any(ranking.evidence(hit.id) for hit in found):
        least = WEAKEST * (found[0].score or 0.0)
        answer.hits = [hit for hit in found if _stands(hit, ranking, least)]
    return answer, ranking


def candidates(
    directory: str,
    query: str,
    limit: int = CANDIDATES,
    *,
    exclude: "frozenset[str]" = frozenset(),
    now: "float | None" = None,
    progress: object = None,
) -> Answer:
    """The `limit` memories that a model should choose from: by relevance over all files, never abstaining.

    When fewer fit, the newest of the others fill up. `hits` are best first, and `candidates` their number.
    """
    moment = time.time() if now is None else now
    cache = open_index(directory, moment, progress, whole=True)
    try:
        enough = limit + len(exclude) + cache.stale
        hits = _ordered(cache, Ranking(cache, query), enough)
        known = {hit.id for hit in hits}
        if len(hits) < enough:
            hits += [Hit(row) for row in cache.newest(enough + len(hits)) if row[0] not in known]
        return Answer(cache, [hit for hit in hits if not hit.left_out(exclude, moment)][:limit])
    finally:
        cache.close()


def headers(directory: str, *, now: "float | None" = None, progress: object = None) -> Answer:
    """Every memory of `directory` as a `Hit` without a score, newest first."""
    cache = open_index(directory, time.time() if now is None else now, progress, whole=True)
    try:
        return Answer(cache, [Hit(row) for row in cache.newest()])
    finally:
        cache.close()


def freshen(directory: str) -> None:
    """Compare every file with the cache and bring it up to date: for after an answer that was not `swept`."""
    open_index(directory, time.time(), whole=True).close()


def open_index(directory: str, now: float, progress: object = None, *, whole: bool = False) -> Cache:
    """The search cache of `directory`, up to date (`store.search.cache.open_cache`)."""
    path, queries = cache_file(directory), queries_file(directory)
    return open_cache(os.path.abspath(directory), path, queries, now, whole=whole, progress=progress)


def _likeness(cache: Cache, directory: str, query: str) -> dict[int, float]:
    from memctl.services.recall import semantic

    if not semantic.available():
        return {}
    return semantic.likeness(cache, directory, query, cache_file(directory) + ".vectors")


def _stands(hit: Hit, ranking: Ranking, least: float) -> bool:
    """Whether a hit deserves a place beside the one that answered: evidence of its own; or a content word or
    an anticipated query, and a score not far below the best."""
    if ranking.evidence(hit.id):
        return True
    return (hit.score or 0.0) >= least and (hit.id in ranking.matched or ranking.evidence.share(hit.id) > 0)


def _ordered(cache: Cache, ranking: Ranking, count: int) -> list[Hit]:
    """The best `count`, best first; among equals the newest first, then by name."""
    hits = [
        Hit(row, ranking.scores[row[0]] + ranking.exactness(row)) for row in cache.rows(ranking.best(count))
    ]
    hits.sort(key=lambda hit: (-(hit.score or 0.0), -hit.modified, hit.file))
    for hit in hits:
        if hit.id in ranking.matched:
            hit.anticipated = ranking.matched[hit.id]
    return hits
