"""Which memories of a folder may say nearly the same: found without comparing every two.

Of each description and each body a sketch is kept: the lowest checksums of its words, which are the same
words for every text, so that sketches stand for texts. Texts that are alike for 88 % have most words in
common, the rare ones among them too; so two are compared when they share enough of their rarest words, and of
their sketches.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from zlib import crc32

from memctl.text import similar
from memctl.text.words import fold

SKETCH = 64
"""Words of a text that are kept, four bytes each."""

RARE = 6
"""Rarest shared words of a description, and of a body, by which its pairs are looked for."""

COMMON = 60
"""Memories that may share a word before it says nothing about likeness."""

SHARED_PART = 0.5
"""Part of the rare words, and of the shorter sketch, that two texts must share to be compared."""

Sketches = tuple["array[int]", "array[int]"]
"""Those of a description and of a body."""


def sketches(description: str, body: str) -> Sketches:
    """The sketches of one memory."""
    return _sketch(description), _sketch(body[:2000])


def _sketch(text: str) -> "array[int]":
    words = "\n".join(set(similar.normalise(fold(text)).split())).encode("utf-8", "replace")
    return array("I", sorted(map(crc32, words.split()))[:SKETCH])


def pairs(known: Mapping[str, Sketches], order: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each file of `order` with those before it that may say the same. `known` has the sketches of each."""
    near: list[dict[str, list[str]]] = [_near({file: known[file][part] for file in order}) for part in (0, 1)]
    place = {file: at for at, file in enumerate(order)}
    for file in order:
        others = {*near[0].get(file, ()), *near[1].get(file, ())}
        if others:
            yield file, sorted(others, key=place.__getitem__)


def _near(texts: "Mapping[str, array[int]]") -> dict[str, list[str]]:
    """Each text with those before it that share enough of its rare words and of its sketch."""
    spread: Counter[int] = Counter()
    for sketch in texts.values():
        spread.update(sketch)
    holders: defaultdict[int, list[str]] = defaultdict(list)
    rarest: dict[str, int] = {}
    found: dict[str, list[str]] = {}
    for file, sketch in texts.items():
        rare = _rarest(sketch, spread)
        rarest[file] = len(rare)
        shared = Counter(other for word in rare for other in holders[word])
        words = set(sketch)
        for other, count in shared.items():
            enough = SHARED_PART * min(len(rare), rarest[other])
            if count >= enough and _shares(words, texts[other]):
                found.setdefault(file, []).append(other)
        for word in rare:
            holders[word].append(file)
    return found


def _rarest(sketch: "array[int]", spread: Counter[int]) -> list[int]:
    shared = [(spread[word], word) for word in sketch if 2 <= spread[word] <= COMMON]
    return [word for _, word in sorted(shared)[:RARE]]


def _shares(words: set[int], other: "array[int]") -> bool:
    """Whether the shorter of two sketches stands in the other for the most part."""
    return len(words.intersection(other)) >= SHARED_PART * min(len(words), len(other))
