"""One statement, cut into what a comparison asks for: its subject line, its words, its cues, its mood."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log

from memctl.domain.memory import Memory
from memctl.services.related import cues
from memctl.text.alignment import Token, cut, tokens
from memctl.text.stops import STOP, WIDE_STOP
from memctl.text.words import LIGHT

SENTENCES = 4
"""Sentences of a text that are compared: a memory says its fact first. Further ones are reasons, procedure,
a whole conversation, in which any cue can stand about anything."""

LOOKED_AT = 1_200
"""Characters in which these sentences are looked for."""

_SENTENCE = re.compile(rf"(?:{STOP}|(?<=;))\s+|{WIDE_STOP}|(?<=；)|\n+")
CLAUSE = re.compile(r"[,.;:!?](?=\s|$)|[，。；：！？、]|\n")
_SINCE = re.compile(r"\d{1,2}\D{1,8}$")
"""A number right before a date: the beginning of a period, "2 to 13 March"."""

BEHIND = 6
"""Words behind "no longer", "instead of" that may be what has ended."""

REASON = re.compile(r"(?:^|\n)\s*\*\*")
"""`**Why:**` and `**How to apply:**` begin what is not the fact."""

MADE_MIN = 4
"""Words of a name that begins its description from which it was made of it: `basket-ttl` is still chosen."""

_APART = re.compile(r"[-_.\s]+")
"""What parts the words of a name."""


@dataclass(frozen=True)
class Statement:
    """What is said: how it is called, described and worded, whose words it is, since when."""

    name: str
    description: str
    body: str
    type: str = ""
    origin: str = "person"
    modified: float = 0.0  # seconds since the epoch
    expires: bool = False  # it is meant for a time

    @classmethod
    def of(cls, memory: Memory) -> "Statement":
        """What `memory` says."""
        origin, expires = memory.metadata.get("origin"), memory.metadata.get("expires")
        return cls(
            memory.stem, memory.description, memory.body, memory.type or "",
            origin if isinstance(origin, str) else "person", memory.modified, bool(expires),
        )  # fmt: skip

    @property
    def text(self) -> str:
        """Description and the first sentences, without reasons."""
        fact = REASON.split(self.body[:LOOKED_AT], maxsplit=1)[0].strip()
        said = [part for part in _SENTENCE.split(fact) if part.strip()]
        return "\n".join((self.description, *said[:SENTENCES]))

    @property
    def words(self) -> list[str]:
        """Its words in lower case, as a `Lexicon` is asked for them."""
        return cut(f"{' '.join(self.name_words)}\n{self.text}")

    @property
    def name_words(self) -> list[str]:
        """The words of its name."""
        return [word for word in _APART.split(self.name.lower()) if word]


@dataclass(frozen=True)
class Lexicon:
    """What a folder says of words: the `stem` of a word, and in how many of its `count` memories a stem
    stands (`held`)."""

    stem: Callable[[str], str]
    held: Callable[[str], int]
    count: int


class Claim:
    """A statement, cut into words. `counted`: it stands in the folder, and counts in what its lexicon
    says."""

    def __init__(self, statement: Statement, lexicon: Lexicon, *, counted: bool = False) -> None:
        self.statement, self.lexicon, self.counted = statement, lexicon, counted
        self.text = statement.text

    def held(self, stem: str) -> int:
        """In how many other memories `stem` stands."""
        return max(0, self.lexicon.held(stem) - self.counted)

    def weight(self, stems: frozenset[str] | set[str]) -> float:
        """How much some words tell together: the fewer other memories have one, the more."""
        return sum(log(1 + (self.lexicon.count + 1) / (self.held(stem) + 0.5)) for stem in stems)

    @cached_property
    def cues(self) -> cues.Cues:
        """The cues of its language."""
        return cues.of(self.text)

    @cached_property
    def ends(self) -> tuple[re.Match[str], ...]:
        """Where it says that something ended."""
        return tuple(self.cues.all("ended", self.text))

    def is_contrast(self, cue: re.Match[str]) -> bool:
        """Whether a cue only sets one thing against another: instead of, X and not Y."""
        found = self.cues.all("contrast", self.text)
        return any(one.start() <= cue.start() and cue.end() <= one.end() for one in found)

    def tokens(self, text: str) -> tuple[Token, ...]:
        """The tokens of a part of the text."""
        return tokens(text, self.lexicon.stem, self.cues.patterns["date"])

    @cached_property
    def lead(self) -> tuple[Token, ...]:
        """The line that says what it is about."""
        return self.tokens(self.statement.description)

    @cached_property
    def fact(self) -> tuple[Token, ...]:
        """The sentences after it."""
        return self.tokens(self.text[len(self.statement.description) :])

    @cached_property
    def words(self) -> frozenset[str]:
        """The stems of all words that say something."""
        return frozenset(t.form for t in (*self.lead, *self.fact) if t.is_content)

    @cached_property
    def lead_words(self) -> frozenset[str]:
        """Those of the lead."""
        return frozenset(t.form for t in self.lead if t.is_content)

    @cached_property
    def head_words(self) -> frozenset[str]:
        """Those of the lead and the first sentence that tell one subject from another."""
        first = self.tokens("\n".join(self.text.split("\n")[1:2]))
        return frozenset(t.form for t in (*self.lead, *first) if self.is_telling(t))

    @cached_property
    def told_words(self) -> frozenset[str]:
        """Those of the whole text that do."""
        return frozenset(t.form for t in (*self.lead, *self.fact) if self.is_telling(t))

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """The stems of its name's words, which say what it is about and often its value too; no numbers. None
        where the name is the beginning of its description: that was made of it, and chosen by nobody."""
        words = self.statement.name_words
        letters = "".join(filter(str.isalnum, self.statement.description.lower()))
        if len(words) >= MADE_MIN and letters.startswith("".join(words)):
            return ()
        return tuple(self.lexicon.stem(word) for word in words if len(word) > 1 and not word[0].isdigit())

    @cached_property
    def heading(self) -> frozenset[str]:
        """Those of the name and of the lead that tell one subject from another."""
        return frozenset({t.form for t in self.lead if self.is_telling(t)} | set(self.topics))

    @cached_property
    def given_up(self) -> frozenset[str]:
        """The words that stand only where it says that something ended: what it does not say any more."""
        count = Counter(token.form for token in (*self.lead, *self.fact))
        for cue in self.ends:
            before, behind = self.around(cue)
            told = [t.form for t in behind[:BEHIND] if self.is_telling(t)]
            count.subtract(told or [t.form for t in before if self.is_telling(t)])
        return frozenset(form for form, left in count.items() if left < 1)

    @cached_property
    def title(self) -> int:
        """How many tokens of the lead stand before a colon, as a title does; 0 without one."""
        head, colon, rest = self.statement.description.partition(": ")
        return len(cut(head)) if colon and rest.strip() else 0

    @cached_property
    def values(self) -> int:
        """How many numbers, names in code and the like its lead holds."""
        return sum(t.is_value and not t.is_time for t in self.lead)

    @cached_property
    def numbers(self) -> dict[str, set[str]]:
        """The words right behind which a number stands, each with its numbers: berth 4, Node 22."""
        found: dict[str, set[str]] = {}
        for line in (self.lead, self.fact):
            for word, number in pairwise(line):
                if word.is_content and not word.is_value and number.is_number:
                    found.setdefault(word.form, set()).add(number.form)
        return found

    def is_numbered_otherwise(self, form: str, old: "Claim") -> bool:
        """Whether a word has a number in both, and not the same: berth 4 is not berth 5."""
        mine, its = (claim.numbers.get(form, set()) for claim in (self, old))
        return bool(mine and its) and mine.isdisjoint(its)

    @cached_property
    def clauses(self) -> int:
        """In how many clauses."""
        return len([part for part in CLAUSE.split(self.statement.description) if part.strip()])

    def is_telling(self, token: Token) -> bool:
        """Whether a word tells one subject from another."""
        low = token.text.lower()
        return token.is_content and not token.is_time and low not in LIGHT and low not in self.cues.common

    @cached_property
    def is_negated(self) -> bool:
        """Whether its lead says that something is not: two negations say that it is."""
        return len(self.cues.all("negate", self.statement.description)) % 2 == 1

    @cached_property
    def passes(self) -> str:
        """Why its lead and first sentence hold for a time alone, in their words: for this week, from 2 to 13
        March; "" where they say no such thing."""
        head = "\n".join(self.text.split("\n")[:2])
        new = [cue.span() for cue in self.cues.all("changed", head)]
        for cue in self.cues.all("once", head):
            if not any(start < cue.end() and cue.start() < end for start, end in new):
                return cue[0].strip()
        for date in self.cues.all("date", head):
            since = _SINCE.search(head[: date.start()])
            if since:
                return since[0] + date[0]
        return ""

    def has(self, key: str) -> bool:
        """Whether a cue of this kind stands in its sentences."""
        return self.cues.has(key, self.text)

    def place(self, key: str) -> int | None:
        """How many tokens of the lead stand before the first cue of `key`; None where it has none."""
        found = self.cues.patterns[key].search(self.statement.description)
        return None if found is None else len(cut(self.statement.description[: found.start()]))

    def begins_elsewhere(self, old: "Claim") -> str:
        """With which word its lead begins a place, or a case, of which `old` says nothing: "in bay 7"; ""
        where it does not."""
        line = self.statement.description
        begins = self.cues.patterns["within"].match(line)
        told = next((t for t in self.tokens(line[begins.end() :]) if t.is_content), None) if begins else None
        return told.text if told is not None and told.form not in old.lead_words else ""

    def first(self, key: str) -> str:
        """The first cue of this kind, in its own words."""
        return self.cues.all(key, self.text)[0][0].strip()

    def follows(self, key: str, start: int) -> bool:
        """Whether the token at `start` of the lead stands behind a cue of this kind, but for function
        words."""
        line = self.statement.description
        ends = (len(cut(line[: cue.end()])) for cue in self.cues.all(key, line))
        return any(end <= start and not any(t.is_content for t in self.lead[end:start]) for end in ends)

    def share(self, old: "Claim") -> float:
        """How much of the shorter of two statements, by weight, both say: of their subject lines with the
        first sentence, or of all, whichever is more."""
        most = 0.0
        for mine, its in ((self.head_words, old.head_words), (self.told_words, old.told_words)):
            least = min(self.weight(mine), self.weight(its))
            most = max(most, self.weight(mine & its) / least if least else 0.0)
        return most

    def sentence(self, cue: re.Match[str]) -> tuple[int, int]:
        """Where in the text the sentence of `cue` begins and ends."""
        ends = [0, *(gap.end() for gap in _SENTENCE.finditer(self.text)), len(self.text)]
        return max(e for e in ends if e <= cue.start()), min(e for e in ends if e >= cue.end())

    def around(self, cue: re.Match[str]) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
        """The tokens before and behind `cue` in its clause; where that names nothing ("so we dropped it"),
        those of the clause before."""
        before = [self.tokens(part) for part in CLAUSE.split(self.text[: cue.start()])[-2:]]
        behind = self.tokens(CLAUSE.split(self.text[cue.end() :], maxsplit=1)[0])
        silent = not any(self.is_telling(t) for t in (*before[-1], *behind))
        return before[0] if silent else before[-1], behind
