"""Which format a file has, which sessions it holds, and which sessions a project has."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import IO, Any

from memctl.agents.transcripts import claude_code, codex, cursor, gemini, lines, opencode, text
from memctl.domain.transcript import Session, Turn
from memctl.errors import MemctlError, NotFound

Head = list[dict[str, Any]]


@dataclass(frozen=True)
class Format:
    """One agent's format: how to tell it, what sessions a file holds, their turns, where to look."""

    agent: str
    matches: Callable[[str, Head], bool]
    describe: Callable[[str, Head], list[Session]]
    turns: Callable[[Session], Iterator[Turn]]
    find: Callable[[str, str], Iterator[str]]


FORMATS = (
    Format(opencode.AGENT, opencode.matches, opencode.describe, opencode.turns, opencode.find),
    Format(codex.AGENT, codex.matches, codex.describe, codex.turns, codex.find),
    Format(gemini.AGENT, gemini.matches, gemini.describe, gemini.turns, gemini.find),
    Format(claude_code.AGENT, claude_code.matches, claude_code.describe, claude_code.turns, claude_code.find),
    Format(cursor.AGENT, cursor.matches, cursor.describe, cursor.turns, cursor.find),
    Format(
        cursor.MESSAGES, cursor.matches_messages, cursor.describe_messages, cursor.turns, cursor.find_messages
    ),
    Format(text.SPECSTORY, text.is_specstory, text.describe_specstory, text.turns, text.find_specstory),
    Format(text.AGENT, text.is_text, text.describe_text, text.turns, text.find_text),
)
"""In the order in which a record is tried: the more particular first, plain text as the last resort."""

SPOOL_MAX = 1024 * 1024 * 1024
"""Bytes taken from a pipe; a transcript on disk may be larger."""


def open_file(path: str) -> list[Session]:
    """The sessions in `path`, whatever agent wrote it: one, or many for a database.

    Raises NotFound for a missing file, MemctlError for one that cannot be read or is no transcript.
    """
    try:
        head = lines.head_records(path)
        found = _format(path, head)
        sessions = found.describe(path, head) if found else []
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


def _format(path: str, head: Head) -> Format | None:
    """The format of the first record that any format knows; of a file without records, by its beginning."""
    for one in [*([record] for record in head), []]:
        found = next((f for f in FORMATS[:-1] if f.matches(path, one)), None)
        if found is not None:
            return found
    return FORMATS[-1] if FORMATS[-1].matches(path, []) else None


def turns(session: Session) -> Iterator[Turn]:
    """The turns of `session` that stand, oldest first, streamed. Raises MemctlError."""
    found = next(f for f in FORMATS if f.agent == session.agent)
    try:
        yield from found.turns(session)
    except OSError as error:
        raise MemctlError(f"{session.path}: {error.strerror or error}") from None


def sessions(root: str, home: str) -> list[Session]:
    """Every session of the project `root` that the agents left under `home`, by agent, in order of start."""
    found = []
    for form in FORMATS:
        of_agent: list[Session] = []
        for path in form.find(root, home):
            of_agent += _described(form, path, root)
        found += sorted(of_agent, key=lambda s: s.started or "")
    return found


def _described(form: Format, path: str, root: str) -> list[Session]:
    try:
        listed = form.describe(path, lines.head_records(path))
    except OSError:
        return []  # removed or closed to us since it was listed
    return [s for s in listed if s.project is None or lines.within(s.project, root)]


def from_stream(path: str, name: str | None = None) -> list[Session]:
    """The sessions of a spooled stream. One without an id is called `name`, or after its beginning,
    so that the same text is known again when more of it is piped in."""
    stem = os.path.splitext(os.path.basename(path))[0]
    with lines.open_regular(path) as handle:
        start = blake2b(handle.readline(4096).strip(), digest_size=8).hexdigest()
    return [replace(s, id=name or f"stdin-{start}") if stem in s.id else s for s in open_file(path)]


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
