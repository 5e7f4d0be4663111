"""Which format a file has, which sessions it holds, and which sessions a project has."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import blake2b
from typing import IO, Any, Protocol, runtime_checkable

from memctl.agents import table
from memctl.agents.transcripts import folders, lines, messages, specstory, text
from memctl.agents.transcripts.position import Branched, Position, Until
from memctl.domain.transcript import Session, Turn
from memctl.errors import MemctlError, NotFound

Head = list[dict[str, Any]]


class Reader(Protocol):
    """A module that reads one format. `head`: the first records of a file, none for a text or a database.

    An agent's has also TAGS: the tags that its client puts around what it adds to a person's message, as the
    branches of a pattern.
    """

    RANK: int  # when it is asked whether a file is its own: the more particular the format, the lower

    def matches(self, path: str, head: Head, /) -> bool:
        """Whether `head`, or the file itself, has the format."""

    def describe(self, agent: str, path: str, head: Head, /) -> list[Session]:
        """The sessions in a file: one, or many for a database. Raises OSError."""

    def turns(self, session: Session, /) -> Iterator[Turn]:
        """The turns that stand, oldest first. Raises OSError."""

    def find(self, root: str, home: str, /) -> Iterator[str]:
        """The files below `home` that may hold sessions of the project `root`."""

    def owns(self, path: str, home: str, /) -> bool:
        """Whether `path`, links followed, is a file in which the agent itself keeps sessions."""


@runtime_checkable
class Continuing(Protocol):
    """A reader that can go on where it was."""

    def events(self, session: Session, position: Position, /) -> Iterator[Turn]:
        """The turns from `position` on, which moves along. Raises OSError, Branched."""


_OF_NO_AGENT: tuple[tuple[str, Reader], ...] = (
    ("messages", messages),
    ("specstory", specstory),
    ("text", text),
)


def formats() -> list[tuple[str, Reader]]:
    """Every format by name, in the order in which a record is tried; plain text is the last."""
    of_agents = [(agent.name, agent.reader()) for agent in table.AGENTS if agent.has_transcripts]
    return sorted([*of_agents, *_OF_NO_AGENT], key=lambda form: form[1].RANK)


SPOOL_MAX = 1024 * 1024 * 1024
"""Bytes taken from a pipe; a transcript on disk may be larger."""


def open_file(path: str) -> list[Session]:
    """The sessions in `path`, whatever agent wrote it: one, or many for a database.

    Raises NotFound for a missing file, MemctlError for one that cannot be read or is no transcript.
    """
    try:
        head = lines.head_records(path)
        found = _format(path, head)
        sessions = _describe(*found, path, head, os.path.expanduser("~")) if found else []
    except FileNotFoundError:
        raise NotFound(f"{path}: no such file") from None
    except OSError as error:
        raise MemctlError(
            f"{path}: {error.strerror or error}", hint="name a transcript that can be read"
        ) from None
    if not found:
        raise MemctlError(
            f"{path} is not a transcript that memctl can read", hint="see docs/reference/transcripts.md"
        )
    return sessions


def open_spoken(path: str, named: str = "") -> list[Session]:
    """As `open_file`, for what a person gives, `named` so: any text could be a transcript, and one in which
    nobody speaks is none. An empty file is an empty one. Raises MemctlError also for such a text."""
    found = open_file(path)
    if found and found[0].agent == "text" and os.path.getsize(path) and next(turns(found[0]), None) is None:
        raise MemctlError(
            f"{named or path} is no transcript: no speaker is marked in it",
            hint="begin what the person said with `User:` on a line of its own or before the words, and "
            "answers with `Assistant:`",
        )
    return found


def _format(path: str, head: Head) -> tuple[str, Reader] | None:
    """The format of the first record that any format knows; of a file without records, by its beginning."""
    *known, last = formats()
    for one in [*([record] for record in head), []]:
        found = next((form for form in known if form[1].matches(path, one)), None)
        if found is not None:
            return found
    return last if last[1].matches(path, []) else None


def turns(session: Session) -> Iterator[Turn]:
    """The turns of `session` that stand and say something, oldest first, streamed. Raises MemctlError."""
    return (turn for turn in events(session) if turn.text.strip())


def events(session: Session, position: Position | None = None) -> Iterator[Turn]:
    """As `turns`, with the results that say nothing; from `position` on, which moves along.

    Only formats that clients append to can be continued; of the others `position` stays new. Raises
    MemctlError; Branched when what was read before does not stand any more, also in the middle.
    """
    reader = dict(formats())[session.agent]
    position = position or Position()
    try:
        if position.offset and not position.holds(session.path):
            raise Branched
        if isinstance(reader, Continuing):
            yield from reader.events(session, position)
            position.sealed(session.path)
        else:
            yield from _as_far(reader.turns(session), session.until)
    except OSError as error:
        raise MemctlError(f"{session.path}: {error.strerror or error}") from None


def _as_far(turns: Iterator[Turn], until: str | None) -> Iterator[Turn]:
    stop = Until(until)
    for turn in turns:
        if not stop.passed(turn.id, turn.at) or turn.id == until:  # a record may be several turns
            yield turn
    stop.check()


def sessions(root: str, home: str) -> list[Session]:
    """Every session of the project `root` that the agents left under `home`, by agent, in order of start."""
    found, is_owned = [], folders.owned_by(root)
    for name, reader in formats():
        of_agent: list[Session] = []
        for path in reader.find(root, home):
            of_agent += [s for s in _described(name, reader, path, home) if is_owned(s.project or root)]
        found += sorted(of_agent, key=lambda s: s.started or "")
    return found


def _describe(name: str, reader: Reader, path: str, head: Head, home: str) -> list[Session]:
    recorded = reader.owns(path, home)
    return [replace(session, recorded=recorded) for session in reader.describe(name, path, head)]


def _described(name: str, reader: Reader, path: str, home: str) -> list[Session]:
    try:
        return _describe(name, reader, path, lines.head_records(path), home)
    except OSError:
        return []  # removed or closed to us since it was listed


def from_stream(path: str, name: str | None = None) -> list[Session]:
    """The sessions of a spooled stream. One without an id is called `name`, or after its beginning,
    so that the same text is known again when more of it is piped in."""
    stem = folders.stem(path)
    with lines.open_regular(path) as handle:
        start = blake2b(handle.readline(4096).strip(), digest_size=8).hexdigest()
    found = open_spoken(path, "what came on standard input")
    return [replace(s, id=name or f"stdin-{start}") if stem in s.id else s for s in found]


@contextmanager
def spooled(stream: IO[bytes]) -> Iterator[str]:
    """The path of a private temporary file with what `stream` holds; removed afterwards.

    Raises MemctlError when the stream is longer than SPOOL_MAX.
    """
    import tempfile

    with tempfile.NamedTemporaryFile(prefix="memctl-", suffix=".transcript") as handle:
        left = SPOOL_MAX
        while more := stream.read(1 << 20):
            left -= len(more)
            if left < 0:
                raise MemctlError(
                    "the transcript on standard input is too long", hint="name the file instead"
                )
            handle.write(more)
        handle.flush()
        yield os.path.realpath(handle.name)
