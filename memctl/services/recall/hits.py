"""What a recall finds, and in which order: what replaced a memory stands before it, or in its place.

On the hot path: imports nothing but hot modules.
"""

from memctl.domain import relation
from memctl.text.words import LIGHT, STOP, query_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from memctl.store.search.cache import Cache, Row

CHAIN_MAX = 1_000
"""Steps from a memory to what replaced it, and on, that are followed; each costs a look into the cache."""


SUBJECT_WORDS = 2
SUBJECT_SHARE = 0.4
"""Telling words that the names and descriptions of two memories on one subject share, and which part of the
shorter one that is. A share of 0.3 puts more of what is newer first (0.49 for 0.43 on one tuning set, where
nothing gives 0.35), and costs twice as many first places where all memories of a folder are worded alike."""

NEARLY = 0.5
"""Part of the score of the one before it from which a newer memory comes first. Any score at all gains
nothing, 0.7 loses half of the gain where the newer one is in other words."""

DAY = 86_400.0
"""Seconds by which a memory has to be newer: what a copy of the folder or one sitting wrote is of one age."""


class Hit:
    """One memory as found: its header, and how well it fits. Times are in seconds since the epoch, `since`
    0.0 where neither header nor text says from when it is; `by` is what replaced it, where that is there."""

    __slots__ = (
        "anticipated", "by", "description", "doubt", "expires", "file", "fingerprint", "id", "kin",
        "modified", "name", "perhaps", "score", "since", "successor", "superseded", "tier", "type",
        "warnings",
    )  # fmt: skip

    def __init__(self, row: "Row", score: float | None = None) -> None:
        self.id, self.file, self.name, self.description, self.type, self.modified = row[:6]
        self.expires, self.superseded, self.fingerprint = row[6:9]
        self.warnings = tuple(row[9].split("\n")) if row[9] else ()
        self.since, self.tier, self.successor = row[10:]
        self.score = score
        self.anticipated: str | None = None  # the anticipated query that matched, when one did
        self.by: Hit | None = None
        self.perhaps, self.doubt = "", 0  # stem and id of what a waiting proposal would put in its place
        self.kin = {self.id}  # it, and as far as was looked what it replaced and what replaced it

    @property
    def stem(self) -> str:
        """What a person types to name this memory."""
        return str(self.file)[:-3]

    @property
    def is_pinned(self) -> bool:
        """Whether the person wants it always at hand."""
        return bool(self.tier == relation.PINNED)

    @property
    def replaced_on(self) -> "float | None":
        """When it was replaced: from when its successor is; None where that is not known."""
        return self.by.since if self.by is not None and self.by.since >= (self.since or 1.0) else None

    def stale(self, now: float) -> str:
        """Why the memory should no longer be relied on, or ""."""
        return relation.stale(self.superseded, self.expires, now)

    def is_over(self, now: float) -> bool:
        """Whether it has expired."""
        return relation.state("", self.expires, now) != ""

    def answers(self, now: float) -> bool:
        """Whether it is an answer before others are: it holds, and is not archived."""
        return not self.stale(now) and self.tier != relation.COLD

    def label(self, now: float) -> str:
        """How it stands to now, for a person: replaced (perhaps) by which, when; expired; archived; or ""."""
        ended = self.expires if self.is_over(now) else 0.0
        return relation.label(self.superseded, self.replaced_on, ended, self.tier, self.perhaps)

    def excluded(self, exclude: "frozenset[str]") -> bool:
        """Whether it was surfaced already: `exclude` holds files, with or without `.md`."""
        return self.file in exclude or self.stem in exclude


class Successors:
    """What replaced the memories of one open cache. Of a circle each is followed once."""

    def __init__(
        self,
        cache: "Cache | None",
        hits: "list[Hit]",
        exclude: "frozenset[str]" = frozenset(),
        together: "Callable[[set[int]], float] | None" = None,
    ) -> None:
        self._cache = cache
        self._known = {hit.id: hit for hit in hits}
        self._exclude = exclude
        self.together = together  # how well some memories fit as one; None: the order is not ours
        self._doubt(cache, hits)

    def of(self, hit: Hit, *, sure: bool = False) -> list[Hit]:
        """What replaced `hit`, step by step, the last one at the end; nothing where that is not there. Then
        what perhaps did, unless only what is `sure` is asked for."""
        found: list[Hit] = []
        seen, at = {hit.id}, hit
        while (doc := at.successor if at.superseded else at.doubt * (not sure)) and len(found) < CHAIN_MAX:
            after = self._hit(doc)
            at.by = after if at.superseded else None
            if after is None or after.id in seen:
                break
            seen.add(after.id)
            at = after
            found.append(at)
        for one in (hit, *found):
            one.kin.update(seen)
        return found

    def vouch(self, stands: Hit, hit: Hit) -> float:
        """Let `stands`, which holds instead of `hit`, fit by the words of both: one fact in the words of two
        times. Its score."""
        both = self.together(stands.kin) if self.together else 0.0
        stands.score = max(stands.score or 0.0, hit.score or 0.0, both)
        return stands.score

    def shown(self, hit: Hit) -> bool:
        """Whether `hit` may be shown: it was not surfaced already."""
        return not hit.excluded(self._exclude)

    def _doubt(self, cache: "Cache | None", hits: "list[Hit]") -> None:
        """Note on each of `hits`, and on what would follow it, what a waiting proposal would put in its
        place, where both files are still those that were compared."""
        if cache is None or not cache.doubts:
            return
        wanted = _leading_on({hit.stem for hit in hits if hit.stem in cache.doubts}, cache.doubts)
        known = {hit.stem: hit for hit in self._known.values()} if wanted else {}
        for row in cache.filed([f"{stem}.md" for stem in wanted if stem not in known]):
            hit = known[row[1][:-3]] = Hit(row)
            self._known.setdefault(hit.id, hit)
        for stem in wanted & cache.doubts.keys() & known.keys():
            looked, by, by_looked = cache.doubts[stem]
            hit, after = known[stem], known.get(by)
            if after is None or (hit.fingerprint, after.fingerprint) != (looked, by_looked):
                continue
            if not hit.superseded and after.tier != relation.COLD:
                hit.perhaps, hit.doubt = by, after.id

    def _hit(self, doc: int) -> "Hit | None":
        if doc not in self._known and self._cache is not None:
            for row in self._cache.rows([doc]):
                hit = self._known[doc] = Hit(row)
                self._doubt(self._cache, [hit])
        return self._known.get(doc)


def _leading_on(stems: "set[str]", doubts: "dict[str, tuple[str, str, str]]") -> "set[str]":
    """`stems`, and step by step what `doubts` would put in their place."""
    for stem in tuple(stems):
        while stem in doubts and (stem := doubts[stem][1]) not in stems:
            stems.add(stem)
    return stems


def current(found: list[Hit], successors: Successors, now: float) -> list[Hit]:
    """Only what holds at `now`: the last successor stands in for what was replaced, and what perhaps replaced
    that stands before it.

    Where the successor is not there, or two replace one another, nothing is known to hold instead, and the
    memory itself is kept.
    """
    placed: dict[int, Hit] = {}
    for hit, line in _by_line(found, successors):
        decided, ahead = _parted(hit, line, successors, now)
        for stands in (*ahead, decided[-1]):
            if not stands.is_over(now) and successors.shown(stands):
                placed.setdefault(stands.id, stands)
    return list(placed.values())


def _parted(hit: Hit, line: list[Hit], successors: Successors, now: float) -> tuple[list[Hit], list[Hit]]:
    """`hit` with what replaced it, up to what holds; and what perhaps replaced that, the last one first, as
    far as it holds and may be shown."""
    chain = [hit, *line]
    decided = next((at for at, one in enumerate(chain, 1) if not one.superseded), len(chain))
    ahead = [one for one in chain[: decided - 1 : -1] if not one.stale(now) and successors.shown(one)]
    return chain[:decided], ahead


def _by_line(found: list[Hit], successors: Successors) -> "list[tuple[Hit, list[Hit]]]":
    """Each memory with what replaced it, where the words of all of these together put it; of several that one
    memory replaced the first alone."""
    placed = []
    lifted = set()
    for hit in found:
        line = successors.of(hit)
        score = hit.score or 0.0
        if line and line[-1].id not in lifted:
            lifted.add(line[-1].id)
            score = successors.vouch(line[-1], hit)
        placed.append((score, hit, line))
    if successors.together:
        placed.sort(key=lambda one: -one[0])
    return [(hit, line) for _, hit, line in placed]


def told(found: list[Hit], successors: Successors, now: float) -> list[Hit]:
    """All that was found: what replaced a memory or perhaps did right before it, also where only the old
    one's words fit; what has expired after all that holds. What was replaced, and a session was shown by
    which, is left out."""
    among = {hit.id for hit in found}
    placed: dict[int, Hit] = {}
    over: dict[int, Hit] = {}
    for hit, line in _by_line(found, successors):
        (*steps, stands), ahead = _parted(hit, line, successors, now)
        if steps and not successors.shown(stands):
            continue
        into = over if stands.is_over(now) else placed
        for one in [*ahead, stands, *(step for step in steps[:0:-1] if step.id in among), hit]:
            into.setdefault(one.id, one)
    return [*placed.values(), *over.values()]


def past(found: list[Hit], successors: Successors, now: float) -> list[Hit]:
    """For a question about the past: all by their own words, and right after the first that was replaced
    what holds instead; other successors that were not found themselves come last."""
    placed: dict[int, Hit] = {}
    rest: dict[int, Hit] = {}
    for hit in found:
        placed.setdefault(hit.id, hit)
        for last in successors.of(hit, sure=True)[-1:]:
            if successors.shown(last):
                successors.vouch(last, hit)
                (rest if rest else placed).setdefault(last.id, last)
                rest.setdefault(last.id, last)
    return list((placed | rest).values())


def newer_first(placed: list[Hit], now: float, asked: "Callable[[int], set[str]]") -> list[Hit]:
    """`placed`, each memory before an older one on the same subject that fits hardly better, also by what
    the header of each has of what is `asked`: an exception does not come before the rule that is asked about.

    Nothing is left out. What replaced what, by their headers, was placed already; what no longer holds
    passes nothing.
    """
    words = [_subject(hit) for hit in placed]
    order = list(range(len(placed)))
    for start in range(1, len(placed)):
        at = start
        while at and _passes(placed[order[at]], placed[order[at - 1]], now):
            newer, older = order[at], order[at - 1]
            if not _alike(words[newer], words[older]):
                break
            if not _says_as_much(asked(placed[newer].id), asked(placed[older].id)):
                break
            order[at - 1], order[at] = order[at], order[at - 1]
            at -= 1
    return [placed[index] for index in order]


def _passes(hit: Hit, other: Hit, now: float) -> bool:
    return (
        hit.modified >= other.modified + DAY
        and (hit.score or 0.0) >= NEARLY * (other.score or 0.0)
        and not hit.stale(now)
        and hit.kin.isdisjoint(other.kin)
    )


def _says_as_much(words: "set[str]", others: "set[str]") -> bool:
    """Whether a header lacks one word at most of what is asked and another one has, or shares enough."""
    return len(others - words) < SUBJECT_WORDS or len(words & others) >= SUBJECT_WORDS


def _subject(hit: Hit) -> "set[str]":
    said = query_words(f"{hit.stem} {hit.description}")
    return {word for word, _ in said if word not in STOP and word not in LIGHT}


def _alike(words: "set[str]", others: "set[str]") -> bool:
    shared = len(words & others)
    return shared >= SUBJECT_WORDS and shared >= SUBJECT_SHARE * min(len(words), len(others))
