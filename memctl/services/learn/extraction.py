"""`extract`: from a recorded session to proposals in the inbox.

Reader -> turns that were not looked at before -> echo guard -> engine -> checks -> inbox -> cursor. The
cursor moves only when the inbox is durably written, so a killed run is simply repeated, and what it had
written already is recognised by its id.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from memctl.agents.transcripts import readers
from memctl.domain import times
from memctl.domain.memory import Memory
from memctl.domain.proposal import Proposal
from memctl.domain.transcript import Session, Turn
from memctl.services.inbox import door
from memctl.services.inbox.door import Desk, Heard
from memctl.services.learn import echo, rules
from memctl.services.learn import statement as made
from memctl.store.memory.memories import MemoryStore
from memctl.store.state.cursors import Cursors, mark
from memctl.store.state.inbox import Entry, Inbox
from memctl.store.state.tombstones import Tombstones


@dataclass(frozen=True)
class Batch:
    """What an engine made of some turns: drafts, what may carry their evidence, what it looked at."""

    drafts: Sequence[Proposal]
    heard: Mapping[str, Heard]
    turns: Sequence[Turn]


class Engine(Protocol):
    """What makes drafts from turns."""

    @property
    def name(self) -> str:
        """`rules` or `llm`."""

    def batches(
        self, turns: Iterator[Turn], session: Session, memories: Sequence[Memory], now: float
    ) -> Iterator[Batch]:
        """Drafts for `turns` (unread, oldest first), batch by batch, as far as the engine goes in one run."""


@dataclass(frozen=True)
class Outcome:
    """What one extraction did. `dropped` counts by reason (`checks.REASONS`); `turns` were looked at."""

    session: Session
    engine: str
    proposals: tuple[Proposal, ...]
    dropped: Mapping[str, int]
    turns: int


def extract(
    directory: str,
    session: Session,
    engine: Engine,
    *,
    now: float,
    everything: bool = False,
    dry_run: bool = False,
    turns: Callable[[Session], Iterator[Turn]] = readers.turns,
) -> Outcome:
    """Propose memories for `directory` from `session`.

    Only turns after the cursor are looked at, or all of them with `everything`; with `dry_run` neither inbox
    nor cursor changes. Raises ModelFailed (the llm engine could not answer; the cursor stays), WriteFailed,
    MemctlError (the session cannot be read).
    """
    memories, _ = MemoryStore(directory).memories()
    inbox, cursors = Inbox(directory), Cursors(directory)
    cursor = cursors.load(session)
    waiting = [entry.proposal for entry in inbox.entries()[0]]
    desk = Desk(memories, waiting, Tombstones(directory))
    unread = (t for t in turns(session) if everything or not cursor.has(t))
    marks: set[bytes] = set()
    for batch in engine.batches(unread, session, memories, now):
        for draft in batch.drafts:
            created = now + len(desk.accepted) / 1e6  # so that they stay in order
            draft = replace(draft, session=session.id, source=session.agent, engine=engine.name)
            desk.take(replace(draft, created=created), batch.heard)
        marks.update(mark(turn) for turn in batch.turns)
    if not dry_run:
        for proposal in desk.accepted:
            inbox.put(Entry(proposal))
        if marks - cursor.seen or desk.accepted:
            cursors.move(cursor, marks, len(desk.accepted), now)
    return Outcome(session, engine.name, tuple(desk.accepted), dict(desk.dropped), len(marks))


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
                drafts.append(draft_of(statement, taken, origin_of(turn, session)))
                taken.add(drafts[-1].name.casefold())
            yield Batch(drafts, heard([turn], session) if drafts else {}, [turn])


def draft_of(statement: made.Statement, taken: Collection[str], origin: str) -> Proposal:
    """The proposal that a statement of the person makes."""
    return Proposal(
        id="",
        operation="create",
        name=made.slug(statement, taken),
        type=statement.type,
        description=made.description(statement),
        body=made.body(statement),
        evidence=(statement.evidence,),
        origin=origin,
    )


def origin_of(turn: Turn, session: Session) -> str:
    """Where a turn's words come from. A session file that lies in the working tree is an import: anyone who
    contributes to a repository can put one there."""
    return "import" if session.agent == "specstory" and turn.origin == "person" else turn.origin


def heard(turns: Iterable[Turn], session: Session, sent: Mapping[str, str] | None = None) -> dict[str, Heard]:
    """What evidence may be quoted from: each turn's text without echoes, by turn id.

    `sent` maps ids to the text as a model saw it, which may be quoted as well.
    """
    texts: dict[str, list[tuple[str, str]]] = {}
    for turn in turns:
        said = echo.heard(turn)
        if said is None:
            continue
        origin = origin_of(turn, session)
        texts.setdefault(turn.id, []).append((origin, door.plain(said.text)))
        if sent and turn.id in sent:
            texts[turn.id].append((origin, door.plain(sent[turn.id])))
    return {turn_id: Heard(tuple(found)) for turn_id, found in texts.items()}


def day(turn: Turn, session: Session, now: float) -> date:
    """The day on which a turn was said, in the local time zone; else the session's, else today."""
    for text in (turn.at, session.started):
        moment = times.parse(text)
        if moment is not None:
            with suppress(ValueError, OverflowError, OSError):
                return date.fromtimestamp(moment)
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
