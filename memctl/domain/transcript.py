"""A recorded agent session, whatever agent wrote it: turns in order, oldest first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """A tool that the agent called: `given` is its input as recorded, `id` what its result names."""

    id: str
    name: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What came of the call `call`. `failed` is None where the record does not say."""

    call: str
    text: str = ""  # as recorded, at most `fields.RESULT_MAX` characters, the middle left out
    failed: bool | None = None
    refused: bool = False  # by the person: the tool was never run
    running: str = ""  # the process that it left running, by the name under which later calls wait for it


@dataclass(frozen=True)
class Turn:
    """One message. `id` is stable across re-reads of a file that grew, so that a cursor can name it."""

    id: str
    role: str  # user (what the person typed, no tool result, no injected text), assistant, tool or system
    text: str
    at: str | None = None  # RFC 3339, as recorded
    origin: str = "person"  # "person" | "agent" | "tool" | "injected" (put there by a hook or a client)
    sidechain: bool = False  # a sub-agent's turn
    call: Call | None = None  # where the turn is one, with its result where the format keeps both together
    result: Result | None = None  # also of a person's turn: what was typed instead of allowing the call
    cue: str = ""  # what a person's turn follows: nothing ("opening"), a "refusal", a question ("answer")


@dataclass(frozen=True)
class Session:
    """One conversation as found on disk; its turns are streamed by the reader, not held here."""

    agent: str  # its name, or that of a format that is no agent's: "messages", "specstory", "text"
    id: str
    path: str
    project: str | None = None  # working directory that the session names
    started: str | None = None
    recorded: bool = False  # by the agent: it lies where that keeps them, or the person says it is theirs
    given: bool = False  # to be read, by the person themselves
    until: str | None = None  # read no further than this record (its id), or this moment where it has none
