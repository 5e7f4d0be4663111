"""`memctl hook AGENT [EVENT]`: what agents and git call. JSON in, the agent's envelope out, exit 0 always.

A hook that exits 2 blocks the person's prompt, and one that hangs holds it up, so nothing here can do
either: every failure is a line in the log and an empty answer, and a timer ends the process before any
host would. On the hot path: neither typer nor rich, json, re or logging is imported.
"""

import gc
import os
import sys
import time

from memctl.hooks import hooklog, wire

DEADLINE = 1.5
"""Seconds until the hook gives up, below every host's timeout; `MEMCTL_HOOK_DEADLINE` overrides."""

INPUT_MAX = 16 * 1024 * 1024
"""Bytes of input that are kept; what follows is read, so that the host can finish writing, and forgotten."""

OUTPUT_MAX = 10_000
"""Characters that an answer stays below."""

AGENTS = ("claude-code", "codex", "gemini", "cursor", "opencode")

ALIASES = {"claude": "claude-code"}

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
        call.run()
    except BaseException as error:  # noqa: BLE001 - exit 0 is the promise, also for KeyboardInterrupt
        call.outcome = _refusal(error) or _name(error)
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


class Call:
    """One hook call: what is known of it so far, for the log and for the deadline."""

    __slots__ = (
        "agent", "details", "directory", "event", "outcome", "rescue", "rest", "root", "start", "started",
    )  # fmt: skip

    def __init__(self, words: list[str], options: "dict[str, str]") -> None:
        self.directory: str | None = options.get("--dir") or None  # as given, absolute once it runs
        self.start = options.get("-C", "")  # the directory to start in, in place of the session's
        self.started = time.monotonic()
        self.agent = ALIASES.get(words[0], words[0]) if words else ""
        self.event = words[1] if len(words) > 1 else ""
        self.rest = words[2:]
        self.root = ""  # of the project, once it is known
        self.outcome = "ok"
        self.details: dict[str, object] = {}
        self.rescue: object = None  # called when the deadline strikes

    def run(self) -> None:
        """Read the event, do what it asks for, write the answer."""
        if os.environ.get("MEMCTL_IN_PROVIDER"):
            self.outcome = "in-provider"  # an agent that memctl itself asked a question
            return
        self._begin()
        if self.agent == "git":
            from memctl.hooks import git_events

            self.outcome = git_events.handle(self.event, self.rest, self.directory)
            return
        if self.agent not in AGENTS:
            self.outcome = "unknown-agent"
            return
        from memctl.hooks import respond

        event = _parse(_input())
        if event is None:
            self.outcome = "bad-input"
            return
        respond.respond(self, event)

    def _begin(self) -> None:
        """Go where `-C` says, like any verb, and find `--dir` from there. Raises OSError."""
        if self.start:
            os.chdir(os.path.expanduser(self.start))
            self.start = os.getcwd()
        if self.directory:
            self.directory = os.path.abspath(os.path.expanduser(self.directory))

    def answer(self, text: str) -> bool:
        """Write `text` to stdout; whether all of it was taken."""
        data = text.encode("utf-8", "replace")
        try:
            while data:
                data = data[os.write(1, data) :]
        except OSError as error:
            self.outcome = _name(error)
            return False
        return True

    def finish(self) -> None:
        """Log the call and end the process."""
        try:
            took = int((time.monotonic() - self.started) * 1000)
            hooklog.write(
                {
                    "agent": self.agent,
                    "event": self.event,
                    "outcome": self.outcome,
                    "ms": took,
                    **self.details,
                }
            )
        finally:
            os._exit(0)


def _refusal(error: BaseException) -> str:
    """Why memctl itself would not go on, in one word; "" for any other failure."""
    from memctl.errors import Refused

    return error.slug if isinstance(error, Refused) else ""


def _name(error: BaseException) -> str:
    """The type of `error` and where it arose, without its message, which may quote the input."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = os.path.basename(trace.tb_frame.f_code.co_filename)
    return f"{type(error).__name__}:{file}:{trace.tb_lineno}"


def _arm(call: Call) -> None:
    """Have the process end when the deadline strikes, wherever it then is."""
    import _signal as signal  # the `signal` module costs an enum import

    def strike(number: int, frame: object) -> None:
        call.outcome = "deadline"
        try:
            if callable(call.rescue):
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
    return seconds if 0.01 <= seconds <= 60 else DEADLINE


def _input() -> bytes:
    """All of stdin, at most INPUT_MAX bytes of it; nothing from a terminal or a closed stream."""
    try:
        if os.isatty(0):
            return b""
        parts, size = [], 0
        while part := os.read(0, 1 << 20):
            if size < INPUT_MAX:
                parts.append(part)
                size += len(part)
        return b"".join(parts)
    except OSError:
        return b""


def _parse(raw: bytes) -> "dict[str, object] | None":
    """The event; None for what is no JSON object."""
    try:
        value = wire.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


if __name__ == "__main__":
    main(sys.argv[1:])
