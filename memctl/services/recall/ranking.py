"""How well each memory fits a query, by its words. The lexical selector's arithmetic.

BM25F with two fields: the header (name, file name, description, the pointer in the index) and the body. The
words of a query count in three ranks. Content words find memories. Everyday words (`words.LIGHT`) find and
rank too but are no evidence. Function words (`words.STOP`), words of what is pasted and words that stand
nearly everywhere only lift what others found. Words that begin with a query word count a little, and so do
its neighbours in meaning (`text.neighbours`) in headers of memories that do not hold the word itself.

Whether a memory is returned at all is not told by a score but by what it has in common with the query
(`evidence`). What each constant costs and gains is in docs/explanation/recall.md.

On the hot path: imports nothing but hot modules.
"""

from memctl.services.recall.evidence import Evidence, Term, rarity_of
from memctl.store.search.cache import Cache, Row
from memctl.text.neighbours import near
from memctl.text.prompt import asked_and_pasted
from memctl.text.words import query_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD_WEIGHT = 3.0
"""One mention in the header against one in a body of average length."""

SATURATION = 1.4
LENGTH_NORM = 0.6
"""BM25's k1, and b for the body; the header is short enough to need none."""

SOFT = 0.4
"""Weight of words that lift but do not find."""

LONGER = 0.4
LONGER_TERMS = 20
"""Weight of terms that begin with a query word's stem, and how many terms at most."""

NEAR = 0.5
NEAR_WORDS = 4
"""Weight of a neighbour, and of how many words of a query they are looked up."""

EXACT = 0.1
"""What the very form of a word in a header adds to its stem, as a part of the word's rarity."""

TERMS_MAX = 32
"""Words of one query that are scored, the rarest first: a pasted log is searched by what is special in it."""

PASTED_MAX = 16
"""Words of what is pasted below a question that may lift what the question found."""

COMMON_MIN = 2000
COMMON_SHARE = 0.1
"""A word in more memories than both (a count, a share of all) is looked up for the best candidates only."""

DEPTH = 50
"""Candidates that are looked at closely."""

BEST_QUERY = 1.0
ALL_QUERIES = 0.5
"""Weight of the best anticipated query of a memory, and of all of them together."""

QUERY_LENGTH = 10
QUERY_LENGTH_NORM = 0.4
"""Words of an ordinary prompt, and how much a longer one counts less."""

QUERIES_MAX = 1000
"""Anticipated queries that are looked at closely."""


class Ranking:
    """Scores of all memories that a query touches."""

    def __init__(self, cache: Cache, query: str) -> None:
        self.cache = cache
        self.scores: dict[int, float] = {}
        self.terms = _terms(cache, query)
        self.matched: dict[int, str] = {}  # memory -> the anticipated query of it that fits best
        late = self._find()
        if cache.query_count:
            self._match_queries()
        self._lift(late)
        self.evidence = Evidence(self.terms, cache.live)

    def best(self, count: int) -> list[int]:
        """Ids of the `count` best, best first; equals in no particular order."""
        scores = self.scores
        found = list(scores)
        if len(scores) > count:
            least = sorted(scores.values())[-count]
            found = [doc for doc, score in scores.items() if score >= least]
        return sorted(found, key=scores.__getitem__, reverse=True)

    def together(self, docs: "set[int]") -> float:
        """How well some memories on one subject fit as one: of each word of the query the best that one of
        them makes of it, and the best of what else each has."""
        best = 0.0
        rest = {doc: self.scores.get(doc, 0.0) for doc in docs}
        for term in self.terms:
            gains = [term.points.get(doc, 0.0) for doc in rest]
            best += max(gains)
            for doc, gain in zip(rest, gains, strict=True):
                rest[doc] -= gain
        return best + max(rest.values())

    def headed(self, doc: int) -> "set[str]":
        """The content words of the query that stand in the header of a memory, by their stems."""
        return {term.stem for term in self.terms if term.solid and doc in term.heads}

    def exactness(self, row: Row) -> float:
        """What a memory gains whose name or description has the words of the query in their very form."""
        said = set(f"{row[2]} {row[3]}".lower().replace("-", " ").split())
        return sum(EXACT * term.rarity for term in self.terms if not term.soft and term.word in said)

    def add_likeness(self, alike: dict[int, float]) -> None:
        """Fuse with likeness of meaning (memory -> -1 to 1), in units of the best score by words."""
        if not alike:
            return
        from memctl.services.recall.semantic import LIKE_ENOUGH, WEIGHT

        unit = max(self.scores.values(), default=1.0)
        for doc, value in alike.items():
            self.scores[doc] = self.scores.get(doc, 0.0) + WEIGHT * unit * value
        self.evidence.alike = {doc for doc, value in alike.items() if value >= LIKE_ENOUGH}

    def _find(self) -> list[Term]:
        """Score by the finding words; returns those that stand nearly everywhere, which only lift."""
        finders = [term for term in self.terms if not term.soft]
        common = max(COMMON_MIN, COMMON_SHARE * self.cache.live)
        rare = [term for term in finders if term.frequency <= common]
        if not rare and finders:
            rare = [min(finders, key=lambda term: term.frequency or common * 1000)]
        for term in rare:
            self._score(term)
        self._add_neighbours([term for term in rare if term.solid][:NEAR_WORDS])
        return [term for term in finders if term not in rare]

    def _score(self, term: Term) -> None:
        """Add the points of one finding term to every memory that holds it, or a longer word."""
        cache = self.cache
        heads: dict[int, float] = {}
        bodies: dict[int, float] = {}
        _count(cache, term.stem, 1.0, heads, bodies)
        term.exact = {doc for doc in heads.keys() | bodies.keys() if cache.lengths[doc]}
        term.heads = term.exact.intersection(heads)
        term.know(len(term.exact), cache.live)  # the index's count holds removed ones until it is rebuilt
        if term.has_longer:
            for stem in cache.longer(term.stem, LONGER_TERMS):
                _count(cache, stem, LONGER, heads, bodies)
            term.akin = (heads.keys() | bodies.keys()) - term.exact
        rarity = term.rarity if term.frequency else rarity_of(len(heads.keys() | bodies.keys()), cache.live)
        self._credit(term.points, heads, bodies, rarity)
        for doc, gain in term.points.items():
            self.scores[doc] = self.scores.get(doc, 0.0) + gain

    def _credit(
        self, points: dict[int, float], heads: dict[int, float], bodies: dict[int, float], rarity: float
    ) -> None:
        """BM25F for one term, into `points`: this loop runs once per memory that holds it."""
        lengths = self.cache.lengths
        average = self.cache.tokens / max(1, self.cache.live)
        for doc in heads.keys() | bodies.keys():
            length = lengths[doc]
            if not length:
                continue  # removed since; still in the inverted index
            norm = 1 - LENGTH_NORM + LENGTH_NORM * length / average
            mass = HEAD_WEIGHT * heads.get(doc, 0.0) + bodies.get(doc, 0.0) / norm
            points[doc] = rarity * mass * (SATURATION + 1) / (SATURATION + mass)

    def _add_neighbours(self, terms: list[Term]) -> None:
        """Add the points of the best neighbour of each term to memories whose header holds that alone."""
        asked = {term.stem for term in self.terms}
        table = near([term.stem for term in terms])
        close = [(term, stem) for term in terms for stem in table.get(term.stem, ()) if stem not in asked]
        holders = self.cache.headed(list({stem for _, stem in close}))
        for term, stem in close:
            held = holders.get(stem, ())
            gain = NEAR * rarity_of(len(held), self.cache.live)
            for doc in held:
                if doc not in term.exact and self.cache.lengths[doc] and gain > term.near.get(doc, (0.0,))[0]:
                    term.near[doc] = (gain, stem)
        for term in terms:
            for doc, (gain, _) in term.near.items():
                term.points[doc] = max(gain, term.points.get(doc, 0.0))
                self.scores[doc] = self.scores.get(doc, 0.0) + gain

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
                term.heads.add(doc)  # as good as a header that says so

    def _held_by_queries(self) -> dict[int, list[Term]]:
        """Anticipated query -> the finding terms that it holds."""
        held: dict[int, list[Term]] = {}
        for term in self.terms:
            if not term.soft:
                queries = self.cache.queries_with(term.stem)
                term.query_rarity = (term.rarity + rarity_of(len(queries), self.cache.query_count)) / 2
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
    asked, pasted = asked_and_pasted(query)
    words = query_words(asked)
    below = query_words(pasted)[:PASTED_MAX] if pasted else []
    found: dict[str, Term] = {}
    every = [(word, part, False) for word, part in words] + [(word, part, True) for word, part in below]
    for (word, part, soft), stems in zip(every, cache.stems([word for word, *_ in every]), strict=True):
        for stem in stems:
            if stem not in found:
                found[stem] = Term(word, stem, part, soft)
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
