"""`dream`: a look at the memories, and what could be tidied as proposals in the inbox; nothing else."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from memctl.domain.proposal import Proposal
from memctl.errors import ModelFailed
from memctl.services.dream import kinship, tidying
from memctl.services.dream.drafts import Unheeded
from memctl.services.dream.ration import Ration
from memctl.services.dream.survey import HOUR, Progress, Survey, origin, touched, unheard
from memctl.services.inbox import stale
from memctl.services.inbox.door import InboxDoor
from memctl.services.inbox.provenance import Measured, Provenance, Stated
from memctl.services.related.nearby import Folder
from memctl.services.review import plan
from memctl.settings import Settings
from memctl.store.disk import lock
from memctl.store.memory.memories import MemoryStore
from memctl.store.search.compared import Compared
from memctl.store.state import dreams, surfaced
from memctl.store.state.inbox import Inbox
from memctl.store.state.resolve import Place
from memctl.store.state.settled import Settled

Engine = Callable[[Survey, MemoryStore], Iterator[Proposal | Unheeded]]
"""A survey and the memories -> drafts, the most certain first, and advice that became none. Raises
ModelFailed."""


@dataclass
class Outcome:
    """What came of a run: proposals, why drafts became none, what was over a limit, offers to remove what
    rests on evidence that changed, advice of a model that became no draft, how many memories were left alone
    because they are new, and the failure that ended it."""

    proposals: list[Proposal] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    over: dict[str, int] = field(default_factory=dict)
    stale: list[Proposal] = field(default_factory=list)
    unheeded: list[Unheeded] = field(default_factory=list)
    resting: int = 0
    failure: ModelFailed | None = None


def rules(survey: Survey, store: MemoryStore) -> Iterator[Proposal]:
    """The engine without a model."""
    with Folder(store, survey.now) as folder:
        yield from kinship.found(survey, folder)
    yield from tidying.found(survey, store.directory)


LOCK = "dream.lock"
"""Held while proposals are put into the inbox, so that two runs together keep to the limit of one."""


def look(
    place: Place, store: MemoryStore, settings: Settings, now: float, progress: Progress = unheard
) -> tuple[Survey, list[Proposal]]:
    """What there is now, and the proposals of earlier runs that wait. Who looks tells `progress`."""
    waiting = _waiting(place.directory)
    moot = _moot(store, waiting, now)
    memories = {memory.stem: memory for memory in store.memories()[0]}
    survey = Survey(
        memories,
        surfaced.used(place.directory),
        Settled(place.directory),
        Compared(place.directory, len(memories)),
        touched(one for one in waiting if one.id not in moot),
        now,
        settings.dream_hours * HOUR,
        progress,
    )
    return survey, waiting


def dream(
    place: Place,
    engine: Engine,
    settings: Settings,
    *,
    by: str,
    root: str,
    now: float,
    dry_run: bool = False,
    progress: Progress = unheard,
) -> Outcome:
    """Put what the engine called `by` finds into the inbox; `root` is the working tree that evidence is
    compared with. What waits from an earlier run and can no longer be done goes. Raises WriteFailed,
    Refused, Locked."""
    store, outcome = MemoryStore(place.directory), Outcome()
    survey, waiting = look(place, store, settings, now, progress)
    outcome.resting = survey.resting
    moot = _moot(store, waiting, now)
    ration = Ration(
        settings.dream_proposals - len(waiting) + len(moot), settings.dream_bytes, survey.memories
    )
    every = list(survey.memories.values())
    door = InboxDoor(place, now, memories=every, leaving=moot, limit=None)
    try:
        for draft in engine(survey, store):
            if isinstance(draft, Unheeded):
                outcome.unheeded.append(draft)
            elif ration.allows(draft):
                _take(door, ration, survey, draft, by)
    except ModelFailed as error:
        outcome.failure = error
    if not dry_run:
        _put(door, ration, frozenset(one.id for one in waiting), settings.dream_proposals)
        survey.compared.keep()
    outcome.proposals, outcome.dropped, outcome.over = door.taken, door.dropped, ration.over
    outcome.dropped += Counter(one.reason for one in outcome.unheeded)
    outcome.stale = list(stale.due(place, every, root, now).new)
    if not dry_run:
        stale.offer(place, every, root, now)
        if outcome.failure is None:  # else a session is still told that it is time
            dreams.done(place.directory, now)
    return outcome


def _put(door: InboxDoor, ration: Ration, known: frozenset[str], limit: int) -> None:
    """Put what was taken, but for what another run has left no room for meanwhile, or is about too; `known`
    are the ids of what waited before. Raises as the door does, and Locked."""
    with lock.held(door.place.directory, "dream", name=LOCK):
        now = _waiting(door.place.directory)
        others = touched(one for one in now if one.id not in known)
        room = limit - len(now) + sum(one.id in door.leaving for one in now)
        apart = [one for one in door.taken if touched([one]).isdisjoint(others)]
        ration.leave(len(door.taken) - len(apart[: max(0, room)]))
        door.taken = apart[: max(0, room)]
        door.put()


def _take(door: InboxDoor, ration: Ration, survey: Survey, draft: Proposal, by: str) -> None:
    from dataclasses import replace

    taken = door.take(replace(draft, engine=by), _provenance(survey, draft, by))
    if isinstance(taken, Proposal):
        ration.take(taken)


def _provenance(survey: Survey, draft: Proposal, by: str) -> Provenance:
    """Whose words it is: what the rules leave are the memories' own, what a model worded its own at best;
    what is removed says so itself."""
    if draft.evidence:
        return Measured(draft.why)
    members = [survey.memories[t.name] for t in draft.targets if t.name in survey.memories]
    return Stated(origin(members, "person" if by == "rules" else "agent"), draft.why)


def _waiting(directory: str) -> list[Proposal]:
    """The proposals of earlier runs that wait for a verdict."""
    return [e.proposal for e in Inbox(directory).entries()[0] if e.proposal.is_dreamt and e.approval is None]


def _moot(store: MemoryStore, waiting: Sequence[Proposal], now: float) -> frozenset[str]:
    """The ids of those of which nothing can be done any more."""
    return frozenset(one.id for one in waiting if plan.plan(store, one, now).change is None)
