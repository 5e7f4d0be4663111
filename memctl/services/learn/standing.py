"""What the memories say that there are: whether a statement is known, and which memory it makes untrue.

Forms of a word are told in two ways, for two questions. How much of a text another has is a matter of
counting: `terms` are sets, which a thousand memories are held against at once, and it does no harm that
"documentation" is "documents" there. Whether two texts speak of the same thing is one of naming: `_Words`
takes "documents" for "document", and not for "documentation", since no memory may be replaced that is about
something else.

`Kept.replaced` hears a person's one sentence, with what is over in it and no subject line, before there is a
draft. What a draft with a subject line changes is told at the inbox door, by `services/related`: that one
lays two lines side by side, and weighs words by the whole folder.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from memctl.domain import relation
from memctl.domain.memory import Memory
from memctl.services.learn.gist import content, is_name
from memctl.services.learn.languages import Language, spoken
from memctl.services.learn.marks import clauses

STEM = 6
"""Letters that stand for a word: forms of one word share them."""

KNOWN, KNOWN_MIN = 0.7, 4
"""Share of a statement's words that a memory has which says it already, and the least words to tell it by. A
statement that changes a memory has new words, or it says that something is no longer so."""

SHARED_MIN = 2
"""Words of content that a statement shares with the memory that it replaces: a name and what it is for."""

LATIN, ENDING, WIDE = 4, 2, 2
"""Letters by which forms of one word begin alike at least, and by which they end differently at most;
characters of a script without letters by which they begin alike."""

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
    def _held(self) -> list[tuple[set[str], set[str]]]:
        """Of each memory its words and its numbers."""
        said = [f"{m.description} {m.body}" for m in self._memories]
        return [
            (terms(f"{m.stem} {m.name} {text}"), set(_NUMBER.findall(text)))
            for m, text in zip(self._memories, said, strict=True)
        ]

    def say(self, fact: str) -> bool:
        """Whether one memory has most words of `fact`: nothing is learnt when it is said again."""
        language = spoken(fact)
        said, meant = terms(fact), terms(" ".join(content(language, fact)))
        numbers = set(_NUMBER.findall(fact))
        return len(said) >= KNOWN_MIN and any(
            numbers <= held
            and (
                len(said & words) >= KNOWN * len(said)
                or (len(meant & words) >= max(KNOWN_MIN, len(meant)) and _is_as_strict(language, fact, m))
            )
            for (words, held), m in zip(self._held, self._memories, strict=True)
        )

    def replaced(self, fact: str) -> Memory | None:
        """The one memory that `fact` makes untrue: a clause says that the very thing which it says is over.
        None where two may be meant, where the memory protects and the fact does not, and in any doubt: then
        the fact is a memory beside it."""
        language = spoken(fact)
        over = [_Ended.of(language, clause) for clause in clauses(fact) if language.has("gone", clause)]
        said = _Words(content(language, fact)) if over else _Words(())
        found = self._nearest(over, said) if len(said.words) >= SHARED_MIN else None
        if found is None or found.stem in self._gone or not _is_as_strict(language, fact, found):
            return None
        self._gone.add(found.stem)
        return found

    def _nearest(self, over: Sequence["_Ended"], said: "_Words") -> Memory | None:
        """Of the memories that say what is over the one that shares most words; None where two share as
        many. What a memory's words are takes a millisecond, so they are told of as few as need be."""
        nearest: list[Memory] = []
        best = SHARED_MIN
        for most, memory in self._likely(said):
            if most < best or (most == best and len(nearest) > 1):
                break  # none that comes shares more
            held = _content_of(memory)
            shared = len(said.among(held))
            if shared >= best and any(ended.is_said_by(held) for ended in over):
                nearest = [*(nearest if shared == best else ()), memory]
                best = shared
        return nearest[0] if len(nearest) == 1 else None

    def _likely(self, said: "_Words") -> list[tuple[int, Memory]]:
        """The memories that may share words with what was said, and how many at most, the most first."""
        counted = [(sum(part in text for part in said.parts), memory) for memory, text in self._current]
        return sorted((one for one in counted if one[0] >= SHARED_MIN), key=lambda one: -one[0])

    @cached_property
    def _current(self) -> list[tuple[Memory, str]]:
        """The memories that hold, each with what it says in small letters: telling the language of every one
        takes a millisecond each, looking for a word in it next to nothing."""
        current = [m for m in self._memories if not relation.superseded_by(m.metadata)]
        return [(m, f"{m.description}\n{m.body}".casefold()) for m in current]


class _Words:
    """Words of content, each once, in small letters; forms of one word are the same word."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = list(dict.fromkeys(word.casefold() for word in words))

    @cached_property
    def parts(self) -> set[str]:
        """What stands in any text that has one of the words."""
        return {_beginning(word) for word in self.words}

    def among(self, others: Collection[str]) -> set[str]:
        """Those that are among `others` as well."""
        return {word for word in self.words if any(_is_same(word, other) for other in others)}


@dataclass(frozen=True)
class _Ended:
    """What a clause says is over, by its words of content. `names`: those that may be what comes instead
    ("from Jenkins to GitHub Actions"), unless they are a part of the name of what is over ("Jenkins API")."""

    words: _Words
    names: frozenset[str]
    text: str

    @classmethod
    def of(cls, language: Language, clause: str) -> "_Ended":
        """The words of `clause` but for those that say that it is over."""
        rest = language.patterns["gone"].sub(" ; ", clause)
        words = content(language, rest)
        names = {word.casefold() for word in words if language.common and is_name(language, rest, word)}
        return cls(_Words(words), frozenset(names), rest.casefold())

    def is_said_by(self, held: Collection[str]) -> bool:
        """Whether a memory with these words says what is over: it has all of them, but for what comes
        instead. One word more, and it is another thing, or a part of it."""
        shared = self.words.among(held)
        apart = (word for word in self.words.words if word not in shared)
        return bool(shared) and all(word in self.names and not self._joins(word, shared) for word in apart)

    def _joins(self, word: str, shared: Collection[str]) -> bool:
        """Whether a word stands right beside one of those that are shared."""
        pairs = ((re.escape(word), re.escape(other)) for other in shared)
        return any(re.search(rf"(?<!\w)(?:{a} {b}|{b} {a})(?!\w)", self.text) for a, b in pairs)


def _content_of(memory: Memory) -> frozenset[str]:
    """The words of a memory, parts of names in signs beside them: "jenkins" of "jenkins.example.org"."""
    text = f"{memory.description}\n{memory.body}"
    words = [word.casefold() for word in content(spoken(text), text)]
    return frozenset(part for word in words for part in (word, *re.split(r"\W+", word)) if part)


def _beginning(word: str) -> str:
    """What a word and its other forms have in common, at least."""
    if not word.isalpha():
        return word
    return word[:WIDE] if ord(word[0]) > 0x2E80 else word[: max(LATIN, len(word) - ENDING)]


def _is_same(word: str, other: str) -> bool:
    """Whether two words are forms of one: "deploy" and "deploys", "생산을" and "생산은"."""
    if word == other or not (word.isalpha() and other.isalpha()):
        return word == other
    short, long = sorted((word, other), key=len)
    if ord(word[0]) > 0x2E80:
        return len(short) >= WIDE and long.startswith(short[: max(WIDE, len(short) - 1)])
    return short.startswith(_beginning(long))


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
