"""What the memories say that there are: whether a statement is known, and which memory it makes untrue."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from memctl.domain import relation
from memctl.domain.memory import Memory
from memctl.services.learn.gist import code, content
from memctl.services.learn.languages import Language, spoken
from memctl.services.learn.marks import clauses

STEM = 6
"""Letters that stand for a word: forms of one word share them."""

KNOWN, KNOWN_MIN = 0.7, 4
"""Share of a statement's words that a memory has which says it already, and the least words to tell it by. A
statement that changes a memory has new words, or it says that something is no longer so."""

SHARED_MIN = 2
"""Words of content that a statement shares with the memory that it replaces; one name that only this memory
has is enough."""

_NUMBER = re.compile(r"\d+")
_TERM = re.compile(r"[^\W\d_\u2e80-\uffff]{4,}|[\u2e80-\u9fff\uac00-\ud7af]+")
_GUARDS = ("prohibit", "restrict", "oblige")
"""What protects: who weakens it is asked about a memory beside it, not in its place."""


class Kept:
    """The memories that there are, by their words; looked through when the first statement is made."""

    def __init__(self, memories: Sequence[Memory]) -> None:
        self._memories = memories
        self._gone: set[str] = set()  # stems of those that a statement before has replaced

    @cached_property
    def _words(self) -> list[set[str]]:
        return [terms(f"{m.stem} {m.name} {m.description} {m.body}") for m in self._memories]

    def say(self, fact: str) -> bool:
        """Whether one memory has most words of `fact`: nothing is learnt when it is said again."""
        language = spoken(fact)
        said, meant = terms(fact), terms(" ".join(content(language, fact)))
        return len(said) >= KNOWN_MIN and any(
            set(_NUMBER.findall(fact)) <= set(_NUMBER.findall(f"{m.description} {m.body}"))
            and (
                len(said & words) >= KNOWN * len(said)
                or (len(meant & words) >= max(KNOWN_MIN, len(meant)) and _is_as_strict(language, fact, m))
            )
            for words, m in zip(self._words, self._memories, strict=True)
        )

    def replaced(self, fact: str) -> Memory | None:
        """The one memory that `fact` makes untrue: a clause says that what only this memory names is so no
        longer, or is about the same as it. None where two may be meant, where the memory protects and the
        fact does not, and where nothing says that anything changed."""
        language = spoken(fact)
        over = [c for c in clauses(fact) if language.has("gone", c) or language.has("durable", c)]
        named = {word.casefold() for clause in over for word in content(language, clause)}
        found = self._nearest(named, {word.casefold() for word in content(language, fact)}) if named else None
        if found is None or found.stem in self._gone or not _is_as_strict(language, fact, found):
            return None
        self._gone.add(found.stem)
        return found

    def _nearest(self, named: set[str], said: set[str]) -> Memory | None:
        """Of the memories that may be meant the one that shares most words; None where two share as many."""
        found = [m for m in self._current if self._is_meant(m, named, said)]
        shared = [len(said.intersection(self._content[m.stem])) for m in found]
        best = max(shared, default=0)
        return found[shared.index(best)] if shared.count(best) == 1 else None

    @cached_property
    def _current(self) -> list[Memory]:
        return [m for m in self._memories if not relation.superseded_by(m.metadata)]

    @cached_property
    def _content(self) -> dict[str, list[str]]:
        """By stem, the words of content of what a memory says, in order."""
        return {m.stem: _content_of(m) for m in self._current}

    @cached_property
    def _held(self) -> Counter[str]:
        """In how many memories a word stands."""
        return Counter(word for words in self._content.values() for word in set(words))

    def _is_meant(self, memory: Memory, named: set[str], said: set[str]) -> bool:
        """Whether what is over is a name that no other memory has, or both are about one subject."""
        words = self._content[memory.stem]
        over = named.intersection(words)
        if any(self._held[word] == 1 and _is_name(memory, word) for word in over):
            return True
        return bool(over) and words[0] in said and len(said.intersection(words)) >= SHARED_MIN


def _content_of(memory: Memory) -> list[str]:
    """The words of a memory, parts of names in signs beside them: "jenkins" of "jenkins.example.org"."""
    text = f"{memory.description}\n{memory.body}"
    words = [word.casefold() for word in content(spoken(text), text)]
    return [part for word in words for part in dict.fromkeys((word, *re.split(r"\W+", word))) if part]


def _is_name(memory: Memory, word: str) -> bool:
    """Whether a word is a name in a memory: part of one in signs, or in capitals inside a sentence."""
    text = f"{memory.description}\n{memory.body}"
    language = spoken(text)
    if not language.common:
        return word.isascii() and not word.isdigit()
    if re.search(rf"(?<!\w){re.escape(word)}[.@_]\w|\w[.@_]{re.escape(word)}(?!\w)", text, re.IGNORECASE):
        return True
    inside = re.findall(rf"(?<=[\w,] )({re.escape(word)})(?!\w)", text, re.IGNORECASE)
    return bool(inside) and all(one[0].isupper() for one in inside) and code(language) != "de"  # its nouns


def _is_as_strict(language: Language, fact: str, memory: Memory) -> bool:
    """Whether a fact forbids or demands something where the memory does; that it is so "no longer", and that
    one "no longer has to", demand nothing."""
    text = f"{memory.description}\n{memory.body}"
    kept = spoken(text)
    if not any(kept.has(key, text) for key in _GUARDS):
        return True
    for key in ("gone", "durable"):
        for over in reversed(list(language.patterns[key].finditer(fact))):
            eased = language.starts("oblige", fact[over.end() :].lstrip())
            rest = eased.string[eased.end() :] if eased else fact[over.end() :]
            fact = f"{fact[: over.start()]} {rest}"
    return any(language.has(key, fact) for key in _GUARDS)


def terms(text: str) -> set[str]:
    """The beginnings of words of four letters and more; of scripts without blanks each pair of characters."""
    terms = set()
    for word in _TERM.findall(text.casefold().replace("_", " ")):
        wide = ord(word[0]) > 0x2E80
        terms |= {word[at : at + 2] for at in range(len(word) - 1)} if wide else {word[:STEM]}
    return terms
