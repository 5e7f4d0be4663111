"""Full-text search: the memories that hold a text, with the lines that hold it."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

from memctl.domain.memory import Memory
from memctl.domain.selection import HOLDS, Standing
from memctl.errors import MemctlError, NotFound
from memctl.services.recall import overview, timeline
from memctl.services.recall.expression import bounded, compiled
from memctl.services.recall.hits import Successors, told
from memctl.store.disk import files
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import doubts

LINES_SHOWN = 5
"""Matching lines of one memory that a search shows."""

LINE_SHOWN = 1_000
"""Characters of a matching line that are shown, around the first match."""

SEARCHED_MAX = 4 * 1024 * 1024
"""Bytes of one file that are searched."""


@dataclass(frozen=True)
class Match:
    """A memory and the lines of its file that hold the pattern: (line number, text). Of one that stands here
    for what it replaced, the first line of its body."""

    memory: Memory
    lines: tuple[tuple[int, str], ...]
    standing: Standing = HOLDS


Find = Callable[[str], int]
"""Where a text holds what is looked for, -1 for nowhere."""


def literal(pattern: str) -> Find:
    """Finds `pattern` as it stands, without regard to case."""
    wanted = pattern.casefold()
    return lambda text: text.casefold().find(wanted)


def search(
    store: MemoryStore, pattern: str, *, limit: int, now: float, regex: bool = False, type_: str = ""
) -> tuple[list[Match], list[str]]:
    """Memories whose file holds `pattern` (with `regex` an expression), without regard to case, of `type_`
    alone where it says one; newest first, but what was replaced right after its successor, which is there
    even if it does not hold the pattern. Raises UsageError; MemctlError where an expression takes too long.
    """
    entries, problems = store.listing()
    files_ = [file for file, *_ in entries]
    if regex:
        expression = compiled(pattern)
        held, odd = bounded(lambda begin: _held(store, files_, _finder(expression), begin))
    else:
        held, odd = _held(store, files_, literal(pattern))
    found = []
    for file, lines in held:
        with suppress(NotFound):  # removed while we looked
            found.append(Match(store.skim(file), tuple((number, text) for number, text in lines)))
    found.sort(key=lambda match: (-match.memory.modified, match.memory.file))
    found = [one for one in _in_time(store, found, now) if not type_ or one.memory.type == type_]
    return found[:limit], [f"{file} {message}" for file, message in sorted([*problems, *map(tuple, odd)])]


def _finder(expression: "re.Pattern[str]") -> Find:
    def at(line: str) -> int:
        found = expression.search(line)
        return -1 if found is None else found.start()

    return at


def _held(
    store: MemoryStore, names: Iterable[str], find: Find, begin: Callable[[], object] | None = None
) -> tuple[list[tuple[str, list[tuple[int, str]]]], list[tuple[str, str]]]:
    """The files that hold it, each with the lines to show; and what could not be read.

    With `begin`, which is called before each, only one line may hold it, and each is looked at by itself."""
    held, problems = [], []
    for file in names:
        try:
            text = files.read_regular(store.path(file), SEARCHED_MAX)[0].decode("utf-8", "replace")
        except FileNotFoundError:
            continue  # removed while we looked
        except OSError as error:
            problems.append((file, error.strerror or "cannot be read"))
            continue
        if begin is not None:
            begin()
        elif find(text) < 0:
            continue  # most files do not hold it
        lines = list(_lines(text, find))
        if lines or begin is None:
            held.append((file, lines))
    return held, problems


def _in_time(store: MemoryStore, found: list[Match], now: float) -> list[Match]:
    """`found` with how each stands to `now`, every successor before what it replaced."""
    dated = any("supersededBy" in m.memory.metadata or "expires" in m.memory.metadata for m in found)
    if not dated and not doubts.load(store.directory):
        return found
    headers = {hit.file: hit for hit in overview.headers(store.directory, now=now)[0]}
    hits = [headers[match.memory.file] for match in found if match.memory.file in headers]
    matches = {match.memory.file: match for match in found}
    placed = told(hits, Successors(None, list(headers.values())), now)
    order = [hit.file for hit in placed]
    order += [file for file in matches if file not in headers]  # changed while we looked
    shown = []
    for file in order:
        with suppress(MemctlError):  # the successor is gone since
            match = matches.get(file) or _first_line(store.skim(file))
            standing = timeline.standing(headers[file], now) if file in headers else HOLDS
            shown.append(replace(match, standing=standing))
    return shown


def _first_line(memory: Memory) -> Match:
    """The first line of a body that says something."""
    text = memory.raw.decode("utf-8", "replace")
    before = text[: len(text) - len(memory.body)].count("\n")
    lines = enumerate(memory.body.split("\n"), before + 1)
    return Match(memory, tuple(islice(((n, line) for n, line in lines if line.strip()), 1)))


def _lines(text: str, find: Find) -> Iterator[tuple[int, str]]:
    lines = ((n, line, at) for n, line in enumerate(text.split("\n"), 1) if (at := find(line)) >= 0)
    for number, line, at in islice(lines, LINES_SHOWN):
        yield number, line if len(line) <= LINE_SHOWN else _around(line, at)


def _around(line: str, at: int) -> str:
    """The part of a long line that holds the pattern, which begins `at`."""
    at = max(0, at - LINE_SHOWN // 4)
    part = line[at : at + LINE_SHOWN]
    return ("…" if at else "") + part + ("…" if at + LINE_SHOWN < len(line) else "")
