"""A suggested change, the turns it rests on, and what its operation does."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

ORIGINS = ("person", "agent", "tool", "file", "git", "import")
"""Where the evidence comes from; `tool` (tool output, web pages) is never accepted automatically."""

_WEAKEST = ("tool", "import", "file", "git", "agent", "person")
"""Every origin that a memory may have, the one that carries least first."""

TIERS = ("hot", "warm", "cold")
"""Of a memory: in the index, found by recall, archived."""

ID_DIGITS = 32
"""Hex digits of an id: with 128 bits nobody finds two proposals of one id. Ids of 0.1.0 have ten."""

RUN_MAX = 10
"""Proposals that one run puts into the inbox at most: more are not reviewed but waved through."""


@dataclass(frozen=True)
class Kind:
    """What an operation does. Code asks for these and never compares the operation's word."""

    name: str
    targets: tuple[int, int]  # the least and the most memories that it touches
    makes: bool = False  # `name` may be a memory that is not there yet
    writes: bool = False  # it says something: type, description and body
    removes: bool = False  # its target is gone afterwards
    replaces: bool = False  # targets of another name are told that `name` supersedes them
    joins: bool = False  # its result alone says what its targets said
    adds: bool = False  # all that its target says stays
    tiers: bool = False  # it says a tier for its target
    unasked: bool = False  # the person's own policy may accept it
    splits: bool = False  # parts of what its target says become memories of their own
    is_skill: bool = False  # what it says is no memory: it goes where agents look for skills


KINDS = {
    kind.name: kind
    for kind in (
        Kind("create", (0, 0), makes=True, writes=True, unasked=True),
        Kind("update", (1, 1), writes=True, unasked=True),
        Kind("supersede", (1, 20), makes=True, writes=True, replaces=True, unasked=True),
        Kind("delete", (1, 1), removes=True),
        Kind("merge", (2, 20), makes=True, writes=True, replaces=True, joins=True),
        Kind("annotate", (1, 2), writes=True, adds=True),
        Kind("rename", (1, 1), makes=True),
        Kind("move", (1, 1), tiers=True),
        Kind("split", (1, 1), writes=True, splits=True),
        Kind("skill", (0, 1), makes=True, writes=True, is_skill=True),
    )
}
"""Every operation, by its word."""


@dataclass(frozen=True)
class Evidence:
    """A short quote and the turn (or commit) that it really stands in."""

    turn: str
    quote: str


@dataclass(frozen=True)
class Target:
    """A memory that a proposal touches: its stem, and the fingerprint that its file had then.

    In a draft `name` is what the proposer calls it and `seen` is empty: the inbox door fills both in. `by` is
    the target that replaces this one; empty: the memory that the proposal is called after does.
    """

    name: str
    seen: str = ""
    by: str = ""


@dataclass(frozen=True)
class Part:
    """What becomes a memory of its own when another one is split."""

    name: str
    description: str
    body: str


DREAM = "dream"
"""The `source` of what `dream` proposes: it is about memories that there are, and says nothing new."""


@dataclass(frozen=True)
class Proposal:
    """One suggested change, not yet decided.

    `name` is the memory as it will be called: one safe path segment for a new one, the stem of an existing
    file otherwise. A merge leaves one memory of that name, which may be one of its targets.
    """

    id: str
    operation: str  # one of KINDS
    name: str
    type: str
    description: str
    body: str
    evidence: tuple[Evidence, ...]
    origin: str
    session: str | None = None
    created: float = 0.0
    targets: tuple[Target, ...] = ()
    why: str = ""
    findings: tuple[str, ...] = ()  # what the guard flagged, one sentence each
    engine: str = "rules"  # "rules", "llm", "git" or "verify"
    source: str = ""  # the agent whose session it is from, e.g. "claude-code"; "git", DREAM; "": not known
    statement: str = ""  # of an update that was meant as a create: what is new, to be merged into the body
    tier: str = ""  # one of TIERS, of a move only
    file: str = ""  # of a skill only: where it goes, as `domain.skill_file` names it
    full: str = ""  # of a shorter text: the fingerprint of the file that it shortens, which has the full one
    given: bool = False  # the person themselves gave what it is from to be read: a file, or commits
    parts: tuple[Part, ...] = ()  # of a split only: what goes into memories of its own
    retype: str = ""  # the type that the person gave the memory that it changes; "": it keeps its own

    @property
    def kind(self) -> Kind:
        """What the operation does."""
        return KINDS[self.operation]

    @property
    def others(self) -> tuple[str, ...]:
        """The targets that are not called `name`."""
        return tuple(target.name for target in self.targets if target.name != self.name)

    @property
    def is_new(self) -> bool:
        """Whether `name` is a memory that is not there yet."""
        return self.kind.makes and all(target.name != self.name for target in self.targets)

    @property
    def superseded(self) -> tuple[str, ...]:
        """The memories that `name` supersedes."""
        return self.others if self.kind.replaces else ()

    @property
    def supersedes(self) -> str | None:
        """The one memory that `name` supersedes; None where there is none, or several."""
        return self.superseded[0] if len(self.superseded) == 1 else None

    @property
    def is_dreamt(self) -> bool:
        """Whether it rests on its targets as they were seen, and on nothing else."""
        return self.source == DREAM

    @property
    def expect(self) -> str | None:
        """The fingerprint that the first target had; None when there is none."""
        return self.targets[0].seen if self.targets else None

    @property
    def fact(self) -> str:
        """What it says that is new."""
        return self.statement or self.body


def is_vouched(proposal: Proposal) -> bool:
    """Whether it is the person's own words, or stands in what the person gave to be read. Whatever came in by
    itself, from tools, agents or a repository, is accepted by its name alone."""
    return proposal.origin == "person" or (proposal.given and proposal.origin in ("file", "import", "git"))


def is_guessed(proposal: Proposal) -> bool:
    """Whether the rules put it in the place of a memory, or delete one, that the person did not name: the
    words are the person's, that they mean this memory is a guess."""
    return proposal.engine == "rules" and (proposal.kind.replaces or proposal.kind.removes)


def is_shaped(operation: str, targets: int) -> bool:
    """Whether there is such an `operation`, and it may have that number of `targets`."""
    kind = KINDS.get(operation)
    return kind is not None and kind.targets[0] <= targets <= kind.targets[1]


def identified(proposal: Proposal) -> Proposal:
    """`proposal` with the id of its content. The same proposal has the same id whenever it is made."""
    return replace(proposal, id=_id(proposal))


def is_own(proposal: Proposal) -> bool:
    """Whether its content is what its id was made from. An id of 0.1.0 is too short to say, and passes."""
    return len(proposal.id) < ID_DIGITS or proposal.id == _id(proposal)


def content(proposal: Proposal) -> str:
    """All that it says, in one text that no other proposal has: what its targets were, but not its id and
    not when it was made.

    What is not said is left out, so that a field to come changes nothing for those that wait.
    """
    said = {key: value for key, value in asdict(proposal).items() if value}
    for key in ("created", "id"):
        said.pop(key, None)
    if "targets" in said:
        said["targets"] = [{k: v for k, v in t.items() if v or k != "by"} for t in said["targets"]]
    return json.dumps(said, sort_keys=True)


def _id(proposal: Proposal) -> str:
    return sha256(content(proposal).encode()).hexdigest()[:ID_DIGITS]


def weakest(origins: Iterable[str]) -> str | None:
    """Of `origins` the one that carries least; None when none is known."""
    return min((o for o in origins if o in _WEAKEST), key=_WEAKEST.index, default=None)


def strongest(origins: Iterable[str]) -> str | None:
    """Of `origins` the one that carries most; None when none is known."""
    return max((o for o in origins if o in _WEAKEST), key=_WEAKEST.index, default=None)
