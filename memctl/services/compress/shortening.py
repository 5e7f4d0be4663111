"""`compress`: for each memory a shorter body as a proposal, or why it is left as it is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from memctl.domain.memory import Memory
from memctl.domain.proposal import ORIGINS, Proposal, Target, weakest
from memctl.errors import Damaged, ModelFailed
from memctl.format import topic
from memctl.llm.provider import Provider
from memctl.services import guard
from memctl.services.compress import cuts, original, rewording
from memctl.services.compress.cuts import Shorter
from memctl.services.compress.rewording import Lossy
from memctl.services.context.block import tokens
from memctl.services.coverage.retention import coverage
from memctl.services.inbox.door import InboxDoor
from memctl.services.inbox.provenance import Stated
from memctl.services.inbox.reasons import REASONS
from memctl.store.state.inbox import Inbox
from memctl.store.state.resolve import Place

SHARE = 0.5
"""Of a body's tokens, what is aimed at where nobody says how many."""

Engine = Callable[[Memory, int], Shorter]
"""Memory, target in tokens -> a shorter body. Raises ModelFailed, Lossy."""


@dataclass(frozen=True)
class Shortened:
    """A memory for which there is a shorter body."""

    proposal: Proposal
    shorter: Shorter
    before: int  # tokens
    target: int

    @property
    def after(self) -> int:
        """Tokens of the shorter body."""
        return tokens(self.shorter.body)


@dataclass
class Outcome:
    """What came of a run: shorter bodies, memories that are left alone and why, those that lost too much, and
    the failure that ended it."""

    done: list[Shortened] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)  # stem -> why
    refused: dict[str, Lossy] = field(default_factory=dict)  # by stem
    failure: ModelFailed | None = None


def by_rules(memory: Memory, target: int) -> Shorter:
    """The engine without a model."""
    return cuts.shorten(memory.description, memory.body, target)


def by_model(provider: Provider) -> Engine:
    """The engine over a provider."""
    return lambda memory, target: rewording.reword(memory, target, provider)


def compress(
    place: Place,
    memories: Sequence[Memory],
    engine: Engine,
    *,
    by: str,
    to: int | None,
    now: float,
    dry_run: bool = False,
) -> Outcome:
    """Propose a body of about `to` tokens (None: SHARE of its own) for each of `memories`, by the engine
    called `by`. An earlier proposal for the same memory gives way. Raises WriteFailed, Refused."""
    outcome = Outcome()
    ready = list(_ready(place.directory, memories, to, outcome))
    waiting = {w.name: w.id for w in _waiting(place.directory)}
    leaving = [waiting[memory.stem] for memory, _ in ready if memory.stem in waiting]
    door = InboxDoor(place, now, leaving=leaving, limit=None)
    kept = set(leaving)
    for memory, target in ready:
        try:
            shorter = engine(memory, target)
        except Lossy as error:
            outcome.refused[memory.stem] = error
            continue
        except ModelFailed as error:
            outcome.failure = error
            break
        if _take(door, memory, shorter, target, by, outcome):
            kept.discard(waiting.get(memory.stem, ""))
    if not dry_run:
        door.leaving = [one for one in leaving if one not in kept]
        door.put()
    return outcome


def targeted(memory: Memory, to: int | None) -> int:
    """The tokens aimed at for `memory`."""
    return max(1, int(tokens(memory.body) * SHARE)) if to is None else to


def why_left(directory: str, memory: Memory, target: int) -> str:
    """Why `memory` is left alone, or "". Raises Damaged, MemctlError (no git)."""
    if memory.is_pinned:
        return "is pinned"
    if memory.metadata.get("supersededBy"):
        return f"was replaced by {memory.metadata['supersededBy']}"
    if memory.cut:
        return "is too large to be written again"
    if tokens(memory.body) <= target:
        return f"is short enough: {tokens(memory.body)} tokens of {target}"
    if guard.redact(memory.body) != memory.body:
        return "holds a secret; memctl doctor says where"
    return _why_done(directory, memory)


def _why_done(directory: str, memory: Memory) -> str:
    """That it is shortened already, where it says nothing since that its full text does not say."""
    if not original.named(memory):
        return ""
    from memctl.errors import NotFound

    try:
        whole = original.whole(directory, memory)
    except NotFound:
        return "is shortened already, and its full text is not in the history"
    said = f"{whole.memory.description}\n\n{whole.memory.body}"
    is_new = not whole.is_current and coverage([cuts.unfolded(memory.body)], said).lost
    return "" if is_new else "is shortened already; memctl show --full has the whole text"


def _ready(
    directory: str, memories: Sequence[Memory], to: int | None, outcome: Outcome
) -> Iterator[tuple[Memory, int]]:
    for memory in memories:
        target = targeted(memory, to)
        why = why_left(directory, memory, target)
        if why:
            outcome.left[memory.stem] = why
        else:
            yield memory, target


def _waiting(directory: str) -> list[Proposal]:
    """The shorter bodies that wait for a verdict."""
    return [e.proposal for e in Inbox(directory).entries()[0] if e.proposal.full and e.approval is None]


def _take(door: InboxDoor, memory: Memory, shorter: Shorter, target: int, by: str, outcome: Outcome) -> bool:
    """Give `shorter` to the door; whether it was let in, with the reason in `outcome` where not."""
    before, after = tokens(memory.body), tokens(shorter.body)
    if after >= before:
        outcome.left[memory.stem] = "holds nothing that may go without a loss"
        return False
    try:
        topic.rewrite(memory, body=shorter.body, metadata={original.KEY: memory.fingerprint})
    except Damaged as error:
        outcome.left[memory.stem] = error.message
        return False
    why = f"{after} tokens instead of {before}; the full text stays in the history"
    taken = door.take(_draft(memory, shorter, by), Stated(_origin(memory, by), why))
    if not isinstance(taken, Proposal):
        opened = f": memctl review --reopen {taken.by}" if taken.by else ""
        outcome.left[memory.stem] = REASONS[taken.reason] + opened
        return False
    outcome.done.append(Shortened(taken, shorter, before, target))
    return True


def _draft(memory: Memory, shorter: Shorter, by: str) -> Proposal:
    return Proposal(
        id="",
        operation="update",
        name=memory.stem,
        type=memory.type or "project",
        description=memory.description,
        body=shorter.body,
        evidence=(),
        origin="",
        targets=(Target(memory.stem),),
        engine=by,
        full=memory.fingerprint,
    )


def _origin(memory: Memory, by: str) -> str:
    """Whose words the shorter text is: what the rules leave are the memory's own, the person's where it does
    not say; what a model worded is the model's at best."""
    own = memory.metadata.get("origin")
    own = own if own in ORIGINS else "person"
    return own if by == "rules" else weakest((own, "agent")) or "agent"
