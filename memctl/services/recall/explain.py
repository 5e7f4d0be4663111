"""What a recall weighed, in words: fills the trace that `memctl why` shows. Never on the hot path."""

from memctl.services.recall.lexical import Answer, Hit, Trace
from memctl.services.recall.ranking import SHARE_NEEDED, Ranking, Term
from memctl.store.search.cache import Cache


def fill(
    trace: Trace,
    cache: Cache,
    ranking: Ranking,
    answer: Answer,
    limit: int,
    exclude: "frozenset[str]",
    now: float,
) -> None:
    """Note every term of the query, and for every memory the stage at which it left and its points."""
    trace.limit = limit
    trace.problems = answer.problems
    trace.answered = bool(answer.hits)
    trace.terms = [_term(term) for term in ranking.terms]
    hits = [Hit(row, ranking.scores.get(row[0])) for row in cache.all_rows()]
    hits.sort(key=lambda hit: (-(hit.score or 0.0), -hit.modified, hit.file))
    returned = {hit.file for hit in answer.hits}
    rank = 0
    for hit in hits:
        entry = _entry(hit, ranking)
        if hit.file in exclude or hit.file[:-3] in exclude:
            entry["stage"] = "excluded: already surfaced, or named by --exclude"
        elif hit.stale(now):
            entry["stage"] = hit.stale(now)
        elif hit.score is None:
            entry["stage"] = "shares no word with the query"
        else:
            rank += 1
            entry["rank"] = rank
            entry["stage"] = _stage(entry, rank, trace, hit.file in returned)
        trace.files[hit.file] = entry


def _term(term: Term) -> dict[str, object]:
    kind = "function word" if term.soft else "content word" if term.solid else "everyday word"
    return {
        "word": term.word,
        "stem": term.stem,
        "kind": kind,
        "memories": term.frequency,
        "rarity": round(term.rarity, 3),
    }


def _entry(hit: Hit, ranking: Ranking) -> dict[str, object]:
    words = {term.word: round(term.points[hit.id], 3) for term in ranking.terms if hit.id in term.points}
    asked = ranking.asked.get(hit.id)
    return {
        "stage": "",
        "rank": None,
        "score": None if hit.score is None else round(hit.score, 3),
        "words": words,
        "share": round(ranking.share(hit.id), 3),
        "evidence": ranking.evidence(hit.id),
        "anticipated": asked[1] if asked else None,
    }


def _stage(entry: dict[str, object], rank: int, trace: Trace, returned: bool) -> str:
    if returned:
        return "returned"
    if not trace.answered:
        return (
            f"too little in common: {entry['share']:.0%} of the query's content words by rarity"
            f" ({SHARE_NEEDED:.0%}, or two content words, is needed), and no other memory fits better"
        )
    return "outranked" if rank > trace.limit else "too weak beside the best to be returned with it"
