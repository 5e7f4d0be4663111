"""What the end of a turn, a context or a session starts: the extraction of what was said, and the note.

On the hot path: imports nothing but os, time and hot modules.
"""

import os
import time

from memctl import places
from memctl.hooks import detached, thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from memctl.hooks.call import Call


def handle(call: "Call", action: str) -> None:
    """Start the extraction in the background; `action` is turn, compact or end."""
    if action == "compact":
        from memctl.store.state import surfaced

        surfaced.clear(call.memory, call.session)
    if action == "compact" or call.input.get("reason") == "clear":  # a start follows at once
        thread.refresh(call)
    given = thread.transcript(call, "--")
    often = action == "turn" and call.dialect.ends
    pause = detached.AGAIN if often else 0.0
    if not given:
        call.outcome = "no-transcript"
    elif not detached.due(call.memory, f"extract {call.session}", pause, time.time()):
        call.outcome = "recent"
    else:
        where = ("--dir", call.directory) if call.directory else ()
        command = detached.command("extract", "--from-hook", "--quiet", "-C", call.cwd, *where, *given)
        lock = os.path.join(places.store_state(call.memory), "extract.lock")
        detached.start(command, call.cwd, lock=lock, wait=action != "turn")
        call.outcome = "started"
