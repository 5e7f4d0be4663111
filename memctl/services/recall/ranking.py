"""How well each memory fits a query, by its words. The lexical selector's arithmetic.

BM25F with two fields: the header (name, file name, description, the pointer in the index) and the body. On
top comes a share for words that are rare *among headers*, since what a header names the memory is about.
The words of a query count in three ranks. Content words find memories. Everyday words (`words.LIGHT`) find
and rank too but are no evidence. Function words (`words.STOP`), parts of camelCase words and words that
stand nearly everywhere only lift what others found. Words that begin with a query word count a little.

A query is answered only when one of the best memories shares enough with it (`Ranking.evidence`): a raw
score does not tell that nothing fits, while the number and the share of words in common does.

The constants lie on broad plateaus: halving or doubling any of them moves recall@5 on the development set
by about a point (`bench/recall.py`), so none is tuned to a collection.

On the hot path: imports nothing but math.
"""

from math import log

from memctl.store.search.cache import Cache
from memctl.text.words import LIGHT, STOP, query_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD_WEIGHT = 5.0
"""One mention in the header against one in a body of average length."""

SATURATION = 1.4
LENGTH_NORM = 0.6
"""BM25's k1, and b for the body; the header is short enough to need none."""

HEAD_SHARE = 0.2
HEAD_SATURATION = 0.5
"""What the header adds by the rarity of a word among headers."""

SOFT = 0.4
"""Weight of words that lift but do not find."""

LONGER = 0.4
LONGER_MIN = 4
LONGER_TERMS = 20
"""Weight of terms that begin with a query word's stem, from how many letters, and how many terms at most."""

TERMS_MAX = 32
"""Words of one query that are scored, the rarest first: a pasted log is searched by what is special in it."""

COMMON_MIN = 2000
COMMON_SHARE = 0.1
"""A word in more memories than both (a count, a share of all) is looked up for the best candidates only."""

DEPTH = 50
"""Candidates that are looked at closely."""

SHARE_NEEDED = 0.4
"""Share of the query's content words, weighed by rarity, that is evidence on its own."""

BACKGROUND = 50
"""Memories that are imagined besides the real ones when shares are weighed: in a directory of three, that a
word of the query stands nowhere says little."""

LONG_QUERY = 20
"""Content words from which a query needs a word more in common, up to two more."""

BEST_QUERY = 0.75
ALL_QUERIES = 0.25
"""Weight of the best anticipated query of a memory, and of all of them together."""

QUERY_LENGTH = 10
QUERY_LENGTH_NORM = 0.4
"""Words of an ordinary prompt, and how much a longer one counts less."""

QUERIES_MAX = 1000
"""Anticipated queries that are looked at closely."""


class Term:
    """One stem of the query and what the index knows of it."""

    __slots__ = ("exact", "frequency", "points", "query_rarity", "rarity", "soft", "solid", "stem", "word")

    def __init__(self, word: str, stem: str, part: bool) -> None:
        self.word = word
        self.stem = stem
        self.soft = word in STOP  # lifts, does not find
        self.solid = not (self.soft or part or word in LIGHT)  # counts as evidence
        self.frequency = 0
        self.rarity = 0.0
        self.query_rarity = 0.0  # its rarity with regard to the anticipated queries too
        self.exact: set[int] = set()  # memories that hold this very stem
        self.points: dict[int, float] = {}  # what the word adds to each memory

    def know(self, frequency: int, live: int) -> None:
        """Note in how many of `live` memories the stem stands."""
        self.frequency = min(frequency, live)
        self.rarity = _rarity(self.frequency, live)

    @property
    def has_longer(self) -> bool:
        """Whether words that begin with it are likely to mean the same."""
        return len(self.stem) >= LONGER_MIN and self.stem.isascii() and self.stem.isalpha()


class Ranking:
    """Scores of all memories that a query touches."""

    def __init__(self, cache: Cache, query: str) -> None:
        self.cache = cache
        self.scores: dict[int, float] = {}
        self.terms = _terms(cache, query)
        self.matched: dict[int, str] = {}  # memory -> the anticipated query of it that fits best
        self.alike: set[int] = set()  # so like the query in meaning that no word is needed
        late = self._find()
        if cache.query_count:
            self._match_queries()
        self._lift(late)

    def best(self, count: int) -> list[int]:
        """Ids of the `count` best, best first; equals in no particular order."""
        scores = self.scores
        found = list(scores)
        if len(scores) > count:
            least = sorted(scores.values())[-count]
            found = [doc for doc, score in scores.items() if score >= least]
        return sorted(found, key=scores.__getitem__, reverse=True)

    def evidence(self, doc: int) -> bool:
        """Whether what memory `doc` has in common with the query is more than chance.

        Two content words, or three words of which one is a content word; or so much of the query that one
        word is most of it. Long queries, which share two words with anything, need a little more.
        """
        if doc in self.alike:
            return True
        matched = [term for term in self.terms if not term.soft and doc in term.exact]
        solid = [term for term in matched if term.solid]
        more = min(2, sum(term.solid for term in self.terms) // LONG_QUERY)
        if len(solid) >= 2 + more or (len(matched) >= 3 + more and solid):
            return True
        return self.share(doc) >= SHARE_NEEDED

    def add_likeness(self, alike: dict[int, float]) -> None:
        """Fuse with likeness of meaning (memory -> -1 to 1), in units of the best score by words."""
        if not alike:
            return
        from memctl.services.recall.semantic import LIKE_ENOUGH, WEIGHT

        unit = max(self.scores.values(), default=1.0)
        for doc, value in alike.items():
            self.scores[doc] = self.scores.get(doc, 0.0) + WEIGHT * unit * value
        self.alike = {doc for doc, value in alike.items() if value >= LIKE_ENOUGH}

    def share(self, doc: int) -> float:
        """Share of the query's content words that `doc` holds, by rarity, from 0 to 1."""
        solid = [
            (_rarity(term.frequency, self.cache.live + BACKGROUND), term) for term in self.terms if term.solid
        ]
        total = sum(rarity for rarity, _ in solid)
        held = sum(rarity for rarity, term in solid if doc in term.exact)
        return held / total if total else 0.0

    def _find(self) -> list[Term]:
        """Score by the finding words; returns those that stand nearly everywhere, which only lift."""
        finders = [term for term in self.terms if not term.soft]
        common = max(COMMON_MIN, COMMON_SHARE * self.cache.live)
        rare = [term for term in finders if term.frequency <= common]
        if not rare and finders:
            rare = [min(finders, key=lambda term: term.frequency or common * 1000)]
        for term in rare:
            self._score(term)
        return [term for term in finders if term not in rare]

    def _score(self, term: Term) -> None:
        """Add the points of one finding term to every memory that holds it, or a longer word."""
        cache = self.cache
        heads: dict[int, float] = {}
        bodies: dict[int, float] = {}
        _count(cache, term.stem, 1.0, heads, bodies)
        term.exact = {doc for doc in heads.keys() | bodies.keys() if cache.lengths[doc]}
        term.know(len(term.exact), cache.live)  # the index's count holds removed ones until it is rebuilt
        in_heads = sum(1 for doc in heads if cache.lengths[doc])
        if term.has_longer:
            for stem in cache.longer(term.stem, LONGER_TERMS):
                _count(cache, stem, LONGER, heads, bodies)
        rarity = term.rarity if term.frequency else _rarity(len(heads.keys() | bodies.keys()), cache.live)
        head_rarity = HEAD_SHARE * _rarity(in_heads or len(heads), cache.live)
        self._credit(term, heads, bodies, rarity, head_rarity)

    def _credit(
        self, term: Term, heads: dict[int, float], bodies: dict[int, float], rarity: float, head_rarity: float
    ) -> None:
        """BM25F for one term: this loop runs once per memory that holds it."""
        lengths, scores, points = self.cache.lengths, self.scores, term.points
        average = self.cache.tokens / max(1, self.cache.live)
        for doc in heads.keys() | bodies.keys():
            length = lengths[doc]
            if not length:
                continue  # removed since; still in the inverted index
            head = heads.get(doc, 0.0)
            norm = 1 - LENGTH_NORM + LENGTH_NORM * length / average
            mass = HEAD_WEIGHT * head + bodies.get(doc, 0.0) / norm
            gain = rarity * mass * (SATURATION + 1) / (SATURATION + mass)
            if head:
                gain += head_rarity * head * (HEAD_SATURATION + 1) / (HEAD_SATURATION + head)
            points[doc] = gain
            scores[doc] = scores.get(doc, 0.0) + gain

    def _match_queries(self) -> None:
        """Add what the anticipated queries of each memory have in common with the query.

        Most of it by the best single one, since they are alternatives and a memory with many must not win by
        that; a little by all together, since a query may mix two of them.
        """
        held = self._held_by_queries()
        soft = {term.word: SOFT * term.rarity for term in self.terms if term.soft}
        together: dict[int, set[Term]] = {}
        best: dict[int, tuple[float, str, int]] = {}
        closest = sorted(held, key=lambda query: _in_queries(held[query]))[-QUERIES_MAX:]
        for query, doc, length, text in self.cache.queries(closest):
            together.setdefault(doc, set()).update(held[query])
            points = _in_queries(held[query]) + sum(soft.get(word, 0.0) for word in set(text.lower().split()))
            points *= (1 + QUERY_LENGTH_NORM) / (1 + QUERY_LENGTH_NORM * length / QUERY_LENGTH)
            if points > best.get(doc, (0.0,))[0]:
                best[doc] = (points, text, query)
        for doc, (points, text, query) in best.items():
            points = BEST_QUERY * points + ALL_QUERIES * _in_queries(together[doc])
            self.scores[doc] = self.scores.get(doc, 0.0) + points
            self.matched[doc] = text
            for term in held[query]:
                term.exact.add(doc)

    def _held_by_queries(self) -> dict[int, list[Term]]:
        """Anticipated query -> the finding terms that it holds."""
        held: dict[int, list[Term]] = {}
        for term in self.terms:
            if not term.soft:
                queries = self.cache.queries_with(term.stem)
                term.query_rarity = (term.rarity + _rarity(len(queries), self.cache.query_count)) / 2
                for query in queries:
                    held.setdefault(query, []).append(term)
        return held

    def _lift(self, late: list[Term]) -> None:
        """Add what soft and common words are worth to the best candidates."""
        among = self.best(DEPTH)
        if not among:
            return
        lengths = self.cache.lengths
        for term in self.terms:
            if not term.soft and term not in late:
                continue
            if term.frequency <= COMMON_MIN:
                holders = {doc for doc in self.cache.holders(term.word) if lengths[doc]}
                term.know(len(holders), self.cache.live)
            else:
                holders = self.cache.holders(term.word, among)
            holders.intersection_update(among)
            term.exact |= holders
            for doc in holders:
                term.points[doc] = SOFT * term.rarity if term.soft else term.rarity
                self.scores[doc] += term.points[doc]


def _terms(cache: Cache, query: str) -> list[Term]:
    """The query's terms with their frequencies; of very many, the rarest that the index knows."""
    words = query_words(query)
    found: dict[str, Term] = {}
    for (word, part), stems in zip(words, cache.stems([word for word, _ in words]), strict=True):
        for stem in stems:
            if stem not in found:
                found[stem] = Term(word, stem, part)
    terms = list(found.values())
    if all(term.soft for term in terms):
        return []
    for term in terms:
        term.know(cache.frequency(term.stem), cache.live)
    if len(terms) <= TERMS_MAX:
        return terms
    known = [term for term in terms if term.frequency and not term.soft]
    return sorted(known, key=lambda term: term.frequency)[:TERMS_MAX]


def _count(cache: Cache, stem: str, weight: float, heads: dict[int, float], bodies: dict[int, float]) -> None:
    """Add to each memory's field `weight` for every place where `stem` stands in it."""
    for doc, column in cache.instances(stem):
        field = heads if column == "head" else bodies
        field[doc] = field.get(doc, 0.0) + weight


def _in_queries(terms: "Iterable[Term]") -> float:
    return sum(term.query_rarity for term in terms)


def _rarity(frequency: int, live: int) -> float:
    """BM25's inverse document frequency, never negative."""
    return log(1 + (live - frequency + 0.5) / (frequency + 0.5)) if frequency <= live else 0.0
