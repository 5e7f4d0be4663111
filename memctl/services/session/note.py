"""The session note: what of a session must survive its compaction, derived without a model.

What was gathered is kept per session in the state directory (`store.state.sessions`), so that a session
that grew costs what was added. The note is fenced as data: a client that puts it before a model marks it so,
and an extraction that reads the session later takes nothing from it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace

from memctl import places
from memctl.domain.contents import Contents, Item
from memctl.domain.transcript import Session
from memctl.errors import WriteFailed
from memctl.format import note_text as form
from memctl.services.guard.repeats import Known
from memctl.services.session import reading
from memctl.store.state.sessions import SessionStates
from memctl.text import fence


@dataclass(frozen=True)
class Note:
    """A note as text ("" where the session holds nothing), and what it was made of."""

    text: str
    contents: Contents


def contents_of(session: Session, states: SessionStates | None, now: float) -> Contents:
    """What `session` holds, read on from what `states` keeps of it; as a whole without states, and where it
    is read only as far as `until`. Raises MemctlError (it cannot be read)."""
    if states is None or session.until is not None:
        return reading.read(session)
    key = states.key(session)
    before = states.load(session, key)
    contents, kept = reading.read_on(session, before, key)
    if kept != before:
        with suppress(WriteFailed):  # a full disk costs the next note time, and this one nothing
            states.keep(session, kept, key, contents.turns, now)
    return contents


def known_of(session: Session, states: SessionStates) -> Known:
    """The values of secrets that `contents_of` met in `session`."""
    key = states.key(session)
    kept = states.load(session, key) or {}
    rules = kept.get("gathered", {}).get("secrets", {})
    return Known(rules if isinstance(rules, dict) else {}, key)


def note(
    session: Session, states: SessionStates | None, *, now: float, max_tokens: int = form.MAX_TOKENS
) -> Note:
    """The note of `session`, at most `max_tokens` with its fence. Raises as `contents_of`."""
    contents = contents_of(session, states, now)
    return Note(fenced(contents, max_tokens), contents)


def fenced(contents: Contents, max_tokens: int = form.MAX_TOKENS) -> str:
    """The note of `contents` between its marks; they are a hash of it, so that nothing in it closes it."""
    room = max_tokens - form.tokens(fence.opening(NONCE)) - form.tokens(fence.closing(NONCE)) - 2
    text = form.note(contents, room)
    nonce = places.digest(text)[: len(NONCE)]
    return f"{fence.opening(nonce)}\n{text}{fence.closing(nonce)}\n" if text else ""


NONCE = "000000"
"""As long as the mark of a note: short enough that nobody takes it for a commit."""


def as_far(session: Session, until: str | None) -> Session:
    """`session`, read no further than the record whose id is `until`; None: to its end. Whoever reads it gets
    NotFound where no record has that id."""
    return replace(session, until=until)


def items(contents: Contents) -> Iterator[tuple[str, Item]]:
    """Everything that a session holds, with the class that it is of."""
    for part in fields(contents):
        value = getattr(contents, part.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Item):
                yield part.name, item
