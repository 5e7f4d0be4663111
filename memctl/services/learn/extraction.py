"""`extract`: from a recorded session to proposals in the inbox.

Reader -> turns that were not looked at before -> echo guard -> engine -> inbox door -> cursor. The cursor
moves only when the inbox is durably written, so a killed run is simply repeated, and what it had written
already is recognised by its id.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from memctl.agents.transcripts import readers
from memctl.domain.memory import Memory
from memctl.domain.proposal import Proposal
from memctl.domain.transcript import Session, Turn
from memctl.services.inbox.door import InboxDoor
from memctl.services.inbox.provenance import Quotable, Quoted, plain
from memctl.services.learn import echo, rules
from memctl.services.learn import statement as made
from memctl.store.state.cursors import Cursors, mark
from memctl.store.state.resolve import Place


@dataclass(frozen=True)
class Batch:
    """What an engine made of some turns: drafts, what may carry their evidence, what it looked at."""

    drafts: Sequence[Proposal]
    quotable: Mapping[str, Quotable]
    turns: Sequence[Turn]


class Engine(Protocol):
    """What makes drafts from turns."""

    @property
    def name(self) -> str:
        """`rules`, `llm` or `git`."""

    def batches(
        self, turns: Iterator[Turn], session: Session, memories: Sequence[Memory], now: float
    ) -> Iterator[Batch]:
        """Drafts for `turns` (unread, oldest first), batch by batch, as far as the engine goes in one run."""


@dataclass(frozen=True)
class Outcome:
    """What one extraction did. `dropped` counts by reason (`reasons.REASONS`); `turns` were looked at."""

    session: Session
    engine: str
    proposals: tuple[Proposal, ...]
    dropped: Mapping[str, int]
    turns: int


def extract(
    place: Place,
    session: Session,
    engine: Engine,
    *,
    now: float,
    everything: bool = False,
    dry_run: bool = False,
    turns: Callable[[Session], Iterator[Turn]] = readers.turns,
) -> Outcome:
    """Propose memories for the directory of `place` from `session`.

    Only turns after the cursor are looked at, or all of them with `everything`; with `dry_run` neither inbox
    nor cursor changes. Raises ModelFailed (the llm engine could not answer; the cursor stays), WriteFailed,
    MemctlError (the session cannot be read).
    """
    door, cursors = InboxDoor(place, now), Cursors(place.directory)
    cursor = cursors.load(session)
    unread = (t for t in turns(session) if everything or not cursor.has(t))
    marks: set[bytes] = set()
    for batch in engine.batches(unread, session, door.memories, now):
        for draft in batch.drafts:
            door.take(draft, Quoted(batch.quotable))
        marks.update(mark(turn) for turn in batch.turns)
    if not dry_run:
        door.put()
        if marks - cursor.seen or door.taken:
            cursors.move(cursor, marks, len(door.taken), now)
    return Outcome(session, engine.name, tuple(door.taken), dict(door.dropped), len(marks))


class Rules:
    """The `rules` engine: one message of the person at a time, no model, nothing leaves the machine."""

    name = "rules"

    def batches(
        self, turns: Iterator[Turn], session: Session, memories: Sequence[Memory], now: float
    ) -> Iterator[Batch]:
        """One batch for each message of the person."""
        taken = {memory.stem.casefold() for memory in memories}
        known: set[str] = set()  # what was stated before in this session is not proposed twice
        for turn in turns:
            if turn.origin != "person" or turn.sidechain:
                continue
            said = echo.heard(turn)
            drafts = []
            for statement in rules.statements(said, day(turn, session, now)) if said else ():
                if statement.fact in known:
                    continue
                known.add(statement.fact)
                drafts.append(draft_of(statement, taken, session=session.id, source=session.agent))
                taken.add(drafts[-1].name.casefold())
            yield Batch(drafts, quotable([turn], session) if drafts else {}, [turn])


def draft_of(
    statement: made.Statement,
    taken: Collection[str] = (),
    *,
    session: str | None = None,
    source: str = "",
    engine: str = "rules",
) -> Proposal:
    """What a statement of the person proposes, under a name that is not among `taken`."""
    return Proposal(
        id="",
        operation="create",
        name=made.slug(statement, taken),
        type=statement.type,
        description=made.description(statement),
        body=made.body(statement),
        evidence=(statement.evidence,),
        origin="",
        session=session,
        engine=engine,
        source=source,
    )


def _origin(turn: Turn, session: Session) -> str:
    """Where a turn's words come from. A session file that lies in the working tree is an import: anyone who
    contributes to a repository can put one there."""
    return "import" if session.agent == "specstory" and turn.origin == "person" else turn.origin


def quotable(
    turns: Iterable[Turn], session: Session, sent: Mapping[str, str] | None = None
) -> dict[str, Quotable]:
    """What evidence may be quoted from: each turn's text without echoes, by turn id.

    `sent` maps ids to the text as a model saw it, which may be quoted as well.
    """
    texts: dict[str, list[tuple[str, str]]] = {}
    for turn in turns:
        said = echo.heard(turn)
        if said is None:
            continue
        origin = _origin(turn, session)
        texts.setdefault(turn.id, []).append((origin, plain(said.text)))
        if sent and turn.id in sent:
            texts[turn.id].append((origin, plain(sent[turn.id])))
    return {turn_id: Quotable(tuple(found)) for turn_id, found in texts.items()}


def day(turn: Turn, session: Session, now: float) -> date:
    """The day on which a turn was said, in the local time zone; else the session's, else today."""
    for text in (turn.at, session.started):
        try:
            moment = datetime.fromisoformat(text or "")
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone().date()
        except (ValueError, OverflowError):
            continue
    return date.fromtimestamp(now)


@dataclass(frozen=True)
class Listed:
    """A session, and what was extracted from it: turns looked at, proposals, when (0: never)."""

    session: Session
    turns: int
    proposed: int
    updated: float


def sessions(directory: str, project_root: str, home: str) -> list[Listed]:
    """Every session of the project that the agents left under `home`, with what was extracted from each."""
    cursors = Cursors(directory)
    found = []
    for session in readers.sessions(project_root, home):
        cursor = cursors.load(session)
        found.append(Listed(session, len(cursor.seen), cursor.proposed, cursor.updated))
    return found
