"""Looking at memories: headers, what is stale, full-text matches, anticipated queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from memctl.domain.memory import Memory
from memctl.errors import Damaged, MemctlError, NotFound
from memctl.services.recall import lexical
from memctl.services.recall.lexical import Hit
from memctl.store.disk import files
from memctl.store.memory.listing import Problem
from memctl.store.memory.memories import MemoryStore


@dataclass(frozen=True)
class Match:
    """A memory and the lines of its file that hold the pattern: (line number, text)."""

    memory: Memory
    lines: tuple[tuple[int, str], ...]


Header = TypeVar("Header", Memory, Hit)
"""What can be listed: a memory, or its header from the cache."""

HEAD_READ = 4096
"""Bytes of a topic file that are looked at for evidence; headers are seldom longer."""

LINES_SHOWN = 5
"""Matching lines of one memory that a search shows."""

LINE_SHOWN = 1_000
"""Characters of a matching line that are shown, around the first match."""

SEARCHED_MAX = 4 * 1024 * 1024
"""Bytes of one file that are searched."""


def headers(directory: str, *, now: float, progress: object = None) -> tuple[list[Hit], list[Problem]]:
    """Every memory's header from the search cache, and what looks like a memory and cannot be read.

    `progress(done, total)` is called while a first indexing takes over a second. Raises Damaged.
    """
    try:
        answer = lexical.headers(directory, now=now, progress=progress)
    except OSError as error:
        raise Damaged(f"{directory}: {error.strerror or error}", hint="check its permissions") from None
    return answer.hits, sorted(answer.problems)


def evidence_states(directory: str, found: Sequence[str], root: str) -> dict[str, str]:
    """For each of the files `found` that names evidence, what became of it: valid, changed or gone.

    The rest of a file is only read where its first bytes mention evidence. Where there is nothing to
    compare with (no repository, no git) the answer is empty.
    """
    store = MemoryStore(directory)
    named = []
    for file in found:
        try:
            if b"evidence" in files.read_regular(store.path(file), HEAD_READ)[0]:
                named.append(store.read(file))
        except (OSError, MemctlError):
            continue
    if not named:
        return {}
    from memctl.services.evidence.verification import verify

    try:
        return {v.memory.file: v.state for v in verify(named, root)}
    except MemctlError:
        return {}


def ordered(memories: list[Header], by: str) -> list[Header]:
    """`memories` by `modified` (newest first), `name`, or `type` and then newest first."""
    if by == "name":
        return sorted(memories, key=lambda m: m.file)
    newest = sorted(memories, key=lambda m: (-m.modified, m.file))
    return sorted(newest, key=lambda m: m.type or "~") if by == "type" else newest


def anticipated(store: MemoryStore, memory: Memory) -> list[str]:
    """The queries anticipated for this content of the memory, from the state directory or its header."""
    from memctl.services.recall.queries import StateShelf

    return StateShelf(store.directory).queries(memory)


def search(store: MemoryStore, pattern: str, *, limit: int, now: float) -> tuple[list[Match], list[str]]:
    """Memories whose file holds `pattern`, without regard to case; newest first."""
    wanted = pattern.casefold()
    entries, problems = store.listing()
    found = []
    for file, *_ in entries:
        try:
            text = files.read_regular(store.path(file), SEARCHED_MAX)[0].decode("utf-8", "replace")
            if wanted in text.casefold():  # most files do not: only the others are decoded
                found.append(Match(store.skim(file), tuple(_lines(text, wanted))))
        except NotFound:
            continue  # removed while we looked
        except OSError as error:
            problems.append((file, error.strerror or "cannot be read"))
    found.sort(key=lambda match: (-match.memory.modified, match.memory.file))
    return found[:limit], [f"{file} {message}" for file, message in sorted(problems)]


def _lines(text: str, wanted: str) -> Iterator[tuple[int, str]]:
    lines = ((n, line) for n, line in enumerate(text.split("\n"), 1) if wanted in line.casefold())
    for number, line in islice(lines, LINES_SHOWN):
        yield number, line if len(line) <= LINE_SHOWN else _around(line, wanted)


def _around(line: str, wanted: str) -> str:
    """The part of a long line that holds the pattern."""
    at = max(0, line.casefold().find(wanted) - LINE_SHOWN // 4)
    part = line[at : at + LINE_SHOWN]
    return ("…" if at else "") + part + ("…" if at + LINE_SHOWN < len(line) else "")
