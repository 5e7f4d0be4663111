"""Checks on every proposal, whoever made it, before it may enter the inbox.

An engine's answer is a draft. What its evidence does not carry, what the guard refuses, what is known
already, what was rejected before and what is over the limit is dropped, counted and reported.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from memctl.domain.memory import DESCRIPTION_MAX, TYPES, Memory
from memctl.domain.proposal import OPERATIONS, RUN_MAX, Evidence, Proposal
from memctl.services import guard
from memctl.store.state.inbox import make_id
from memctl.store.state.tombstones import Tombstones
from memctl.text import similar

QUOTE_MIN = 8
"""Characters of a quote below which it proves nothing; CJK text says as much in half of them."""

REASONS = {
    "shape": "not a usable proposal",
    "evidence": "the quoted evidence does not stand in the named turns",
    "name": "the name is not one safe path segment",
    "target": "there is no such memory to change",
    "secret": "holds a secret",
    "guard": "refused by the guard",
    "known": "is known already",
    "rejected": "was rejected before",
    "limit": f"over the limit of {RUN_MAX} proposals per run",
}
"""Why a draft was dropped: slug -> sentence."""

_WEAKEST = ("tool", "import", "git", "agent", "person")


@dataclass(frozen=True)
class Heard:
    """One turn as far as evidence needs it: its texts by origin."""

    texts: tuple[tuple[str, str], ...]  # (origin, normalised text)


@dataclass
class Desk:
    """What proposals are checked against, and what became of them so far in this run."""

    memories: Sequence[Memory]
    pending: Sequence[Proposal]  # what waits in the inbox already
    tombstones: Tombstones
    accepted: list[Proposal] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.buried = self.tombstones.load()
        self._said = [_Said.of(memory) for memory in self.memories]

    def take(self, draft: Proposal, turns: Mapping[str, Heard]) -> Proposal | None:
        """The proposal that `draft` becomes, or None; the reason is counted in `dropped`."""
        result = self._checked(draft, turns)
        if isinstance(result, str):
            self.dropped[result] += 1
            return None
        self.accepted.append(result)
        return result

    def _checked(self, draft: Proposal, turns: Mapping[str, Heard]) -> Proposal | str:
        if len(self.accepted) >= RUN_MAX:
            return "limit"
        if not _is_shaped(draft):
            return "shape"
        origin = _origin(draft.evidence, turns)
        if origin is None:
            return "evidence"
        findings = _findings(draft)
        if isinstance(findings, str):
            return findings
        draft = replace(draft, origin=origin, findings=findings, why=guard.redact(draft.why))
        placed = self._placed(draft)
        if isinstance(placed, str):
            return placed
        placed = replace(placed, id=make_id(placed))
        if self.tombstones.stops(placed, self.buried):
            return "rejected"
        return "known" if self._waits(placed) else placed

    def _placed(self, draft: Proposal) -> Proposal | str:
        """The draft with its target: an existing file and its fingerprint, or a safe new name."""
        if draft.operation in ("update", "delete"):
            target = self._target(draft.name)
            return "target" if target is None else replace(draft, name=target.stem, expect=target.fingerprint)
        if draft.operation == "supersede":
            target = self._target(draft.supersedes or "")
            if target is None:
                return "target"
            draft = replace(draft, supersedes=target.stem, expect=target.fingerprint)
            return "name" if self._is_unsafe(draft.name) else draft
        return self._created(draft)

    def _created(self, draft: Proposal) -> Proposal | str:
        """A create that says nearly what a memory says already is an update of it, or nothing new."""
        fact = similar.normalise(_fact(draft.body))
        described = similar.normalise(draft.description)
        if any(_holds(s.body, fact) or _holds(s.description, described) for s in self._said):
            return "known"
        words = _grams(f"{described} {fact}")
        alike = [s.memory for s in self._said if len(words & s.words) * 2 >= len(words)]
        near = similar.near(draft.description, draft.body, [(m.stem, m.description, m.body) for m in alike])
        if not near:
            said = similar.content(fact)
            near = [(m.stem, 0.0) for m in alike if _about(said, m)][:1]
        same_name = self._target(draft.name)
        if near or (same_name and similar.likeness(fact, similar.normalise(same_name.body)) >= ALIKE):
            target = self._target(near[0][0]) if near else same_name
            if target is not None:
                return as_update(draft, target)
        taken = {m.stem.casefold() for m in self.memories}
        taken |= {
            p.name.casefold()
            for p in (*self.pending, *self.accepted)
            if p.operation in ("create", "supersede")
        }
        name, number = draft.name, 2
        while name.casefold() in taken:
            name, number = f"{draft.name}-{number}", number + 1
        return "name" if self._is_unsafe(name) else replace(draft, name=name)

    def _is_unsafe(self, name: str) -> bool:
        found = guard.check_name(name, [m.file for m in self.memories])
        return any(f.severity == "error" for f in found) or "/" in name

    def _target(self, name: str) -> Memory | None:
        """A memory by membership in the listing, never by joining a path."""
        found = [m for m in self.memories if name in (m.stem, m.file)] or [
            m for m in self.memories if name == m.name
        ]
        return found[0] if len(found) == 1 else None

    def _waits(self, proposal: Proposal) -> bool:
        """Whether the same waits in the inbox, or was proposed in this run."""
        for other in (*self.pending, *self.accepted):
            if other.id == proposal.id:
                return True
            if other.operation != proposal.operation or other.type != proposal.type:
                continue
            if proposal.operation == "delete" and other.name == proposal.name:
                return True
            if other.operation != "delete" and _words(other.body) == _words(proposal.body):
                return True
        return False


def as_update(draft: Proposal, target: Memory) -> Proposal:
    """`draft` as a change of `target`: its most alike paragraph gives way to the statement, others stay."""
    return replace(
        draft,
        operation="update",
        name=target.stem,
        type=target.type or draft.type,
        body=merged(target.body, draft.body),
        statement=draft.body,
        expect=target.fingerprint,
        why=draft.why or f"says nearly what {target.stem} says",
    )


def merged(body: str, statement: str) -> str:
    """`body` with `statement` in place of the paragraph that is most like it, else added at the end."""
    parts = [part for part in body.strip().split("\n\n") if part.strip()]
    fact = similar.normalise(statement.split("\n\n", 1)[0])
    scores = [similar.likeness(fact, similar.normalise(part)) for part in parts]
    best = max(range(len(parts)), key=scores.__getitem__, default=None)
    if best is not None and scores[best] >= ALIKE:
        parts[best] = statement.strip()
    else:
        parts.append(statement.strip())
    return "\n\n".join(dict.fromkeys(parts)) + "\n"


def _about(said: frozenset[str], memory: Memory) -> bool:
    """Whether a statement is about what a memory's description or its fact is about."""
    texts = (memory.description, _fact(memory.body))
    return any(similar.about_the_same(said, similar.content(similar.normalise(t))) for t in texts)


ALIKE = 60.0
"""Likeness (0-100) of two bodies from which a memory of the same name is what is meant."""


def _words(text: str) -> list[str]:
    """The words of a text, sorted: two proposals that differ in one of them are two."""
    return sorted(similar.normalise(text).split())


@dataclass(frozen=True)
class _Said:
    """What a memory says, normalised once for all drafts of a run."""

    memory: Memory
    description: str
    body: str
    words: frozenset[str]

    @classmethod
    def of(cls, memory: Memory) -> "_Said":
        description, body = similar.normalise(memory.description), similar.normalise(memory.body)
        return cls(memory, description, body, _grams(f"{description} {body[:4000]}"))


def _grams(text: str) -> frozenset[str]:
    """Words, and the single characters of scripts that put no blanks between them."""
    return frozenset(word for part in text.split() for word in ([part] if part.isascii() else [part, *part]))


def _fact(body: str) -> str:
    return body.split("\n\n**", 1)[0]


def _holds(text: str, fact: str) -> bool:
    return len(fact) >= QUOTE_MIN and f" {fact} " in f" {text} "


def says(text: str, fact: str) -> bool:
    """Whether `text` holds the fact word for word, whatever the case and punctuation."""
    return _holds(similar.normalise(text), similar.normalise(_fact(fact)))


def _is_shaped(draft: Proposal) -> bool:
    texts = (draft.name, draft.description, draft.body)
    if (
        draft.operation not in OPERATIONS
        or not all(isinstance(t, str) for t in texts)
        or not draft.name.strip()
    ):
        return False
    if draft.operation == "delete":
        return bool(draft.evidence)
    single = "\n" not in draft.description and "\r" not in draft.description
    return (
        draft.type in TYPES
        and bool(draft.body.strip())
        and single
        and 0 < len(draft.description) <= DESCRIPTION_MAX
    )


def plain(text: str) -> str:
    """A text for comparing quotes: case, blanks and the shapes of quotation marks do not count."""
    return " ".join(text.translate(_SHAPES).casefold().split())


_SHAPES = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x00A0: " ", 0x2013: "-", 0x2014: "-"}


def _origin(evidence: Sequence[Evidence], turns: Mapping[str, Heard]) -> str | None:
    """The weakest origin among the turns that the evidence stands in; None when one quote stands nowhere."""
    origins = []
    for item in evidence:
        quote = plain(item.quote)
        heard = turns.get(item.turn)
        wide = any(ord(c) > 0x2E80 for c in quote)
        if heard is None or len(quote) < (QUOTE_MIN // 2 if wide else QUOTE_MIN):
            return None
        where = [origin for origin, text in heard.texts if quote in text]
        if not where:
            return None
        origins.append(max(where, key=_WEAKEST.index))
    return min(origins, key=_WEAKEST.index) if origins else None


def _findings(draft: Proposal) -> tuple[str, ...] | str:
    """What the guard says: sentences to show, or why the draft is dropped."""
    found = []
    for where in ("name", "description", "body"):
        found += guard.check_text(getattr(draft, where), where=where)
    found += guard.check_size(len(draft.body.encode("utf-8", "surrogatepass")))
    structure = (draft.supersedes or "", draft.session or "", *(e.turn for e in draft.evidence))
    for text in (*structure, *(e.quote for e in draft.evidence)):
        found += [f for f in guard.check_text(text, where="evidence") if f.severity == "error"]
    if draft.operation == "delete":  # it saves nothing: only what the inbox would hold counts
        found = [f for f in found if f.id.startswith("secret")]
    errors = [f for f in found if f.severity == "error"]
    if errors:
        return "secret" if any(f.id.startswith("secret") for f in errors) else "guard"
    return tuple(dict.fromkeys(f.message for f in found))


def shown(dropped: Mapping[str, int]) -> list[str]:
    """One sentence for each reason, with its count: what `extract` says on stderr."""
    return [f"{count} dropped: {REASONS[reason]}" for reason, count in sorted(dropped.items())]
