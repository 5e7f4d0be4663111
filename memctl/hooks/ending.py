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
    """Start the extraction in the background, or have the session wait for it; `action`, what ended, is turn,
    compact or end. What was done is the call's outcome."""
    if action == "compact":
        from memctl.store.state import surfaced

        surfaced.clear(call.memory, call.session)
    if action == "compact" or call.input.get("reason") == "clear":  # a start follows at once
        thread.refresh(call)
    given = thread.transcript(call, "--")
    own = _asks_own_model(call.agent)
    often = action == "turn" and (call.dialect.ends or own)
    pause = (detached.AGAIN_OWN if own else detached.AGAIN) if often else 0.0
    if not given:
        call.outcome = "no-transcript"
    elif own and action == "turn" and call.dialect.ends:
        _wait(call, given, is_over=False)
        call.outcome = "waits"
    elif not detached.due(call.memory, f"extract {call.session}", pause, time.time()):
        if own:
            _wait(call, given, is_over=False)
        call.outcome = "recent"
    else:
        if own:
            _wait(call, given, is_over=True)
            detached.ask_own_model(call.agent, call.cwd, call.directory)
        else:
            _extract(call, given, wait=action != "turn")
        call.outcome = "started"


def _extract(call: "Call", given: list[str], *, wait: bool) -> None:
    """Have the rules, or whatever `hook_engine` names, read the session."""
    _start(call, ["extract"], given, "extract.lock", wait=wait)


def _wait(call: "Call", given: list[str], *, is_over: bool) -> None:
    """Have the session wait for the agent's own model, which is asked once it is over; its note does not."""
    from memctl.store.state import backlog

    path, session = (given[1], "") if given[0] == "--" else ("", given[1])
    backlog.note(call.memory, call.agent, path, session, is_over=is_over)
    if not is_over and detached.due(call.memory, f"thread {call.session}", detached.AGAIN, time.time()):
        _start(call, ["session", "update"], thread.transcript(call, "--transcript"), "thread.lock")


def _asks_own_model(agent: str) -> bool:
    """Whether the person's own settings let the CLI of `agent` be asked."""
    from memctl.store.state import resolve

    allowed = resolve.text("own_model") if agent != "git" else ""
    if not allowed:
        return False
    from memctl import pairs

    return agent in pairs.read(allowed)


def _start(call: "Call", verb: list[str], given: list[str], lock: str, *, wait: bool = False) -> None:
    """Start `verb` on what is `given` in a process of its own; `wait`: after another one of its kind."""
    where = ("--dir", call.directory) if call.directory else ()
    command = detached.command(*verb, "--from-hook", "--quiet", "-C", call.cwd, *where, *given)
    lock = os.path.join(places.store_state(call.memory), lock)
    detached.start(command, call.cwd, lock=lock, wait=wait)
