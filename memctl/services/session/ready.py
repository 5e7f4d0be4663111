"""What the next start is told of a session, made beforehand: its note, and one line of what is open."""

import os

from memctl import places
from memctl.domain.contents import Contents
from memctl.domain.transcript import Session
from memctl.format import note_text as form
from memctl.services.session import note, upkeep
from memctl.services.session.filling import told
from memctl.settings import Settings
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed
from memctl.store.state import delivery
from memctl.store.state.sessions import SessionStates

MAX_TOKENS = form.MAX_TOKENS - 40
"""Of a note that is delivered: the marks around it are tokens too."""

PART_MAX = 140
"""Characters of one thing that is open."""

FOREVER = 100 * 365
"""Days, where what is kept of a session stays for good."""


def keep(session: Session, directory: str, settings: Settings, now: float) -> None:
    """After a turn: have the note ready for the next start, and the session memory up to date when it is due.
    Raises as `make_ready` and `upkeep.update`."""
    states = SessionStates(directory)
    states.sweep(now, settings.session_days)
    make_ready(session, directory, now=now, days=settings.session_days)
    provider = upkeep.consenting(settings)
    upkeep.update(session, states, upkeep.thresholds(settings), now=now, provider=provider, wait=0)


def make_ready(session: Session, directory: str, *, now: float, days: float) -> None:
    """Keep ready the note of `session`, and for `days` (0: for good) what it left open, if it is the
    project's last. Raises MemctlError (it cannot be read), WriteFailed."""
    size = _size(session)
    contents = note.contents_of(session, SessionStates(directory), now)
    text = form.note(contents, MAX_TOKENS)
    folder = delivery.folder(directory, session.agent, session.id)
    try:
        if text:
            places.make_private(folder)
            files.write_private(os.path.join(folder, delivery.NOTE), f"{size}\n{text}".encode())
        if contents.requests:  # else it is the client's own, or was only opened
            until = now + (days or FOREVER) * 86_400
            lines = (str(int(until)), session.id[: delivery.ID], left_open(contents))
            path = delivery.last_file(directory)
            if any(lines[2:]):
                files.write_private(path, "\n".join(told(line, 600) for line in lines).encode())
            else:
                files.discard(path)
    except OSError as error:
        raise write_failed(error, folder) from error


def left_open(contents: Contents) -> str:
    """What is open, on one line: a message that nobody answered, steps of the agent's plan, commands that
    still fail. "" where nothing is. Only what the transcript shows as open counts, not what words hint at."""
    parts = []
    steps = [step for step in contents.steps if step.outcome != "ok"]
    going = next((step for step in steps if step.outcome == "now"), steps[0] if steps else None)
    if contents.requests and contents.said is None:
        parts.append(f"not answered: {told(contents.requests[-1].text, PART_MAX)}")
    if going:
        parts.append(f"{len(steps)} of {len(contents.steps)} steps, now: {told(going.text, PART_MAX)}")
    if contents.errors:
        newest = contents.errors[-1]
        why = f" ({told(newest.about, PART_MAX)})" if newest.about else ""
        parts.append(f"still failing: `{told(newest.text, PART_MAX)}`{why}")
    return "; ".join(parts)


def _size(session: Session) -> int:
    try:
        return os.stat(session.path).st_size
    except OSError:
        return 0
