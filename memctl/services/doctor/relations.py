"""Checks between files: the index, links, near-duplicates, what is out of date."""

from collections import Counter
from collections.abc import Iterator

from memctl.domain import relation
from memctl.domain.finding import Finding
from memctl.domain.memory import Memory, stem
from memctl.format import mentions
from memctl.services.doctor.view import View, line_of
from memctl.services.write import reindex as index_service
from memctl.text import similar
from memctl.text.escape import escape, shell_word
from memctl.text.words import fold

RARE = 6
"""Rarest shared words of a description, and of a body, by which near-duplicates are found: two texts that
are alike for 88 % have most words in common, and comparing every pair of 10,000 memories takes minutes."""
COMMON = 60
"""Memories that may share a word before it says nothing about likeness."""


def check(view: View) -> Iterator[Finding]:
    """Findings that rest on more than one file."""
    if not view.index_trouble and (view.index is not None or view.memories):
        yield from index_service.check(view.store, view.memories, now=view.now)
    yield from _links(view)
    yield from _duplicates(view)
    yield from _stale(view)


def _links(view: View) -> Iterator[Finding]:
    """`[[names]]` that lead nowhere; what stands in code is no link."""
    known = {name for memory in view.memories for name in _answers_to(memory)}
    for memory in view.memories:
        if b"[[" not in memory.raw:
            continue
        for number, name in mentions.found(memory.raw.decode("utf-8", "replace")):
            if name.casefold() not in known:
                message = f"{escape(memory.file)}:{number} links to [[{escape(name)}]], which does not exist"
                repair = "correct the link, take it out, or save that memory"
                yield Finding("link.dangling", "warning", message, memory.file, number, repair)


def _answers_to(memory: Memory) -> set[str]:
    last = memory.stem.rsplit("/", 1)[-1]
    return {name.casefold() for name in (memory.file, memory.stem, last, f"{last}.md", memory.name)}


def _duplicates(view: View) -> Iterator[Finding]:
    """Pairs that say nearly the same, each told once, at the older of the two."""
    newest_first = sorted(view.memories, key=lambda m: (-m.modified, m.file))
    words = {m.file: (_words(m.description), _words(m.body[:2000])) for m in newest_first}
    spread = Counter(word for said, body in words.values() for word in said | body)
    holders: dict[str, list[Memory]] = {}
    for memory in newest_first:
        rare = {word for part in words[memory.file] for word in _rarest(part, spread)}
        nearby = {other.file: other for word in rare for other in holders.get(word, ())}
        others = [(other.file, other.description, other.body) for other in nearby.values()]
        for other, score in similar.near(memory.description, memory.body, others)[:3]:
            message = f"{escape(memory.file)} says nearly the same as {escape(other)} ({score:.0f} %)"
            repair = f"merge them, then memctl forget {shell_word(stem(memory.file))}"
            yield Finding("duplicate.near", "warning", message, memory.file, None, repair)
        for word in rare:
            holders.setdefault(word, []).append(memory)


def _words(text: str) -> set[str]:
    return set(similar.normalise(fold(text)).split())


def _rarest(words: set[str], spread: Counter[str]) -> list[str]:
    shared = (word for word in words if 2 <= spread[word] <= COMMON)
    return sorted(shared, key=lambda word: (spread[word], word))[:RARE]


def _stale(view: View) -> Iterator[Finding]:
    """What has expired, and what was replaced by a memory that is not there; one that is replaced properly
    stays as what held before, and nothing is to be done about it."""
    known = {name for memory in view.memories for name in _answers_to(memory)}
    for memory in view.memories:
        shown, successor = escape(memory.file), relation.superseded_by(memory.metadata)
        reason = relation.header_stale(memory.metadata, view.now)
        if reason and not successor:
            repair = f"memctl forget {shell_word(memory.stem)}"
            line = line_of(memory, "expires")
            yield Finding(
                "stale.expired", "warning", f"{shown} is {escape(reason)}", memory.file, line, repair
            )
        if successor and successor.casefold() not in known:
            message = f"{shown} is superseded by {escape(successor)}, which does not exist"
            repair = (
                f"memctl restore {shell_word(successor)} if that was forgotten, else "
                f"memctl edit {shell_word(memory.stem)} and correct supersededBy or take it out"
            )
            line = line_of(memory, "supersededBy")
            yield Finding("link.superseded", "warning", message, memory.file, line, repair)
