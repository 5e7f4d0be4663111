"""A suggested change, the turns it rests on, and what the person decided."""

from dataclasses import dataclass, field

OPERATIONS = ("create", "update", "supersede", "delete")
ORIGINS = ("person", "agent", "tool", "git", "import")
"""Where the evidence comes from; `tool` (tool output, web pages) is never accepted automatically."""

RUN_MAX = 10
"""Proposals that one extraction puts into the inbox at most: more are not reviewed but waved through."""


@dataclass(frozen=True)
class Evidence:
    """A short quote and the turn (or commit) that it really stands in."""

    turn: str
    quote: str


@dataclass(frozen=True)
class Proposal:
    """One suggested change to one memory, not yet decided.

    `name` is the memory to make or change: one safe path segment for a new one, the stem of an existing
    file otherwise. `supersedes` is the stem of the memory that a `supersede` replaces. `expect` is the
    fingerprint that the changed, removed or superseded file had when this was proposed.
    """

    id: str
    operation: str  # one of OPERATIONS
    name: str
    type: str
    description: str
    body: str
    evidence: tuple[Evidence, ...]
    origin: str
    session: str | None = None
    created: float = 0.0
    expect: str | None = None  # None for a create
    supersedes: str | None = None
    why: str = ""
    findings: tuple[str, ...] = field(default_factory=tuple)  # what the guard flagged, one sentence each
    engine: str = "rules"  # "rules", "llm" or "git"
    source: str = ""  # the agent whose session it is from, e.g. "claude-code"; "git"; "" when not known
    statement: str = ""  # of an update that was meant as a create: what is new, to be merged into the body
