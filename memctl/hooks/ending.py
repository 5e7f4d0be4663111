"""What memctl does at each moment of an agent's session, and how it says so.

On the hot path: each action imports what it needs and no more.
"""

import os
import time

from memctl.hooks import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from memctl.hooks.entry import Call

QUERY_MAX = 8_000
"""Characters of a prompt that are searched with: its beginning and its end."""

_ROOT_VARIABLES = ("CLAUDE_PROJECT_DIR", "GEMINI_CWD", "CURSOR_PROJECT_DIR")


class Agent:
    """The table of one agent, by its module."""

    __slots__ = ("ends", "envelope", "events", "max_bytes", "prompt", "session")

    def __init__(self, name: str) -> None:
        module = __import__("memctl.agents.dialects." + name.replace("-", "_"), fromlist=["NAME"])
        self.events: dict[str, str] = module.EVENTS
        self.max_bytes: int = module.MAX_BYTES
        self.ends: bool = module.ENDS
        self.prompt = module.prompt
        self.session = module.session
        self.envelope = module.envelope

    def event(self, given: object) -> str:
        """The host's own spelling of `given`, however it is cased or hyphenated, or ""."""
        wanted = given.replace("-", "").replace("_", "").lower() if isinstance(given, str) else ""
        return next((name for name in self.events if name.lower() == wanted), "")


def respond(call: "Call", event: "dict[str, object]") -> None:
    """Do what `event` asks for. Any exception is the caller's to swallow."""
    agent = Agent(call.agent)
    name = agent.event(call.event or event.get("hook_event_name"))
    if not name:
        call.outcome = "unknown-event"
        return
    call.event = name
    cwd = call.start or _cwd(event)
    from memctl.store.state.registry import open_place

    place = open_place(cwd, call.directory)
    directory = place.directory
    call.root = place.root
    given = agent.session(event)
    session = given if isinstance(given, str) else ""
    action = agent.events[name]
    if action == "start":
        _start(call, agent, directory, session, event)
    elif action == "prompt":
        _prompt(call, agent, directory, session, event, cwd)
    else:
        _wind_up(call, agent, action, directory, session, event, cwd)


def _cwd(event: "dict[str, object]") -> str:
    """The directory that the session works in, as far as the host says so."""
    roots = event.get("workspace_roots")
    first = roots[0] if isinstance(roots, list) and roots else None
    for value in (event.get("cwd"), first, *(os.environ.get(name) for name in _ROOT_VARIABLES)):
        if isinstance(value, str) and os.path.isabs(value) and os.path.isdir(value):
            return os.path.normpath(value)
    return os.getcwd()


def _start(call: "Call", agent: Agent, directory: str, session: str, event: "dict[str, object]") -> None:
    """A session begins, or goes on with a fresh context: give it the index."""
    from memctl.store.state import surfaced

    if event.get("source") in ("compact", "clear"):
        surfaced.clear(directory, session)
    _say(call, agent, directory, ())


def _prompt(
    call: "Call", agent: Agent, directory: str, session: str, event: "dict[str, object]", cwd: str
) -> None:
    """The person typed something: give the session the memories that fit and that it has not seen."""
    from memctl.text import fence

    text = agent.prompt(event)
    if not isinstance(text, str) or not text.strip() or not os.path.isdir(directory):
        return
    from memctl.services.recall import lexical
    from memctl.store.state import surfaced

    query = fence.strip(text)
    if len(query) > QUERY_MAX:
        query = query[: QUERY_MAX // 2] + " " + query[-QUERY_MAX // 2 :]
    call.rescue = lambda: _warm(directory, cwd)
    answer = lexical.recall(directory, query, exclude=surfaced.seen(directory, session))
    call.rescue = None
    if answer.hits:
        shown = _say(call, agent, directory, [hit.file for hit in answer.hits])
        surfaced.add(directory, session, shown)
    if not answer.swept:  # a large directory: the whole sweep must not keep the host waiting
        from memctl.hooks import detached

        detached.aside(lambda: lexical.freshen(directory))


def _warm(directory: str, cwd: str) -> None:
    """The search took too long, most likely because its cache is being made: have it made in peace."""
    from memctl.hooks import detached

    if detached.due(directory, "warm", 60, time.time()):
        query = ("recall", "--selector", "lexical", "--quiet", "--dir", directory, "warm")
        detached.start(detached.command(*query), cwd)


def _say(call: "Call", agent: Agent, directory: str, recalled: "list[str] | tuple[str, ...]") -> list[str]:
    """Write a context block in the agent's envelope, below the limits; return the files that it shows."""
    from memctl.hooks.entry import OUTPUT_MAX
    from memctl.services.context import block as context

    room = context.MAX_CHARS
    while room > 0:
        block = context.build(
            directory,
            now=time.time(),
            recalled=recalled,
            index=not recalled,
            max_chars=room,
            max_bytes=agent.max_bytes,
            root=call.root,
        )
        if not block.text:
            return []
        text = wire.dumps(agent.envelope(call.event, block.text)) + "\n"
        if len(text) < OUTPUT_MAX:
            break
        room -= len(text) - OUTPUT_MAX + 50  # quotes and line ends count twice in JSON
    else:
        return []
    call.details["chars"] = len(block.text)
    call.details["memories"] = len(block.recalled)
    return block.recalled if call.answer(text) else []


def _wind_up(
    call: "Call",
    agent: Agent,
    action: str,
    directory: str,
    session: str,
    event: "dict[str, object]",
    cwd: str,
) -> None:
    """A turn, a context or a session ends: start the extraction of what was said, and do not wait for it."""
    from memctl import places
    from memctl.hooks import detached
    from memctl.store.state import surfaced

    if action == "compact":
        surfaced.clear(directory, session)
    source = _source(call.agent, session, event.get("transcript_path"))
    often = action == "turn" and agent.ends
    if not source:
        call.outcome = "no-transcript"
    elif not detached.due(directory, f"extract {session}", detached.AGAIN if often else 0.0, time.time()):
        call.outcome = "recent"
    else:
        where = ("--dir", call.directory) if call.directory else ()
        command = detached.command("extract", "--from-hook", "--quiet", "-C", cwd, *where, *source)
        lock = os.path.join(places.store_state(directory), "extract.lock")
        detached.start(command, cwd, lock=lock, wait=action != "turn")
        call.outcome = "started"


def _source(agent: str, session: str, path: object) -> list[str]:
    """The arguments that tell `memctl extract` what to read: the transcript that the host named, or for
    opencode, which keeps its sessions in a database, the session."""
    if isinstance(path, str) and os.path.isabs(path) and os.path.isfile(path):
        return ["--", path]
    plain = session[:1].isalnum() and session.isprintable() and len(session) < 200
    return ["--session", session] if agent == "opencode" and plain else []
