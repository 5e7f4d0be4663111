"""Which recorded session is meant: one of a file, or one of the project."""

import os
from collections.abc import Sequence

from memctl.agents.transcripts import readers
from memctl.domain.transcript import Session
from memctl.errors import NotFound, UsageError
from memctl.store.state.sessions import SessionStates, State


def in_file(file: str, wanted: str | None) -> Sequence[Session]:
    """The sessions in `file` whose id begins with `wanted`; a file of one session has that one, whatever a
    caller calls it: resuming a session gives new ids. Raises NotFound, and MemctlError for no transcript."""
    found = readers.open_spoken(file)
    if len(found) == 1:
        return found
    chosen = [session for session in found if wanted is None or session.id.startswith(wanted)]
    if not chosen:
        raise NotFound(f"{file} holds no session {wanted}", near=tuple(session.id for session in found[-3:]))
    return chosen


def of_project(root: str, wanted: str | None) -> Sequence[Session]:
    """The recorded sessions of the project `root` whose id begins with `wanted`, else the one that was
    written to last. Raises NotFound."""
    known = readers.sessions(root, os.path.expanduser("~"))
    chosen = [session for session in known if session.id.startswith(wanted)] if wanted else newest(known)[:1]
    if not chosen:
        raise NotFound(
            f"no session {wanted}" if wanted else "no recorded session of this project",
            hint="`memctl session list` lists them",
            near=tuple(session.id for session in newest(known)[:3]) if wanted else (),
        )
    return chosen


def one(root: str, wanted: str | None, file: str | None = None) -> Session:
    """The session that is meant: of `file`, else of the project. Raises NotFound; UsageError where several
    ids begin alike and none is `wanted` itself, and for an id without a character, which a script's unset
    variable gives."""
    if wanted is not None:
        check(wanted)
    found = in_file(file, wanted) if file is not None else of_project(root, wanted)
    found = [session for session in found if session.id == wanted] or found
    if wanted is not None and len({session.id for session in found}) > 1:
        ids = ", ".join(session.id for session in newest(found)[:5])
        raise UsageError(f"several sessions begin with {wanted}", hint=f"one of {ids}")
    return newest(found)[0]


def check(wanted: str) -> None:
    """Raise UsageError for an id that every session begins with."""
    if not wanted.strip():
        raise UsageError("no id of a session was given", hint="`memctl session list` lists them")


def newest(sessions: Sequence[Session]) -> list[Session]:
    """`sessions`, the one that was written to last first; of one file, the one that was started last."""
    return sorted(sessions, key=lambda session: (written(session), session.started or ""), reverse=True)


def written(session: Session) -> float:
    """When the session's file was written to, in seconds since the epoch; 0 when it is gone."""
    try:
        return os.stat(session.path).st_mtime
    except OSError:
        return 0.0


def damaged(root: str, states: SessionStates, wanted: str) -> list[State]:
    """The sessions of the project at `root` of which something is kept that cannot be read."""
    known = readers.sessions(root, os.path.expanduser("~"))
    return [
        State(one.agent, one.id, 0, 0.0)
        for one in known
        if one.id.startswith(wanted) and os.path.lexists(states.folder_of(one.agent, one.id))
    ]
