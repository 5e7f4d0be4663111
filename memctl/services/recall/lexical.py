"""The lexical selector: at most five memories for a query, by their words, with no model and no network.

The embedded default when there are no credentials, the fallback when a model is late, and what hooks call at
every prompt; so this module and all it imports load only os, sys, sqlite3, math and zlib. Works on the
search cache, which it brings up to date with the files first.
"""

import os
import time

from memctl.domain import relation
from memctl.places import cache_file
from memctl.services.recall.ranking import DEPTH, Ranking
from memctl.store.memory.listing import Problem
from memctl.store.search import anticipated
from memctl.store.search.cache import Cache, Row, open_cache

LIMIT = 5
WEAKEST = 0.3
"""Score, as a part of the best one's, below which a memory without evidence of its own is not returned; up
to 0.35 no answer of the development set is lost by it."""

CANDIDATES = 200
"""Headers that one manifest holds (contract, section 3 of the design)."""


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


class Answer:
    """What a recall found. Of `scanned` files, `candidates` share a word with the query."""

    __slots__ = ("candidates", "hits", "problems", "scanned", "swept")

    def __init__(self, scanned: int, problems: list[Problem]) -> None:
        self.scanned = scanned
        self.candidates = 0
        self.hits: list[Hit] = []
        self.problems = problems
        self.swept = True  # False: call `freshen` once the answer is printed


class Trace:
    """Everything a recall weighed, for `memctl why`. Filled by `recall`."""

    def __init__(self) -> None:
        self.terms: list[
            dict[str, object]
        ] = []  # each word: its stem, rank, rarity, how many memories hold it
        self.files: dict[
            str, dict[str, object]
        ] = {}  # each memory: stage, rank, score, words and their points
        self.problems: list[Problem] = []
        self.limit = LIMIT
        self.answered = False

    def explain(self, file: str) -> str:
        """One sentence on what became of `file` (relative path)."""
        entry = self.files.get(file)
        if entry is None:
            for name, problem in self.problems:
                if name == file:
                    return f"{file} {problem}"
            return f"{file} is not in the memory directory"
        stage = entry["stage"]
        if stage == "returned":
            return f"{file} was returned, rank {entry['rank']}"
        if stage == "outranked":
            return f"{file} is rank {entry['rank']} and at most {self.limit} are returned"
        return f"{file}: {stage}"


def recall(
    directory: str,
    query: str,
    *,
    limit: int = LIMIT,
    exclude: "frozenset[str]" = frozenset(),
    now: "float | None" = None,
    cache_path: "str | None" = None,
    anticipated_path: "str | None" = None,
    trace: "Trace | None" = None,
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
    for whole in (trace is not None, True):
        cache = _open(directory, cache_path, anticipated_path, moment, progress, whole=whole)
        try:
            alike = _alike(cache, directory, query, cache_path) if semantic else {}
            answer = _answer(cache, query, limit, exclude, moment, trace, alike)
            if cache.swept or cache.confirm(directory, [hit.id for hit in answer.hits]):
                answer.swept = cache.swept
                break
        finally:
            cache.close()
    return answer


def candidates(
    directory: str,
    query: str,
    limit: int = CANDIDATES,
    *,
    exclude: "frozenset[str]" = frozenset(),
    now: "float | None" = None,
    cache_path: "str | None" = None,
    anticipated_path: "str | None" = None,
    progress: object = None,
) -> Answer:
    """The `limit` memories that a model should choose from: by relevance over all files, never abstaining.

    When fewer fit, the newest of the others fill up. `hits` are best first, and `candidates` their number.
    """
    moment = time.time() if now is None else now
    cache = _open(directory, cache_path, anticipated_path, moment, progress, whole=True)
    try:
        answer = Answer(cache.live + len(cache.problems), cache.problems)
        ranking = Ranking(cache, query)
        hits = _ordered(cache, ranking, limit + len(exclude) + cache.stale)
        known = {hit.id for hit in hits}
        if len(hits) < limit + len(exclude) + cache.stale:
            rest = cache.newest(limit + len(exclude) + cache.stale + len(hits))
            hits += [Hit(row) for row in rest if row[0] not in known]
        answer.hits = [hit for hit in hits if not _left_out(hit, exclude, moment)][:limit]
        answer.candidates = len(answer.hits)
        return answer
    finally:
        cache.close()


def headers(
    directory: str,
    *,
    now: "float | None" = None,
    cache_path: "str | None" = None,
    anticipated_path: "str | None" = None,
    progress: object = None,
) -> Answer:
    """Every memory of `directory` as a `Hit` without a score, newest first."""
    moment = time.time() if now is None else now
    cache = _open(directory, cache_path, anticipated_path, moment, progress, whole=True)
    try:
        answer = Answer(cache.live + len(cache.problems), cache.problems)
        answer.hits = [Hit(row) for row in cache.all_rows()]
        answer.candidates = len(answer.hits)
        return answer
    finally:
        cache.close()


def freshen(
    directory: str,
    *,
    now: "float | None" = None,
    cache_path: "str | None" = None,
    anticipated_path: "str | None" = None,
) -> None:
    """Compare every file with the cache and bring it up to date: for after an answer that was not `swept`."""
    moment = time.time() if now is None else now
    _open(directory, cache_path, anticipated_path, moment, None, whole=True).close()


def _open(
    directory: str, cache_path: "str | None", asks: "str | None", now: float, progress: object, *, whole: bool
) -> Cache:
    path = cache_file(directory) if cache_path is None else cache_path
    asks_path = anticipated.place(directory) if asks is None else asks
    return open_cache(os.path.abspath(directory), path, asks_path, now, whole=whole, progress=progress)


def _alike(cache: Cache, directory: str, query: str, cache_path: "str | None") -> dict[int, float]:
    from memctl.services.recall import semantic

    if not semantic.available():
        return {}
    path = cache_file(directory) if cache_path is None else cache_path
    return semantic.likeness(cache, directory, query, path + ".vectors")


def _answer(
    cache: Cache,
    query: str,
    limit: int,
    exclude: "frozenset[str]",
    now: float,
    trace: "Trace | None",
    alike: dict[int, float],
) -> Answer:
    answer = Answer(cache.live + len(cache.problems), cache.problems)
    ranking = Ranking(cache, query)
    ranking.add_likeness(alike)
    answer.candidates = len(ranking.scores)
    ordered = _ordered(cache, ranking, max(DEPTH, limit) + len(exclude) + cache.stale)
    found = [hit for hit in ordered if not _left_out(hit, exclude, now)]
    if any(ranking.evidence(hit.id) for hit in found[:limit]):
        least = WEAKEST * (found[0].score or 0.0)
        answer.hits = [hit for hit in found[:limit] if _is_worth(hit, ranking, least)]
    if trace is not None:
        from memctl.services.recall.explain import fill

        fill(trace, cache, ranking, answer, limit, exclude, now)
    return answer


def _is_worth(hit: Hit, ranking: Ranking, least: float) -> bool:
    """Whether a hit deserves a place beside the one that answered: evidence of its own; or a content word or
    an anticipated query, and a score not far below the best."""
    if ranking.evidence(hit.id):
        return True
    return (hit.score or 0.0) >= least and (hit.id in ranking.asked or ranking.share(hit.id) > 0)


def _left_out(hit: Hit, exclude: "frozenset[str]", now: float) -> bool:
    return hit.file in exclude or hit.file[:-3] in exclude or bool(hit.stale(now))


def _ordered(cache: Cache, ranking: Ranking, count: int) -> list[Hit]:
    """The best `count`, best first; among equals the newest first, then by name."""
    ids = ranking.best(count)
    hits = [Hit(row, ranking.scores[row[0]]) for row in cache.rows(ids)]
    hits.sort(key=lambda hit: (-(hit.score or 0.0), -hit.modified, hit.file))
    for hit in hits:
        if hit.id in ranking.asked:
            hit.anticipated = ranking.asked[hit.id][1]
    return hits
