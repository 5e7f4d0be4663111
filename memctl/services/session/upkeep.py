"""The session memory (`summary.md`) kept up to date: when it is due, and what becomes of what stands there.

    updated = update(session, states, thresholds, now=now)

Lines cut out of the transcript are made anew each time; what a person or a model wrote stays, the same bytes.
Over its budgets whole lines fall out, to be undone or paged back. It is private, and nothing reads it for
memories: it is no transcript.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from memctl import places
from memctl.agents.transcripts import readers
from memctl.agents.transcripts.position import Branched, Position
from memctl.domain.contents import Contents
from memctl.domain.transcript import Session, Turn
from memctl.errors import ModelFailed
from memctl.format import session_memory as form
from memctl.llm.choose import choose
from memctl.llm.provider import Provider
from memctl.services.session import edits, note, reading
from memctl.services.session.filling import filled
from memctl.settings import Settings
from memctl.store.state.session_memories import SessionMemory
from memctl.store.state.sessions import SessionStates

DERIVED_KEPT = 4_000
"""Lines that were made earlier and are known again, so that none is taken for a person's."""

HALF = form.SECTION_MAX // 2
"""Tokens of a section that its derived lines have before those of a person and of a model."""


@dataclass(frozen=True)
class Thresholds:
    """When an update is due: tokens of the session before the first one, and after it, and how many calls
    of tools must have come by then where the agent is not at rest."""

    first_tokens: int = 10_000
    more_tokens: int = 5_000
    more_calls: int = 3


def thresholds(settings: Settings) -> Thresholds:
    """Those of the person's settings."""
    return Thresholds(
        settings.session_first_tokens, settings.session_more_tokens, settings.session_more_calls
    )


def consenting(settings: Settings) -> Provider | None:
    """The provider that may read sessions when nobody watches, by `hook_engine`; None where none may, or
    the settings name none. It is not started: most turns end before an update is due."""
    try:
        return None if settings.hook_engine == "rules" else choose(settings, "session")
    except ModelFailed:
        return None


@dataclass(frozen=True)
class Updated:
    """What came of it. `changed`: another text stands there; `void`: answers of a model that were no edits;
    `left_out`: lines that found no room."""

    path: str
    changed: bool
    due: bool = True
    void: int = 0
    left_out: int = 0


def is_due(contents: Contents, about: dict[str, object], limits: Thresholds) -> bool:
    """Whether enough was said and done since the last update, of which `about` has the counts (`tokens` and
    `called` of the session then; nothing before the first)."""
    then = about.get("tokens")
    if not isinstance(then, int) or then > contents.tokens:  # never, or of another branch
        return contents.tokens >= limits.first_tokens
    called = about.get("called")
    calls = contents.called - (called if isinstance(called, int) else 0)
    return contents.tokens - then >= limits.more_tokens and (calls >= limits.more_calls or contents.rests)


def update(
    session: Session,
    states: SessionStates,
    limits: Thresholds | None = None,
    *,
    now: float,
    provider: Provider | None = None,
    wait: float = 10.0,
) -> Updated:
    """Bring the session memory up to date, with `limits` only when it is due.

    A `provider` adds what the rules cannot tell; its consent is the caller's to know. When it fails, what
    the rules wrote stands. Raises MemctlError (the session cannot be read), Locked, WriteFailed, ModelFailed.
    """
    contents = note.contents_of(session, states, now)
    memory = SessionMemory(states, session)
    about = memory.about()
    if limits is not None and not is_due(contents, about, limits):
        return Updated(memory.path, changed=False, due=False)
    if not contents.turns:
        return Updated(memory.path, changed=False)
    before = memory.text()
    with memory.locked(wait):
        left_out = _write(memory, contents, None)[0]
    void = 0
    if provider is not None:
        turns, position = _since(session, about)
        known = note.known_of(session, states)
        answer = edits.ask(provider, memory.text(), turns, contents.turns, known)
        with memory.locked(wait):
            left_out, void = _write(memory, contents, answer)
            memory.note(memory.about() | {"position": reading.place(position, known), "read": contents.turns})
    return Updated(memory.path, memory.text() != before, void=void, left_out=left_out)


def undo(session: Session, states: SessionStates, wait: float = 10.0) -> tuple[str, bool]:
    """Put the version before back: the path of the text, and whether there was one. Raises Locked,
    WriteFailed."""
    memory = SessionMemory(states, session)
    with memory.locked(wait):
        return memory.path, memory.undo()


def text(session: Session, states: SessionStates) -> str:
    """The session memory of `session` as it stands in its file, "" where there is none."""
    return SessionMemory(states, session).text()


def _write(memory: SessionMemory, contents: Contents, answer: edits.Answer | None) -> tuple[int, int]:
    """Write it under the lock; gives how many lines found no room, and how many edits were void."""
    about = memory.about()
    derived = filled(contents)
    lines = frozenset(line for body in derived.values() for line in body)
    listed = about.get("derived")
    made = dict.fromkeys(map(places.digest, sorted(lines)))
    earlier = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, str)]
    known = [*(one for one in earlier if one not in made), *made]
    bodies = merged(form.parse(memory.text()), derived, frozenset(known))
    bodies, void = edits.applied(bodies, answer, lines) if answer else (bodies, 0)
    fitting = condensed(bodies, lines)
    new = form.render(fitting)
    # What is known as derived comes first: a writer killed in between leaves the old text, and no line of the
    # next one counts as a person's.
    figures = {"tokens": contents.tokens, "called": contents.called, "turns": contents.turns}
    memory.note({**about, **figures, "derived": known[-DERIVED_KEPT:]})
    if new != memory.text():
        memory.write(new)
    return sum(map(len, bodies.values())) - sum(map(len, fitting.values())), void


def merged(there: form.Bodies, derived: form.Bodies, known: frozenset[str]) -> form.Bodies:
    """The person's lines, the derived ones, the model's: those that stand `there` and were never derived
    (`known` has the digests of all that were) stay as they are."""
    bodies: form.Bodies = {}
    for title, lines in there.items():
        new = frozenset(derived[title])
        own = [line for line in lines if line not in new and (not line or places.digest(line) not in known)]
        models = [line for line in own if edits.is_model(line, new)]
        persons = form.stripped([line for line in own if line not in models])
        bodies[title] = [*persons, *derived[title], *models]
    return bodies


def condensed(bodies: form.Bodies, derived: frozenset[str]) -> form.Bodies:
    """Within the budgets: derived lines have half of a section first, then the person's, then the model's
    newest, then what is left of the derived."""
    rank: dict[str, int] = {}
    for lines in bodies.values():
        room = HALF
        for line in lines:
            if line in derived:
                room -= form.size([line])
                rank[line] = 0 if room >= 0 else 3
            else:
                rank[line] = 2 if edits.is_model(line, derived) else 1

    def need(line: str, at: int) -> tuple[int, ...]:
        """How soon a line goes, the lowest last; `at` is its place in its section."""
        return rank[line], -at if rank[line] == 2 else at

    return form.condensed(bodies, need)


def _since(session: Session, about: dict[str, object]) -> tuple[Sequence[tuple[int, Turn]], Position]:
    """The turns that a model has not seen, with their numbers, and where to go on next time. What it saw is
    not read again where the format can be continued."""
    kept, read = about.get("position"), about.get("read")
    try:
        position = Position(**kept) if isinstance(kept, dict) and isinstance(read, int) else Position()
        return _read(session, position, read if isinstance(read, int) and position.offset else 0)
    except (Branched, TypeError):
        return _read(session, Position(), 0)


def _read(session: Session, position: Position, before: int) -> tuple[Sequence[tuple[int, Turn]], Position]:
    found: list[tuple[int, Turn]] = []
    room = edits.WINDOW_CHARS
    for number, turn in enumerate(readers.events(session, position), before + 1):
        found.append((number, turn))
        room -= min(len(turn.text), 4_000)
        while room < 0 and len(found) > 1:
            room += min(len(found.pop(0)[1].text), 4_000)
    return found, position
