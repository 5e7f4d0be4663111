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
    path, session = _source(call)
    own = _asks_own_model(call.agent)
    often = action == "turn" and (call.dialect.ends or own)
    pause = (detached.AGAIN_OWN if own else detached.AGAIN) if often else 0.0
    if not path and not session:
        call.outcome = "no-transcript"
    elif own and action == "turn" and call.dialect.ends:
        _wait(call, path, session, is_over=False)
        call.outcome = "waits"
    elif not detached.due(call.memory, f"extract {call.session}", pause, time.time()):
        if own:
            _wait(call, path, session, is_over=False)
        call.outcome = "recent"
    else:
        if own:
            _wait(call, path, session, is_over=True)
            detached.ask_own_model(call.agent, call.cwd, call.directory)
        else:
            _extract(call, path, session, wait=action != "turn")
        call.outcome = "started"


def _extract(call: "Call", path: str, session: str, *, wait: bool) -> None:
    """Have the rules, or whatever `hook_engine` names, read the session."""
    source = ("--", path) if path else ("--session", session)
    where = ("--dir", call.directory) if call.directory else ()
    command = detached.command("extract", "--from-hook", "--quiet", "-C", call.cwd, *where, *source)
    lock = os.path.join(places.store_state(call.memory), "extract.lock")
    detached.start(command, call.cwd, lock=lock, wait=wait)


def _wait(call: "Call", path: str, session: str, *, is_over: bool) -> None:
    """Have the session wait for the agent's own model, which is asked once it is over."""
    from memctl.store.state import backlog

    backlog.note(call.memory, call.agent, path, session, is_over=is_over)


def _asks_own_model(agent: str) -> bool:
    """Whether the person's own settings let the CLI of `agent` be asked."""
    from memctl.store.state import resolve

    allowed = resolve.text("own_model") if agent != "git" else ""
    return any(part.partition("=")[0].strip() == agent for part in allowed.split(","))


def _source(call: "Call") -> "tuple[str, str]":
    """What to read: the transcript that the host named, or the session, for an agent that keeps all of them
    in one file; both "" where neither is known."""
    path, session = call.input.get("transcript_path"), call.session
    if isinstance(path, str) and os.path.isabs(path) and os.path.isfile(path):
        return path, ""
    plain = session[:1].isalnum() and session.isprintable() and len(session) < 200
    return "", session if plain and table.is_shared(call.agent) else ""
