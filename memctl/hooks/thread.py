"""The thread of work over a compaction, a restart and a fresh start: what a session's start is told of it.

On the hot path: imports nothing but os, time and hot modules.
"""

import os
import time

from memctl.agents import table
from memctl.hooks import detached
from memctl.store.state import delivery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from memctl.hooks.call import Call

WAIT = 0.8
"""Seconds that a hook waits for a note to be brought up to date; then it is made without anybody waiting."""

SPARE = 0.4
"""Seconds of the hook's own deadline that are left for its answer."""

REST = 1.0
"""The same where the deadline is longer than usual: what else a start does takes longer there too."""

_GOES_ON = ("compact", "resume")
"""Sources of a start that goes on with a session, which was told at its first one."""


def begins(call: "Call") -> bool:
    """Whether this start is the first one of its session; a host that does not say tells it once a day."""
    source = call.input.get("source")
    if source or not call.session:
        return source not in _GOES_ON
    return detached.due(call.memory, f"begun {call.session}", 86_400, time.time())


def note(call: "Call") -> str:
    """The note of this very session, where it goes on in a fresh context or is taken up again; else "".

    Hosts that do not say what started a session are believed to go on with one that is known.
    """
    source = call.input.get("source")
    if not call.session or source not in ("compact", "resume", None):
        return ""
    session = call.session if source is None else _told_of(call)
    text, size = delivery.note(call.memory, call.agent, session)
    if source is not None and (not text or size != _size(call)):
        in_time = refresh(call)
        text, size = delivery.note(call.memory, call.agent, session)
        if not text and not in_time and source == "compact" and call.session.replace("-", "").isalnum():
            return f"What of this session must survive: `memctl session note --session {call.session}`"
    if not text or (not delivery.is_new(call.memory, call.agent, session, text) and source != "compact"):
        return ""  # one that is taken up again has its context, and in it what it was given last
    call.details["note"] = len(text)
    return text


def _told_of(call: "Call") -> str:
    """The session of which a note is due: the host's, or where it has none that of the transcript."""
    ready = delivery.note(call.memory, call.agent, call.session)[0]
    return call.session if ready else _recorded(call) or call.session


_ID = b'"sessionId":'
_HEAD = 64 * 1024
"""Bytes of a transcript in which the id of its first record is looked for."""


def _recorded(call: "Call") -> str:
    """The id by which the transcript that the host names goes, that of its first record; "" where none is
    found. Resuming copies a session's records and gives it a new id."""
    path = call.input.get("transcript_path")
    try:
        if not isinstance(path, str) or not os.path.isfile(path):
            return ""
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except (OSError, ValueError):
        return ""
    named = head.partition(_ID)[2].lstrip().partition(b'"')[2].partition(b'"')[0]
    return named.decode("ascii", "replace") if len(named) < 200 else ""


def left_open(call: "Call") -> str:
    """One line: what the last session of the project left open, and how to see it; "" where nothing is."""
    if call.input.get("source") not in ("startup", "clear", None):
        return ""
    session, what = delivery.left_open(call.memory, time.time())
    if not what or session == call.session[: delivery.ID]:
        return ""
    return f"The last session left open: {what}. See it: `memctl session note --session {session}`"


def refresh(call: "Call") -> bool:
    """Have the note made of what was added, and wait for it, but not for long; False when it still is."""
    given = transcript(call, "--transcript")
    if given:
        where = ("--dir", call.directory) if call.directory else ()
        command = detached.command(
            "session", "note", "--from-hook", "--quiet", "-C", call.cwd, *where, *given
        )
        import _signal as signal  # the `signal` module costs an enum import

        seconds = patience(signal.getitimer(signal.ITIMER_REAL)[0])
        return detached.start_and_wait(command, call.cwd, seconds, SPARE)
    return True


def patience(left: float) -> float:
    """Seconds to wait for the note, with `left` until the hook's alarm: where that was set later than is
    usual, because a busy computer needs it, the wait is longer too."""
    return max(WAIT, left - REST)


def _size(call: "Call") -> int:
    """Bytes of the transcript that the host names; -1 where it names none."""
    path = call.input.get("transcript_path")
    try:
        return os.stat(path).st_size if isinstance(path, str) else -1
    except OSError:
        return -1


def transcript(call: "Call", before: str) -> list[str]:
    """The arguments that tell a verb what to read: the transcript that the host named, with the option
    `before` it, or the session, for an agent that keeps all of them in one file."""
    path, session = call.input.get("transcript_path"), call.session
    if isinstance(path, str) and os.path.isabs(path) and os.path.isfile(path):
        return [before, path]
    plain = session[:1].isalnum() and session.isprintable() and len(session) < 200
    return ["--session", session] if plain and table.is_shared(call.agent) else []
