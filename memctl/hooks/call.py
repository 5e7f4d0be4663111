"""One hook call: what is known of it so far, what it reads and answers, and its line in the log.

On the hot path: imports nothing but os, sys, time and hot modules.
"""

import os
import sys
import time

from memctl import places
from memctl.agents import table
from memctl.hooks import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from memctl.agents.dialects import Dialect

INPUT_MAX = 16 * 1024 * 1024
"""Bytes of input that are kept; what follows is read, so that the host can finish writing, and forgotten."""

OUTPUT_MAX = 10_000
"""Characters that an answer stays below."""

LOG_MAX = 256 * 1024
"""Bytes after which the log becomes `hooks.log.1`; so at most twice as much is kept."""


class Call:
    """One hook call. `memory`, `root` and what follows are set once they are known."""

    __slots__ = (
        "agent", "cwd", "details", "dialect", "directory", "event", "ignored", "input", "looked", "memory",
        "notice", "outcome", "rescue", "rest", "root", "session", "silent", "start", "started",
    )  # fmt: skip

    dialect: "Dialect"  # of the agent
    input: "dict[str, object]"  # what the host sent
    cwd: str  # the directory that the session works in
    root: str  # of the project
    memory: str  # its memory directory
    session: str  # id of the conversation; "" when the host does not say

    def __init__(self, words: list[str], options: "dict[str, str]") -> None:
        self.directory: str | None = options.get("--dir") or None  # as given, absolute once it runs
        self.start = options.get("-C", "")  # the directory to start in, in place of the session's
        self.started = time.monotonic()
        self.agent = words[0] if words else ""
        self.event = words[1] if len(words) > 1 else ""
        self.rest = words[2:]
        self.outcome = "ok"
        self.notice = ""  # what the person should know about where the memories are
        self.details: dict[str, object] = {}
        self.looked: list[tuple[str, bool]] = []  # what was asked of `distrust`
        self.ignored: list[str] = []  # variables of its environment that are not believed
        self.rescue: Callable[[], object] | None = None  # called when the deadline strikes
        self.silent = ""  # what the host is answered where there is no other answer

    def begin(self) -> None:
        """Go where `-C` says, like any verb, and find `--dir` from there. Raises OSError."""
        if self.start:
            os.chdir(os.path.expanduser(self.start))
            self.start = os.getcwd()
        if self.directory:
            self.directory = os.path.abspath(os.path.expanduser(self.directory))

    def distrust(self, folder: str, *, wholly: bool = False) -> None:
        """Take out of the environment what the project at `folder` may have put there: see `environment`."""
        if (folder, wholly) in self.looked:
            return
        self.looked.append((folder, wholly))
        home = os.environ.get("HOME", "")
        plain = home and (folder + os.sep).startswith(home.rstrip(os.sep) + os.sep)
        if wholly or not plain or any(name in os.environ for name in places.VARIABLES):
            from memctl.hooks import environment

            self.ignored += environment.clean(folder, wholly=wholly)

    def answer(self, text: str) -> bool:
        """Write `text` to stdout; whether all of it was taken."""
        self.silent = ""
        data = text.encode("utf-8", "replace")
        try:
            while data:
                data = data[os.write(1, data) :]
        except OSError as error:
            self.outcome = failure(error)
            return False
        return True

    def finish(self) -> None:
        """Log the call and end the process."""
        try:
            if self.silent:
                self.answer(self.silent)
            took = int((time.monotonic() - self.started) * 1000)
            record(
                {
                    "agent": self.agent,
                    "event": self.event,
                    "outcome": self.outcome,
                    "ms": took,
                    **self.details,
                    **({"ignored": ",".join(self.ignored)} if self.ignored else {}),
                }
            )
        finally:
            os._exit(0)


def around() -> "list[str]":
    """The folders that are known before the host's message is read: its project, and where the hook runs."""
    found = table.told_roots()
    try:
        found.append(os.getcwd())
    except FileNotFoundError:
        pass  # a folder that is gone
    return list(dict.fromkeys(found))


def workplace(data: "dict[str, object]") -> str:
    """The directory that the session works in, as far as the host says so, else ""."""
    roots = data.get("workspace_roots")
    first = roots[0] if isinstance(roots, list) and roots else None
    for value in (data.get("cwd"), first, *table.told_roots()):
        if isinstance(value, str) and os.path.isabs(value) and os.path.isdir(value):
            return os.path.normpath(value)
    return ""


def read() -> "dict[str, object] | None":
    """What the host sent on stdin; None for what is no JSON object."""
    try:
        value = wire.loads(_input().decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


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


def failure(error: BaseException) -> str:
    """`error` as one word for the log: why memctl itself would not go on, else the type and where it arose.

    Its message stays out of the log: it may quote the input.
    """
    errors = sys.modules.get("memctl.errors")  # not loaded yet: then it cannot be one of them
    if errors is not None and isinstance(error, errors.Refused):
        return str(error.slug)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = os.path.basename(trace.tb_frame.f_code.co_filename)
    return f"{type(error).__name__}:{file}:{trace.tb_lineno}"


def shown_to_the_person(call: Call, names: list[str]) -> "dict[str, object]":
    """What joins the answer so that the agent shows the person which memories were recalled: where it can,
    and unless they turned that off."""
    if not names or not call.dialect.tells or not _wants_messages():
        return {}
    memories = "memory" if len(names) == 1 else "memories"
    return call.dialect.message(f"memctl: {len(names)} {memories} recalled: {', '.join(names)}")


def _wants_messages() -> bool:
    """Whether `hook_messages` is on, as it is unless somebody says so: only then are the settings read."""
    from memctl.store.state import resolve

    config = resolve.read_some(os.path.join(places.config_dir(), "config.toml"), 1 << 20)
    if b"hook_messages" not in config and not os.environ.get("MEMCTL_HOOK_MESSAGES"):
        return True
    from memctl import settings

    try:
        return settings.load().hook_messages
    except Exception:  # noqa: BLE001 - damaged settings are the doctor's to report
        return True


def log_file() -> str:
    """The current log: a line for each call and each extraction, never a word of a prompt or a memory."""
    return os.path.join(places.state_dir(), "hooks.log")


def mark(directory: str, file: str) -> str:
    """What stands for a memory in the log: it names one only to whoever has the memory."""
    return places.digest(f"{places.store_key(directory)}/{file}")[:12]


def record(fields: "dict[str, object]") -> None:
    """Append one line of `key=value`. Never raises: a log is no reason to fail."""
    try:
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        text += "".join(f" {key}={_word(value)}" for key, value in fields.items())
        _append(log_file(), text.encode("utf-8", "replace") + b"\n")
    except Exception:  # noqa: BLE001, S110 - whatever is wrong with the log, the hook goes on
        pass


def _word(value: object) -> str:
    text = str(value)[:120]
    return "".join(c if c.isalnum() or c in "-_.:/,+" else "?" for c in text) or "-"


def _append(file: str, line: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        handle = os.open(file, flags, 0o600)
    except FileNotFoundError:
        places.make_private(os.path.dirname(file))
        handle = os.open(file, flags, 0o600)
    try:
        os.write(handle, line)
        full = os.fstat(handle).st_size > LOG_MAX
    finally:
        os.close(handle)
    if full:
        os.replace(file, file + ".1")
