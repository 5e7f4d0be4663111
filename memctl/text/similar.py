"""Memories that say nearly the same: what `save` refuses without `--force`, and the doctor reports."""

import re
from collections.abc import Iterable
from functools import cache

SAME = 88.0
"""rapidfuzz score (0-100) from which two descriptions or two bodies count as near-duplicates. At 85 pairs
that differ in one decisive word ("staging", "production") are met; such pairs stay below 88 for sentences
of usual length because both the words and the letters must agree."""

SHARED_MIN = 4
"""Words of content that two texts must share before their words alone make them near-duplicates."""

SHARE = 0.7
"""Share of the longer text's words of content that the shorter one must hold, adding none of its own:
"Web client uses pnpm; npm breaks workspace links" in "The web client is built with pnpm; npm breaks its
workspace links". A word on either side that the other lacks may be the one that matters."""

_STOP = frozenset(
    """a an the to of in on at is are was were be been being and or for with from as by it its this that these
    those we you i they he she our your my their not no never always only must should shall has have had do
    does did will can please use used using build built run make made get set put
    don doesn didn isn aren wasn weren hasn haven hadn couldn shouldn wouldn mustn t s d m ll re ve""".split()
)
"""Words that say nothing of the subject; the last line is what `normalise` leaves of contracted ones."""

_CONTRASTS = tuple(
    frozenset(line.split())
    for line in """staging production prod development dev test testing preprod qa
        web mobile desktop ios android cli
        frontend backend
        client server
        linux macos windows
        read write
        input output
        left right
        upstream downstream
        import export
        source target
        primary replica
        internal external
        public private
        major minor patch
        monday tuesday wednesday thursday friday saturday sunday""".splitlines()
)
"""Words of which one in the place of another makes a different fact, however alike the rest is."""

_VERSION = re.compile(r"v\d+")


def normalise(text: str) -> str:
    """Lower case, one blank between words, punctuation dropped."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def likeness(one: str, other: str) -> float:
    """How alike two normalised texts are, 0 to 100: word order does not count, letters do."""
    from rapidfuzz import fuzz

    if not one or not other:
        return 0.0
    return max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other))


@cache
def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word


def content(text: str) -> frozenset[str]:
    """The words of a normalised text that say something, singular."""
    return frozenset([_singular(word) for word in text.split() if word not in _STOP]) - _STOP


def contrast(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the words of two texts differ in a decisive one: staging and production, v1 and v2."""
    here, there = one - other, other - one
    if any(_VERSION.fullmatch(w) for w in here) and any(_VERSION.fullmatch(w) for w in there):
        return True
    return any(here & group and there & group for group in _CONTRASTS)


class _Words:
    """What one text says, compared with many others; those that share few words are told apart at once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.content = content(text)
        self._forms = self.content | {word + "s" for word in self.content}

    def score(self, other: str) -> float:
        """How alike the normalised text `other` is, 0 to 100, by letters and by words."""
        score = likeness(self.text, other) if len(self.text) >= 12 else 0.0
        if score < SAME and len(self._forms.intersection(other.split())) < SHARED_MIN:
            return score
        words = content(other)
        score = max(score, _word_likeness(self.content, words))
        return 0.0 if score >= SAME and contrast(self.content, words) else score


def _word_likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """SAME to 100 when one text says with its words what the other says, else 0."""
    shared, longer = len(one & other), max(len(one), len(other))
    if shared < SHARED_MIN or shared < min(len(one), len(other)) or shared < SHARE * longer:
        return 0.0
    return SAME + (100.0 - SAME) * shared / longer


def about_the_same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two short texts (their `content`) are about the same thing, so that the later may change the
    earlier: a person is asked, so words may differ as long as none is decisive."""
    shared = len(one & other)
    close = shared >= 0.75 * min(len(one), len(other)) and shared >= 0.5 * max(len(one), len(other))
    return shared >= SHARED_MIN and close and not contrast(one, other)


def near(description: str, body: str, others: Iterable[tuple[str, str, str]]) -> list[tuple[str, float]]:
    """Names of `others` (name, description, body) that say nearly the same, the most alike first."""
    wanted, wanted_body = _Words(normalise(description)), _Words(normalise(body)[:4000])
    found = []
    for name, other_description, other_body in others:
        score = wanted.score(normalise(other_description))
        if score < SAME and len(wanted_body.text) >= 24:
            score = max(score, _body_likeness(wanted_body, other_body))
        if score >= SAME:
            found.append((name, score))
    return sorted(found, key=lambda item: -item[1])


def _body_likeness(wanted: _Words, other: str) -> float:
    """Bodies are compared only when their lengths allow the score: most pairs end here."""
    if not 0.7 < (len(other) + 1) / (len(wanted.text) + 1) < 1.6 and len(other) < 4000:
        return 0.0
    return wanted.score(normalise(other)[:4000])
