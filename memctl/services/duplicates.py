"""Memories that say nearly the same: what `save` refuses without `--force`, and the doctor reports."""

import re
from collections.abc import Iterable

SAME = 88.0
"""rapidfuzz score (0-100) from which two descriptions or two bodies count as near-duplicates. At 85 pairs
that differ in one decisive word ("staging", "production") are met; such pairs stay below 88 for sentences
of usual length because both the words and the letters must agree."""


def normalise(text: str) -> str:
    """Lower case, one blank between words, punctuation dropped."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def likeness(one: str, other: str) -> float:
    """How alike two normalised texts are, 0 to 100: word order does not count, letters do."""
    from rapidfuzz import fuzz

    if not one or not other:
        return 0.0
    return max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other))


def near(description: str, body: str, others: Iterable[tuple[str, str, str]]) -> list[tuple[str, float]]:
    """Names of `others` (name, description, body) that say nearly the same, the most alike first."""
    wanted, wanted_body = normalise(description), normalise(body)[:4000]
    found = []
    for name, other_description, other_body in others:
        score = likeness(wanted, normalise(other_description)) if len(wanted) >= 12 else 0.0
        if score < SAME and len(wanted_body) >= 24:
            score = max(score, _body_likeness(wanted_body, other_body))
        if score >= SAME:
            found.append((name, score))
    return sorted(found, key=lambda item: -item[1])


def _body_likeness(wanted: str, other: str) -> float:
    """Bodies are compared only when their lengths allow the score: most pairs end here."""
    if not 0.7 < (len(other) + 1) / (len(wanted) + 1) < 1.6 and len(other) < 4000:
        return 0.0
    return likeness(wanted, normalise(other)[:4000])
