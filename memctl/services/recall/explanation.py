"""What a lexical recall weighed, and at which stage each memory left: for `memctl why`."""

from memctl.domain.relation import COLD
from memctl.services.recall.evidence import SHARE_NEEDED, Term
from memctl.services.recall.hits import Hit, Successors, current
from memctl.services.recall.lexical import LIMIT, Answer, open_index, weigh
from memctl.services.recall.ranking import Ranking
from memctl.services.recall.retrospect import Retrospect
from memctl.services.recall.timeline import Arrange
from memctl.store.search.cache import Row
from memctl.text.words import query_words

_BESIDE = ("in the place of what it replaced", "before what it perhaps replaced")
"""Where a memory stands that was returned for another's words; the second: nobody has decided on it."""


class Explanation:
    """A recall with everything it weighed.

    `terms` holds for each word of the query its stem, kind, rarity and how many memories have it; `files` for
    each memory the stage at which it left, its rank and score, and the points of each word.
    """

    def __init__(self, answer: Answer, ranking: Ranking, limit: int) -> None:
        self.answer = answer
        self.terms = [_term(term) for term in ranking.terms]
        self.files: dict[str, dict[str, object]] = {}
        self.over: dict[str, str] = {}  # of what no longer holds: why
        self.doubted: dict[str, str] = {}  # of what perhaps does not: as `_doubt` says it
        self._ranking = ranking
        self._limit = limit

    def fill(self, rows: list[Row], exclude: "frozenset[str]", now: float) -> None:
        """Note what became of every memory."""
        hits = [Hit(row, self._ranking.scores.get(row[0])) for row in rows]
        Successors(self._ranking.cache, hits)  # notes on each what perhaps replaced it
        ahead = {hit.doubt for hit in hits}
        hits.sort(key=lambda hit: (-(hit.score or 0.0), -hit.modified, hit.file))
        returned = {hit.file for hit in self.answer.hits}
        rank = 0
        for hit in hits:
            entry = self.files[hit.file] = self._entry(hit)
            over = self.over[hit.file] = hit.stale(now)
            doubt = self.doubted[hit.file] = _doubt(hit, now)
            if hit.excluded(exclude):
                entry["stage"] = "excluded: already surfaced, or named by --exclude"
            elif over or hit.tier == COLD:
                said = "returned, " if hit.file in returned else ""
                entry["stage"] = said + (over or "archived: it answers only where nothing warmer does")
            elif hit.file in returned and hit.score is None:
                entry["stage"] = f"returned {_BESIDE[hit.id in ahead]}"
            elif hit.score is None:
                entry["stage"] = "it shares no word with your prompt, and none that means about the same"
            else:
                rank += 1
                entry["rank"] = rank
                entry["stage"] = f"returned{doubt}" if hit.file in returned else self._lost(entry, rank)

    def _entry(self, hit: Hit) -> dict[str, object]:
        ranking = self._ranking
        points = {term.word: round(term.points[hit.id], 3) for term in ranking.terms if hit.id in term.points}
        return {
            "stage": "",
            "rank": None,
            "score": None if hit.score is None else round(hit.score, 3),
            "words": points,
            "neighbours": self._standing_for(hit),
            "share": round(ranking.evidence.share(hit.id), 3),
            "evidence": ranking.evidence(hit.id),
            "anticipated": ranking.matched.get(hit.id),
        }

    def _standing_for(self, hit: Hit) -> dict[str, str]:
        """Word of the query -> the word of the memory's header that is there in its stead."""
        near = {term.word: term.near[hit.id][1] for term in self._ranking.terms if hit.id in term.near}
        if not near:
            return {}
        words = [word for word, _ in query_words(f"{hit.name} {hit.stem} {hit.description}")]
        written: dict[str, str] = {}
        for word, stems in zip(words, self._ranking.cache.stems(words), strict=True):
            for stem in stems:
                written.setdefault(stem, word)
        return {word: written.get(stem, stem) for word, stem in near.items()}

    def _lost(self, entry: dict[str, object], rank: int) -> str:
        if not self.answer.hits:
            return (
                f"too little in common: it has {entry['share']:.0%} of what your prompt is about (two telling"
                f" words themselves, or {SHARE_NEEDED:.0%}, would do), and no other memory has enough"
            )
        return "outranked" if rank > self._limit else "fits much less than the first, so it is left out"

    def sentence(self, file: str) -> str:
        """One sentence on what became of `file` (relative path)."""
        entry = self.files.get(file)
        if entry is None:
            problem = dict(self.answer.problems).get(file, "is not in the memory directory")
            return f"{file} {problem}"
        if entry["stage"] == "returned":
            return f"{file} was returned, rank {entry['rank']}"
        if entry["stage"] == "outranked":
            return f"{file} is rank {entry['rank']} and at most {self._limit} are returned"
        return f"{file}: {entry['stage']}"


def explain(
    directory: str,
    query: str,
    *,
    limit: int = LIMIT,
    exclude: "frozenset[str]" = frozenset(),
    now: float,
    semantic: bool = False,
    arrange: Arrange = current,
    then: Retrospect | None = None,
) -> Explanation:
    """Recall as `lexical.recall` does, over the whole directory as it is or was `then`, and note all of it.

    Raises OSError."""
    cache = open_index(directory, now, whole=True) if then is None else then.opened()
    try:
        answer, ranking = weigh(cache, directory, query, limit, exclude, now, semantic, arrange)
        told = Explanation(answer, ranking, limit)
        told.fill(cache.newest(), exclude, now)
        return told
    finally:
        cache.close()


def _doubt(hit: Hit, now: float) -> str:
    """What a proposal would put in the place of `hit`, to follow other words; or ""."""
    return f", {hit.label(now)}" if hit.perhaps else ""


def _term(term: Term) -> dict[str, object]:
    kind = "function word" if term.soft else "content word" if term.solid else "everyday word"
    return {
        "word": term.word,
        "stem": term.stem,
        "kind": kind,
        "memories": term.frequency,
        "rarity": round(term.rarity, 3),
    }
