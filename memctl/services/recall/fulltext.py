"""Full-text search: the memories that hold a text, with the lines that hold it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from memctl.domain.memory import Memory
from memctl.errors import NotFound
from memctl.store.disk import files
from memctl.store.memory.memories import MemoryStore

LINES_SHOWN = 5
"""Matching lines of one memory that a search shows."""

LINE_SHOWN = 1_000
"""Characters of a matching line that are shown, around the first match."""

SEARCHED_MAX = 4 * 1024 * 1024
"""Bytes of one file that are searched."""


@dataclass(frozen=True)
class Match:
    """A memory and the lines of its file that hold the pattern: (line number, text)."""

    memory: Memory
    lines: tuple[tuple[int, str], ...]


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
