"""`memctl hook AGENT [EVENT]`: what agents and git call. JSON in, the agent's envelope out, exit 0 always.

A hook that exits 2 blocks the person's prompt, and one that hangs holds it up, so nothing here can do
either: every failure is a line in the log and an empty answer, and a timer ends the process before any
host would. On the hot path: neither typer nor rich, json, re or logging is imported.
"""

import gc
import os
import sys
import time

from memctl.agents import table
from memctl.hooks import wire
from memctl.hooks.call import OUTPUT_MAX, Call, around, failure, mark, read, shown_to_the_person, workplace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from memctl.services.recall.hits import Hit
    from memctl.store.state.resolve import Place

DEADLINE = 1.5
"""Seconds until the hook gives up, below every host's timeout; `MEMCTL_HOOK_DEADLINE` overrides."""

DEADLINE_MAX = 5.0
"""No variable makes it longer: the timer is set before anything is known of who set the variable."""

QUERY_MAX = 8_000
"""Characters of a prompt that are searched with: its beginning and its end."""

_TAKES_VALUE = ("--dir", "-C", "--color")


def wanted(arguments: list[str]) -> list[str] | None:
    """`arguments` (without the program) less the verb when that is `hook`, else None.

    `hook --help` is a person's question, and left to the parser.
    """
    at = 0
    while at < len(arguments):
        word = arguments[at]
        if word == "hook":
            rest = arguments[at + 1 :]
            return None if rest == ["--help"] else arguments[:at] + rest
        if word[:1] != "-" or word == "--":
            return None
        at += 2 if word in _TAKES_VALUE else 1
    return None


def main(arguments: list[str]) -> None:
    """Answer one hook call and end the process with exit code 0, whatever happens."""
    gc.disable()  # a process of milliseconds has nothing to collect
    call = Call(*_options(arguments))
    try:
        _arm(call)
        _run(call)
    except BaseException as error:  # noqa: BLE001 - exit 0 is the promise, also for KeyboardInterrupt
        call.outcome = failure(error)
    call.finish()


def _options(arguments: list[str]) -> "tuple[list[str], dict[str, str]]":
    """The plain words of a command line, and the options with a value; other options say nothing here."""
    words: list[str] = []
    options: dict[str, str] = {}
    at = 0
    while at < len(arguments):
        word = arguments[at]
        at += 1
        if word in _TAKES_VALUE:
            options[word] = arguments[at] if at < len(arguments) else ""
            at += 1
        elif word[:2] == "-C" or word[:6] == "--dir=":
            name = "-C" if word[1] == "C" else "--dir"
            options[name] = word[2:] if name == "-C" else word[6:]
        elif word[:1] != "-":
            words.append(word)
    return words, options


def _arm(call: Call) -> None:
    """Have the process end when the deadline strikes, wherever it then is."""
    import _signal as signal  # the `signal` module costs an enum import

    def strike(number: int, frame: object) -> None:
        """Answer the alarm: give what there is by now, and end the process."""
        call.outcome = "deadline"
        try:
            if call.rescue is not None:
                call.rescue()
        finally:
            call.finish()

    signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, _deadline())


def _deadline() -> float:
    try:
        seconds = float(os.environ.get("MEMCTL_HOOK_DEADLINE", "") or DEADLINE)
    except ValueError:
        return DEADLINE
    return min(seconds, DEADLINE_MAX) if seconds >= 0.01 else DEADLINE


def _run(call: Call) -> None:
    """Read the event, do what it asks for, write the answer."""
    for folder in around():
        call.distrust(folder)
    agent = table.find(call.agent)
    call.agent = agent.name if agent else call.agent
    if agent is not None and agent.has_hooks:
        call.dialect = agent.dialect()
        call.silent = call.dialect.silent
    if os.environ.get("MEMCTL_IN_PROVIDER"):
        call.outcome = "in-provider"  # an agent that memctl itself asked a question
        return
    call.begin()
    if call.agent == "git":
        from memctl.hooks import git_events

        for folder in around():
            call.distrust(folder, wholly=True)
        call.outcome = git_events.handle(call.event, call.rest, call.directory)
        return
    if agent is None or not agent.has_hooks:
        call.outcome = "unknown-agent"
        return
    data = read()
    if data is None:
        call.outcome = "bad-input"
        return
    call.input = call.dialect.read(data)
    _respond(call)


def _respond(call: Call) -> None:
    """Do what the event asks for."""
    name, action = call.dialect.event(call.event or call.input.get("hook_event_name"))
    if not name:
        call.outcome = "unknown-event"
        return
    call.event = name
    call.cwd = call.start or workplace(call.input)
    if not call.cwd:
        call.cwd = os.getcwd()
        if call.dialect.is_lost(call.cwd) and not call.directory:
            call.outcome = "no-project"
            return
    ends = action not in ("start", "prompt")
    for folder in (*around(), call.cwd) if ends else (call.cwd,):
        call.distrust(folder, wholly=ends)
    from memctl.store.state.registry import open_place

    place = open_place(call.cwd, call.directory)
    call.memory, call.root = place.directory, place.root
    if action == "start":
        _look_around(call, place)
    session = call.dialect.session(call.input)
    call.session = session if isinstance(session, str) else ""
    if action == "start":
        _start(call)
    elif action == "prompt":
        _prompt(call)
    else:
        from memctl.hooks import ending

        ending.handle(call, action)


def _start(call: Call) -> None:
    """A session begins, or goes on with a fresh context: give it the index."""
    if call.input.get("source") in ("compact", "clear"):
        from memctl.store.state import surfaced

        surfaced.clear(call.memory, call.session)
    _say(call, ())


def _look_around(call: Call, place: "Place") -> None:
    """Note where else memories of the project stand. What is to be moved is moved by a process of its own."""
    if place.is_pending and not place.others():
        from memctl.hooks import errands

        errands.settle(call)
        return
    call.notice = place.notice("memctl project adopt")
    if call.notice:
        call.details["places"] = "several"


def _prompt(call: Call) -> None:
    """The person typed something: give the session the memories that fit and that it has not seen. A host
    that forgets is given all that fit, and the index, each time that it asks."""
    text, forgets = _asked(call), call.dialect.forgets
    if not (text or forgets) or not os.path.isdir(call.memory):
        return
    from memctl.services.recall import lexical
    from memctl.store.state import surfaced

    seen = surfaced.seen(call.memory, call.session)
    call.rescue = lambda: _warm(call)
    hidden = frozenset() if forgets else seen
    answer = lexical.recall(call.memory, _query(text), exclude=hidden) if text else None
    call.rescue = None
    hits = answer.hits if answer else []
    if hits or forgets:
        shown = _say(call, [hit.file for hit in hits], _labels(hits))
        surfaced.add(call.memory, call.session, [file for file in shown if file not in seen])
    if answer and not answer.swept:  # a large directory: the whole sweep must not keep the host waiting
        from memctl.hooks import detached

        detached.aside(lambda: lexical.freshen(call.memory))


def _labels(hits: "list[Hit]") -> "dict[str, str]":
    """How some of them stand to now, by their files."""
    return {hit.file: said for hit in hits if (said := hit.label(time.time()))}


def _asked(call: Call) -> str:
    """What the person typed, from the message or, where that does not say it, from the transcript."""
    text = call.dialect.prompt(call.input)
    if call.dialect.mark:
        from memctl.hooks import asked

        text, is_new = asked.last(call.input.get("transcript_path"), call.dialect)
        call.details |= {} if is_new else {"again": 1}
    return text if isinstance(text, str) and text.strip() else ""


def _query(text: str) -> str:
    """What of a prompt is searched with."""
    from memctl.text import fence

    query = fence.strip(text)
    return query if len(query) <= QUERY_MAX else query[: QUERY_MAX // 2] + " " + query[-QUERY_MAX // 2 :]


def _warm(call: Call) -> None:
    """The search took too long, most likely because its cache is being made: have it made in peace."""
    from memctl.hooks import errands

    errands.warm(call)


def _at_start(call: Call) -> "tuple[bool, str, list[str]]":
    """Whether the session begins, the note of one that goes on, and what is told beside it and the index."""
    from memctl.hooks import thread

    begins, forgets = thread.begins(call), call.dialect.forgets
    note = "" if forgets else thread.note(call)
    line = "" if note or (forgets and not begins) else thread.left_open(call)
    return begins, note, [told for told in (line, call.notice) if told]


def _say(
    call: Call, recalled: "list[str] | tuple[str, ...]", labels: "dict[str, str] | None" = None
) -> list[str]:
    """Write a context block in the agent's envelope, below the limits; return the files that it shows."""
    from memctl.services.context import block as context

    room = context.MAX_CHARS
    loaded = not recalled and call.dialect.loads(call.memory, call.root, call.cwd)
    whole = not recalled or call.dialect.forgets
    begins, note, notes = _at_start(call) if whole else (False, "", ())
    while room > 0:
        block = context.build(
            call.memory,
            now=time.time(),
            recalled=recalled,
            labels=labels,
            index=whole,
            max_chars=room,
            max_bytes=call.dialect.max_bytes,
            root=call.root,
            loaded=loaded,
            notes=notes,
            note=note,
            remind=begins,
        )
        if not block.text:
            return []
        answer = call.dialect.envelope(call.event, block.text) | shown_to_the_person(call, block.names)
        text = wire.dumps(answer) + "\n"
        if len(text) < OUTPUT_MAX:
            call.details |= {"chars": len(block.text), "memories": len(block.recalled)}
            if block.recalled:
                call.details["recalled"] = ",".join([mark(call.memory, file) for file in block.recalled])
            return block.recalled if call.answer(text) else []
        room -= len(text) - OUTPUT_MAX + 50  # quotes and line ends count twice in JSON
    return []


if __name__ == "__main__":
    main(sys.argv[1:])
