"""What a draft says that no memory says yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from memctl.domain.memory import Memory
from memctl.domain.proposal import Proposal, Target
from memctl.format.caption import says_nothing
from memctl.format.prose import closed
from memctl.services.inbox.distinction import is_distinct
from memctl.text import similar

ALIKE = 60.0
"""Likeness (0-100) of two bodies from which a memory of the same name is what is meant."""

HELD_MIN = 8
"""Characters of a fact below which its standing in a text means nothing."""


class Memories:
    """Every memory, as far as a new fact is compared with it."""

    def __init__(self, memories: Sequence[Memory]) -> None:
        self.all = memories

    def find(self, name: str) -> Memory | None:
        """A memory by membership in the listing, never by joining a path."""
        found = [m for m in self.all if name in (m.stem, m.file)] or [m for m in self.all if name == m.name]
        return found[0] if len(found) == 1 else None

    def say(self, draft: Proposal) -> bool:
        """Whether a memory says word for word what `draft` says."""
        fact, described = similar.normalise(_fact(draft.body)), similar.normalise(draft.description)
        return any(_holds(s.body, fact) or _holds(s.description, described) for s in self._said)

    def meant(self, draft: Proposal) -> Memory | None:
        """The memory that says nearly what `draft` says, or is about the same; None when there is none, or
        what it says is the opposite, or of another object."""
        found = self._alike(draft)
        if found is None:
            return None
        lines = [found.description, *_fact(found.body).split("\n\n")]
        return None if is_distinct(_fact(draft.body), lines) else found

    def _alike(self, draft: Proposal) -> Memory | None:
        fact, described = similar.normalise(_fact(draft.body)), similar.normalise(draft.description)
        words = _grams(f"{described} {fact}")
        alike = [s.memory for s in self._said if len(words & s.words) * 2 >= len(words)]
        near = similar.near(draft.description, draft.body, [(m.stem, m.description, m.body) for m in alike])
        if near:
            return self.find(near[0][0])
        said = similar.content(fact)
        about = next((m for m in alike if _about(said, m)), None)
        if about is not None:
            return about
        named = self.find(draft.name)
        same = named is not None and similar.likeness(fact, similar.normalise(named.body)) >= ALIKE
        return named if same else None

    @cached_property
    def _said(self) -> list["_Said"]:
        return [_Said.of(memory) for memory in self.all]


@dataclass(frozen=True)
class _Said:
    """What a memory says, normalised once for all drafts of a run."""

    memory: Memory
    description: str
    body: str
    words: frozenset[str]

    @classmethod
    def of(cls, memory: Memory) -> "_Said":
        """What `memory` says; of its body the first 4,000 characters count as words, so that one long memory
        does not slow down every comparison."""
        description, body = similar.normalise(memory.description), similar.normalise(memory.body)
        return cls(memory, description, body, _grams(f"{description} {body[:4000]}"))


def says(text: str, fact: str) -> bool:
    """Whether `text` holds the fact word for word, whatever the case and punctuation."""
    return _holds(similar.normalise(text), similar.normalise(_fact(fact)))


def same_words(one: str, other: str) -> bool:
    """Whether two texts have the same words: proposals that differ in one of them are two."""
    return sorted(similar.normalise(one).split()) == sorted(similar.normalise(other).split())


def as_update(draft: Proposal, target: Memory) -> Proposal:
    """`draft` as a change of `target`: its most alike paragraph gives way to the statement, others stay, and
    so does its description, unless the statement is another wording of that, or it says nothing."""
    return replace(
        draft,
        operation="update",
        name=target.stem,
        type=target.type or draft.type,
        description=draft.description if _redescribes(draft, target) else target.description,
        body=merged(target.body, draft.body),
        statement=draft.body,
        targets=(Target(target.stem, target.fingerprint),),
        why=draft.why or f"says nearly what {target.stem} says",
    )


def merged(body: str, statement: str) -> str:
    """`body` with `statement` in place of the paragraph that is most like it, else added at the end."""
    parts = [part for part in closed(body).strip().split("\n\n") if part.strip()]
    fact = similar.normalise(statement.split("\n\n", 1)[0])
    scores = [similar.likeness(fact, similar.normalise(part)) for part in parts]
    best = max(range(len(parts)), key=scores.__getitem__, default=None)
    if best is not None and scores[best] >= ALIKE:
        parts[best] = statement.strip()
    else:
        parts.append(statement.strip())
    return "\n\n".join(dict.fromkeys(parts)) + "\n"


def _redescribes(draft: Proposal, target: Memory) -> bool:
    """Whether a statement says anew what the description of `target` says, or that says nothing."""
    new, old = similar.normalise(_fact(draft.body)), similar.normalise(target.description)
    if says_nothing(target.description, target.stem) or similar.likeness(new, old) >= similar.SAME:
        return True
    return similar.about_the_same(similar.content(new), similar.content(old))


def _about(said: frozenset[str], memory: Memory) -> bool:
    """Whether a statement is about what a memory's description or its fact is about."""
    texts = (memory.description, _fact(memory.body))
    return any(similar.about_the_same(said, similar.content(similar.normalise(t))) for t in texts)


def _grams(text: str) -> frozenset[str]:
    """Words, and the single characters of scripts that put no blanks between them."""
    return frozenset(word for part in text.split() for word in ([part] if part.isascii() else [part, *part]))


def _fact(body: str) -> str:
    return body.split("\n\n**", 1)[0]


def _holds(text: str, fact: str) -> bool:
    return len(fact) >= HELD_MIN and f" {fact} " in f" {text} "
