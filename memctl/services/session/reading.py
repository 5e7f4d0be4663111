"""From a transcript, in any format, to what the session holds (`domain.contents.Contents`).

    contents = read(session)                     # a session of `readers.open_file` or `readers.sessions`
    contents, kept = read_on(session, kept)      # the same, reading only what was added since `kept`

Both take turns one at a time from the live branch, in time linear in what is read, and hold a bounded amount
whatever its length: the bounds stand in `gathering`. No model, no clock: the same transcript gives the same
contents. `replace(session, until=ID)` reads as far as one record. Both raise MemctlError (the session cannot
be read), NotFound (no record `until`).

What a tool's output says is never the person's: requests, constraints and decisions come from turns of the
origin `person` alone. Secrets are replaced as things are gathered (`services.guard.redact`).
"""

from collections.abc import Iterator
from typing import Any

from memctl.agents.transcripts import readers
from memctl.agents.transcripts.position import Branched, Position
from memctl.domain.contents import Contents
from memctl.domain.transcript import Session
from memctl.services.guard import redact
from memctl.services.guard.repeats import OWN_KEY, Known
from memctl.services.session.gathering import Gathering, Unbounded

Kept = dict[str, Any]
"""What was gathered of a session and how far it was read, as JSON can hold it."""


def read(session: Session, *, bounded: bool = True) -> Contents:
    """What `session` holds, its transcript read as a whole; not `bounded`: all of it, however much."""
    gathering = Gathering() if bounded else Unbounded()
    for turn in readers.events(session):
        gathering.take(turn)
    return gathering.contents(session)


def read_on(session: Session, kept: Kept | None = None, key: bytes = OWN_KEY) -> tuple[Contents, Kept]:
    """What `session` holds, and what to give next time with the same `key`, without one in
    this process. Where the format cannot be continued, or what was
    read does not stand any more, everything is read again."""
    if kept:
        try:
            position = Position(**kept["position"])
            if position.offset:
                return _on(session, Gathering(kept["gathered"], key), position)
        except (Branched, KeyError, TypeError, ValueError, AttributeError):
            pass  # kept by another version, or another branch stands now
    return _on(session, Gathering(key=key), Position())


def _on(session: Session, gathering: Gathering, position: Position) -> tuple[Contents, Kept]:
    for turn in readers.events(session, position):
        gathering.take(turn)
    kept = {"gathered": gathering.kept(), "position": place(position, gathering.known())}
    return gathering.contents(session), kept


def place(position: Position, known: Known) -> dict[str, Any]:
    """`position` as JSON can hold it. Where what a reader holds shows a secret (a question that nobody has
    answered yet) it is the beginning, so that nothing of it is kept."""
    held = "\n".join(_texts(position.held))
    shows = known.without(redact(held)) != held
    return {} if shows else {"offset": position.offset, "seal": position.seal, "held": position.held}


def _texts(held: object) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    elif isinstance(held, dict | list):
        for one in [*held, *held.values()] if isinstance(held, dict) else held:
            yield from _texts(one)
