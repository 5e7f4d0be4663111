"""`extract`: from a recorded session to proposals in the inbox.

Reader -> turns that were not looked at before -> echo guard -> engine -> inbox door -> cursor. The cursor
moves only when the inbox is durably written, so a killed run is simply repeated, and what it had written
already is recognised by its id.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import zip_longest
from typing import Protocol

from memctl.agents.transcripts import readers
from memctl.domain.memory import Memory
from memctl.domain.proposal import Evidence, Proposal, Target, weakest
from memctl.domain.transcript import Session, Turn
from memctl.services.inbox.door import InboxDoor
from memctl.services.inbox.provenance import Quotable, Quoted, plain, proves
from memctl.services.learn import echo, leaks, rules, standing, withdrawal
from memctl.services.learn import statement as made
from memctl.services.learn.listening import Listener
from memctl.services.learn.sentences import sentences
from memctl.store.state.cursors import Cursors, mark
from memctl.store.state.resolve import Place
from memctl.text import dates


@dataclass(frozen=True)
class Batch:
    """What an engine made of some turns: drafts, what may carry their evidence, what it looked at."""

    drafts: Sequence[Proposal]
    quotable: Mapping[str, Quotable]
    turns: Sequence[Turn]
    verbatim: bool = False  # the drafts are cut out of their quotes, not worded by a model
    leeway: bool = False  # a model worded the drafts, and may use a few words of its own
    memories: Mapping[str, Quotable] = field(default_factory=dict)  # what those say that a draft changes


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
    listener = Listener(session)
    heard = listener.listen(_opened(turns(session)), lambda turn: not cursor.has(turn))
    unread = (t for t in heard if everything or not cursor.has(t))
    marks: set[bytes] = set()
    for batch in engine.batches(unread, session, door.memories, now):
        quoted = Quoted(batch.quotable, verbatim=batch.verbatim, leeway=batch.leeway, memories=batch.memories)
        for draft in batch.drafts:
            door.take(replace(draft, given=session.given), quoted)
        marks.update(mark(turn) for turn in batch.turns)
    door.leave(leaks.holders(door.taken, turns(session)), "secret")
    if not dry_run:
        door.put()
        listener.keep()
        if marks - cursor.seen or door.taken:
            cursors.move(cursor, marks, len(door.taken), now)
    return Outcome(session, engine.name, tuple(door.taken), dict(door.dropped), len(marks))


def _opened(turns: Iterator[Turn]) -> Iterator[Turn]:
    """`turns`, with the first that the person said marked as what opens the session."""
    for turn in turns:
        if turn.origin == "person" and not turn.sidechain:
            yield turn if turn.cue else replace(turn, cue="opening")
            break
        yield turn
    yield from turns


class Rules:
    """The `rules` engine: one message of the person at a time, no model, nothing leaves the machine."""

    name = "rules"

    def batches(
        self, turns: Iterator[Turn], session: Session, memories: Sequence[Memory], now: float
    ) -> Iterator[Batch]:
        """One batch for each message of the person; it waits for the next message, which may take it back."""
        stated = _Stated(session, memories)
        answered: Turn | None = None  # what the agent said last
        asked = False  # the person spoke since
        waiting: Batch | None = None
        for turn in turns:
            if turn.origin == "agent" and not turn.sidechain:
                answered, asked = _answered(turn, None if asked else answered), False
            if turn.origin != "person" or turn.sidechain:
                continue
            said = echo.heard(turn)
            heard = rules.heard(said, day(turn, session, now), answered) if said else rules.NOTHING
            if waiting is not None:
                yield replace(waiting, drafts=()) if heard.takes_back else waiting
            drafts = stated.drafts(heard)
            seen = [turn, answered] if answered else [turn]
            waiting = Batch(drafts, quotable(seen, session) if drafts else {}, [turn], verbatim=True)
            asked = True
        if waiting is not None:
            yield waiting


def _answered(turn: Turn, before: Turn | None) -> Turn | None:
    """What a yes agrees with after a turn of the agent: what it says; of a call, which says nothing, what it
    said `before` in the same answer."""
    return turn if turn.call is None else before


class _Stated:
    """What the person stated so far in a session: what was stated before is not proposed twice."""

    def __init__(self, session: Session, memories: Sequence[Memory]) -> None:
        self._session = session
        self._memories = memories
        self._kept = standing.Kept(memories)
        self._known: set[str] = set()
        self._taken = {memory.stem.casefold() for memory in memories}

    def drafts(self, heard: rules.Heard) -> list[Proposal]:
        """What one message proposes: the deletion that it asks for, and each statement that is new."""
        drafts = list(_deletions(heard, self._memories, self._session))
        for statement in heard.statements:
            if statement.fact in self._known:
                continue
            if not statement.changes and self._kept.say(statement.fact):
                continue
            self._known.add(statement.fact)
            draft = draft_of(statement, self._taken, session=self._session.id, source=self._session.agent)
            self._taken.add(draft.name.casefold())
            drafts.append(_in_place(draft, self._kept.replaced(statement.fact)))
        return drafts


def _in_place(draft: Proposal, memory: Memory | None) -> Proposal:
    """`draft` in the place of the memory that it makes untrue, where there is one."""
    if memory is None:
        return draft
    why = f"says that what {memory.stem} says is so no longer"
    return replace(draft, operation="supersede", targets=(Target(memory.stem),), why=why)


def _deletions(heard: rules.Heard, memories: Sequence[Memory], session: Session) -> Iterator[Proposal]:
    """The memory that the person asks to delete, where it can be told which."""
    quote = heard.deletion.quote if heard.deletion else ""
    memory = withdrawal.meant(heard.text, quote, memories) if quote else None
    if memory is not None and heard.deletion is not None:
        yield Proposal(
            id="", operation="delete", name=memory.stem, type=memory.type or "", description="", body="",
            evidence=(heard.deletion,), origin="", session=session.id, targets=(Target(memory.stem),),
            why="you asked to delete it", engine="rules", source=session.agent,
        )  # fmt: skip


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
        evidence=_provable(statement.quotes),
        origin="",
        session=session,
        engine=engine,
        source=source,
    )


def _provable(quotes: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """The quotes that are long enough to prove anything; "No." stands everywhere."""
    return tuple(quote for quote in quotes if proves(quote.quote)) or quotes[:1]


def _origin(turn: Turn, session: Session) -> str:
    """Where a turn's words come from. In a file that the agent does not keep itself anybody may have
    written who spoke; an export in the working tree is an import: who contributes to the repository can put
    one there."""
    at_best = "person" if session.recorded else "import" if session.agent == "specstory" else "file"
    return weakest((turn.origin, at_best)) or turn.origin


def quotable(turns: Iterable[Turn], session: Session, sent: Iterable[str] = ()) -> dict[str, Quotable]:
    """What evidence may be quoted from: each turn's text without echoes, by turn id.

    `sent` has the text of each turn as a model saw it, which may be quoted as well. A person's turn holds
    more than what the person said: a pasted document, a log, a quotation are a file's.
    """
    texts: dict[str, list[tuple[str, str]]] = {}
    days: dict[str, frozenset[str]] = {}
    for turn, seen in zip_longest(turns, sent):
        said = echo.heard(turn)
        if said is None:
            continue
        origin = _origin(turn, session)
        for text in dict.fromkeys((said.text, seen or said.text)):
            if turn.origin == "person":
                own = "\n".join(sentence.text for sentence in sentences(text))
                days[turn.id] = days.get(turn.id, frozenset()) | _days(own, turn, session)
                own = "\n".join([own, *_dates(own, turn, session)])
                texts.setdefault(turn.id, []).append((origin, plain(own)))
            put = weakest((origin, "file")) if turn.origin == "person" else origin
            texts.setdefault(turn.id, []).append((put or origin, plain(text)))
    nothing = frozenset[str]()
    return {turn_id: Quotable(tuple(found), days.get(turn_id, nothing)) for turn_id, found in texts.items()}


def _days(own: str, turn: Turn, session: Session) -> frozenset[str]:
    """The dates within a year that a day of the month, and a month without its year, may mean."""
    said_on = day(turn, session, 0.0) if turn.at or session.started else None
    return dates.possible(own[:DATES_MAX], said_on) if said_on else frozenset()


def _dates(own: str, turn: Turn, session: Session) -> list[str]:
    """What the relative dates in a person's words mean: a memory says them so."""
    said_on = day(turn, session, 0.0) if turn.at or session.started else None
    return dates.readings(own[:DATES_MAX], said_on) if said_on else []


DATES_MAX = 20_000
"""Characters of a person's words that are looked through for relative dates."""


def day(turn: Turn, session: Session, now: float) -> date | None:
    """The day on which a turn was said, in the local time zone; else the session's, else today. None where
    a time was recorded that no calendar holds: then nobody knows what "tomorrow" was."""
    recorded = [text for text in (turn.at, session.started) if text]
    for text in recorded:
        try:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone().date()
        except (ValueError, OverflowError, OSError):
            continue
    return None if recorded else date.fromtimestamp(now)


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
