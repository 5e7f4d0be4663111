"""What the end of a turn, a context or a session starts: the extraction of what was said.

On the hot path: imports nothing but os, time and hot modules.
"""

import os
import time

from memctl import places
from memctl.agents import table
from memctl.hooks import detached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from memctl.hooks.call import Call


def handle(call: "Call", action: str) -> None:
    """Start the extraction in the background; `action` is turn, compact or end."""
    if action == "compact":
        from memctl.store.state import surfaced

        surfaced.clear(call.memory, call.session)
    source = _source(call)
    often = action == "turn" and call.dialect.ends
    pause = detached.AGAIN if often else 0.0
    if not source:
        call.outcome = "no-transcript"
    elif not detached.due(call.memory, f"extract {call.session}", pause, time.time()):
        call.outcome = "recent"
    else:
        where = ("--dir", call.directory) if call.directory else ()
        command = detached.command("extract", "--from-hook", "--quiet", "-C", call.cwd, *where, *source)
        lock = os.path.join(places.store_state(call.memory), "extract.lock")
        detached.start(command, call.cwd, lock=lock, wait=action != "turn")
        call.outcome = "started"


def _source(call: "Call") -> list[str]:
    """The arguments that tell `memctl extract` what to read: the transcript that the host named, or the
    session, for an agent that keeps all of them in one file."""
    path, session = call.input.get("transcript_path"), call.session
    if isinstance(path, str) and os.path.isabs(path) and os.path.isfile(path):
        return ["--", path]
    plain = session[:1].isalnum() and session.isprintable() and len(session) < 200
    return ["--session", session] if plain and table.is_shared(call.agent) else []
