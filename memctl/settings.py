"""Settings: defaults < the user's `config.toml` < `MEMCTL_*` < flags, each value with its origin.

Only the user's own file and environment are read, and of the environment nothing that gives authority: an
agent's settings in a repository, and an agent itself, can set variables. So a cloned repository cannot choose
which command runs, what is sent, or what is approved.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from memctl import pairs, places
from memctl.errors import MemctlError, UsageError

SAYS = "says"
"""Key, in a field's metadata, of the sentence that says what the setting is."""


def _of(default: Any, says: str) -> Any:
    """A setting with its default, and the sentence that `memctl config` and docs/reference say of it."""
    return field(default=default, metadata={SAYS: says})


@dataclass(frozen=True)
class Settings:
    """Every setting. `origins` says for each where its value came from; `unknown` names stray keys."""

    selector: str = _of("auto", "who selects memories: auto | llm | lexical")
    deadline: float = _of(8.0, "seconds that a recall may take in all")
    provider: str = _of(
        "auto", "what answers a prompt: auto | anthropic | command; auto takes the command when one is set"
    )
    command: str = _of(
        "", 'a program that answers instead, e.g. "claude -p": reads a prompt on stdin, writes JSON on stdout'
    )
    model: str = _of("claude-haiku-5-5", "the model that selects memories")
    enrich_model: str = _of("claude-haiku-5-5", "the model that anticipates queries")
    languages: str = _of("", 'codes ("de en") in which prompts are anticipated; empty: those you write in')
    extract_model: str = _of("claude-sonnet-5-5", "the model that proposes memories and shorter texts")
    hook_engine: str = _of(
        "rules", "who extracts when a session ends: rules | auto | llm (sends the session)"
    )
    hook_messages: bool = _of(True, "whether the agent tells you which memories a prompt recalled")
    reminders: bool = _of(True, "whether notes that are true at every command are said, once a day each")
    own_model: str = _of("", 'agents whose own CLI may be asked, with your login: "AGENT, AGENT=MODEL"')
    daily_calls: int = _of(40, "calls of these agents' own CLIs a day; from 1")
    daily_cap_usd: float = _of(0.0, "US dollars that model calls may cost a day; 0: no cap")
    semantic: bool = _of(False, "whether lexical recalls use the [semantic] extra")
    session_first_tokens: int = _of(10_000, "tokens of a session before its session memory is begun")
    session_more_tokens: int = _of(5_000, "tokens after which it is updated again")
    session_more_calls: int = _of(3, "calls of tools that must have come by then, unless the agent rests")
    session_days: int = _of(30, "days that what is kept of a session stays unused; 0: for good")
    dream_proposals: int = _of(40, "proposals of `memctl dream` that wait at a time, at most")
    dream_bytes: int = _of(20_000, "bytes by which the texts of one `memctl dream` may shrink together")
    dream_hours: float = _of(24.0, "hours for which `memctl dream` leaves a new or changed memory alone")
    limit: int = _of(5, "memories that a recall returns at most; from 1")
    mcp_save: str = _of("propose", "what an MCP client's save does: propose | save")
    agents_erase: bool = _of(False, "whether an agent may erase memories for good")
    memory_dir: str = _of("", "one memory directory for every project, an absolute path")
    memory_home: str = _of("", "base of the memory directories, each in projects/SLUG/memory below it")
    agents_accept: bool = _of(False, "whether an agent may accept proposals with `memctl review --accept`")
    approval: Mapping[str, str] = field(
        default_factory=dict,
        metadata={SAYS: 'what is accepted without you: "type.origin.operation" -> ask | auto'},
    )
    origins: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()  # variables that are set and count for nothing

    @property
    def own_models(self) -> dict[str, str]:
        """The agents that `own_model` names, each with its model, "" for the agent's small one."""
        return pairs.read(self.own_model)


_CHOICES = {
    "hook_engine": ("rules", "auto", "llm"),
    "selector": ("auto", "llm", "lexical"),
    "provider": ("auto", "anthropic", "command"),
    "mcp_save": ("propose", "save"),
}
_LEAST = {"limit": 1, "daily_calls": 1}
"""Smallest number that may be kept for good: with `limit = 0` every recall would silently find nothing."""
_MOST = {
    **dict.fromkeys(("session_first_tokens", "session_more_tokens", "session_more_calls"), 1_000_000_000),
    "session_days": 36_500,
    "deadline": 3600,
    "daily_cap_usd": 1_000_000,
    "limit": 1_000_000,
    "dream_proposals": 1_000,
    "dream_bytes": 1_000_000_000,
    "dream_hours": 87_600,
    "daily_calls": 10_000,
}
"""Largest number, in a file, variable or flag alike; above it is a slip, or more than a clock can wait."""
_NOT_SETTINGS = ("origins", "unknown", "ignored")
FILE_ONLY = ("agents_accept", "agents_erase", "approval", "mcp_save", "own_model")
"""What gives authority: what is approved, written or erased unasked, whose login is used. Said in the
person's own file and nowhere else, since a variable may be anybody's."""

STEERING = ("command", "daily_calls", "daily_cap_usd", "hook_engine", "provider")
"""Which program runs, to whom sessions are sent, and what that may cost. A variable of the person's own
shell may say it; what an agent starts believes none that a project may have set, and no agent keeps one."""
_MEND = "mend or remove the file"


def names() -> list[str]:
    """The names that `config.toml` may hold, in the order in which `memctl config` lists them."""
    return [f.name for f in fields(Settings) if f.name not in _NOT_SETTINGS]


def meanings() -> dict[str, str]:
    """Setting -> the sentence that says what it is, in the order of `names`."""
    return {f.name: str(f.metadata[SAYS]) for f in fields(Settings) if f.name not in _NOT_SETTINGS}


def variable(name: str) -> str:
    """The environment variable that overrides a setting; two of them are older than the rule."""
    return {"memory_dir": "MEMCTL_DIR", "memory_home": "MEMCTL_HOME"}.get(name, "MEMCTL_" + name.upper())


def config_file() -> str:
    """The user's own `config.toml`."""
    return os.path.join(places.config_dir(), "config.toml")


def load(flags: Mapping[str, Any] | None = None) -> Settings:
    """Read every source. `flags` holds what the command line gave; None values are not given.

    Raises MemctlError (slug `config`) that names file, key and the accepted values, UsageError for a flag.
    """
    values: dict[str, Any] = {}
    origins = dict.fromkeys(names(), "default")
    file = config_file()
    stray = []
    for name, value in parse(read(file), file).items():
        if name not in origins:
            stray.append(name)
            continue
        values[name] = check(name, value, f"{file}: {name}")
        origins[name] = file
    ignored = []
    for name in names():
        text = os.environ.get(variable(name))
        if text and name in FILE_ONLY:
            ignored.append(variable(name))
        elif text:
            values[name] = check(name, text, variable(name))
            origins[name] = variable(name)
    for name, value in (flags or {}).items():
        if value is not None:
            values[name] = _flag(name, value)
            origins[name] = "flag"
    return Settings(**values, origins=origins, unknown=tuple(stray), ignored=tuple(ignored))


def read(file: str) -> str:
    """The text of a `config.toml`, "" when there is none. Raises MemctlError (slug `config`)."""
    try:
        with open(file, "rb") as handle:
            data = handle.read()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise MemctlError(f"{file}: {error.strerror}", hint="make it readable", slug="config") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MemctlError(f"{file}: {error} (at line {line})", hint=_MEND, slug="config") from None


def parse(text: str, file: str) -> dict[str, Any]:
    """`text` as TOML. Raises MemctlError (slug `config`) that names `file` and the line."""
    if not text:
        return {}
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MemctlError(f"{file}: {error}", hint=_MEND, slug="config") from None


def check(name: str, value: Any, where: str) -> Any:
    """`value` as the setting `name` holds it, for a value that is kept (in the file or the environment).

    Raises MemctlError (slug `config`) that says `where` and the accepted values.
    """
    result = _convert(name, value, where)
    if name in _LEAST and result < _LEAST[name]:
        raise _wrong(name, value, where)
    return result


def _wrong(name: str, value: Any, where: str) -> MemctlError:
    return MemctlError(f"{where} is {value!r}", hint=_expected(name), slug="config")


def _flag(name: str, value: Any) -> Any:
    try:
        return _convert(name, value, f"--{name.replace('_', '-')}")
    except MemctlError as error:
        raise UsageError(error.message, hint=error.hint) from None


def _convert(name: str, value: Any, where: str) -> Any:
    default = getattr(Settings(), name)
    wanted = type(default)
    try:
        if wanted is bool:
            result: Any = _boolean(value)
        elif isinstance(default, Mapping):
            result = {str(k): _policy(v) for k, v in dict(value).items()}
        elif isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError("a text or a number is expected")
        else:
            result = wanted(value)
    except (TypeError, ValueError, OverflowError):
        raise _wrong(name, value, where) from None
    allowed = _CHOICES.get(name)
    number = isinstance(result, int | float) and not isinstance(result, bool)
    outside = number and not 0 <= result <= _MOST[name]  # so is NaN
    if (allowed and result not in allowed) or outside:
        raise _wrong(name, value, where)
    return result


def _expected(name: str) -> str:
    wanted = type(getattr(Settings(), name))
    span = f"from {_LEAST.get(name, 0)} to {_MOST.get(name, 0):,}"
    if name in _CHOICES:
        return "one of " + ", ".join(_CHOICES[name])
    if name == "approval":
        return 'a table of "type.origin.operation" = "ask" or "auto"'
    words = {bool: "true or false", int: f"a whole number {span}", float: f"a number {span}"}
    return words.get(wanted, "a text")


def _boolean(value: Any) -> bool:
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]


def _policy(value: Any) -> str:
    if value not in ("ask", "auto"):
        raise ValueError(value)
    return str(value)
