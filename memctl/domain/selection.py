"""What a selector may see and may answer: budgets, the manifest, and the choice matched back to files."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from memctl.domain.memory import Memory

K = 5
"""Memories that one recall returns at most."""

CANDIDATES_MAX = 200
"""Headers in one manifest; more are cut by relevance before."""

MANIFEST_MAX = 25_000
"""Bytes of one manifest in UTF-8; the size of an index, so about 7,000 tokens."""

_DAY = 86_400.0


class Header(Protocol):
    """What a selector is told about a memory, never its body. `file` is relative to the memory directory,
    `modified` in seconds since 1970."""

    @property
    def file(self) -> str:
        """Where its topic file is, relative to the memory directory: `deploy.md`."""

    @property
    def name(self) -> str:
        """What the memory is called, as its header says or its file name."""

    @property
    def type(self) -> str | None:
        """One of the types of memories; None where the file says none."""

    @property
    def description(self) -> str:
        """What it is about, in a sentence; empty where nothing says it."""

    @property
    def modified(self) -> float:
        """When its file was last written, in seconds since 1970."""


@dataclass(frozen=True)
class Standing:
    """How a memory stands to the moment that is asked about. Dates are `2026-05-12`; None where there is
    none, or it is not known."""

    superseded_by: str | None = None
    superseded_on: str | None = None
    expired: str | None = None
    tier: str = "warm"
    label: str = ""  # the same for a person: `replaced by office on 2026-05-12`; "" while it holds
    perhaps_superseded_by: str | None = None  # what a waiting proposal of `dream` would put in its place
    became: str = ""  # of a memory as it was: what became of it, `changed` or `gone`


HOLDS = Standing()
"""How a memory stands of which nothing is said: it holds."""


@dataclass(frozen=True)
class Recalled:
    """One memory that a recall returned."""

    memory: Memory
    path: str  # absolute
    score: float | None = None  # the lexical selector's; a model gives none
    warnings: tuple[str, ...] = ()  # what is odd about the file, and what its age means
    standing: Standing = HOLDS


@dataclass(frozen=True)
class Selection:
    """The answer of a recall. An empty list of memories is a good answer."""

    query: str
    strategy: str  # "llm", "lexical" or "none"
    memories: tuple[Recalled, ...] = ()
    reason: str | None = None  # one word: why the strategy is not what was asked for
    message: str | None = None  # the same in a sentence, for stderr
    model: str | None = None
    elapsed_ms: int = 0
    scanned: int = 0  # memories in the directory
    candidates: int = 0  # of these, how many the selector could choose from
    as_of: float | None = None  # the moment that was asked about; None is now
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """The list of headers as text, and which file each shown name stands for."""

    text: str
    files: dict[str, str]  # as shown -> as it is


def age_days(modified: float, now: float) -> int:
    """Whole days since `modified`; a date in the future counts as today."""
    return max(0, int((now - modified) // _DAY))


def manifest(headers: Sequence[Header], now: float, clean: Callable[[str], str]) -> Manifest:
    """The headers as `file | type | age | description` lines within MANIFEST_MAX bytes.

    `clean` makes any text one harmless line. When the lines are too long together, the longest descriptions
    are clipped to a common length; only where file names alone exceed the budget do the last ones drop out.
    """
    lines = [(clean(h.file), h.file, _about(h, now, clean)) for h in headers[:CANDIDATES_MAX]]
    limit = _common_length([_size(f"- {shown}{about}") + 1 for shown, _, about in lines], MANIFEST_MAX)
    files: dict[str, str] = {}
    text: list[str] = []
    left = MANIFEST_MAX
    for shown, file, about in lines:
        line = f"- {shown}" + _clip(about, limit - 1 - _size(f"- {shown}"))
        left -= _size(line) + 1
        if left < 0:
            break
        if files.setdefault(shown, file) == file:
            text.append(line)
    return Manifest("\n".join(text), files)


def match(chosen: Iterable[object], manifest: Manifest, limit: int = K) -> tuple[list[str], int]:
    """The files that `chosen` names, in order, at most `limit`; and how many names belong to no file.

    A name counts when it is a shown name, with or without `.md`, or the last part of exactly one: membership
    in the manifest, never a path that is built from it.
    """
    known = dict(manifest.files)
    short: dict[str, set[str]] = {}
    for shown, file in manifest.files.items():
        for alias in (_stem(shown), shown.rsplit("/", 1)[-1], _stem(shown.rsplit("/", 1)[-1])):
            short.setdefault(alias, set()).add(file)
    for alias, files in short.items():
        if len(files) == 1:
            known.setdefault(alias, next(iter(files)))
    found: list[str] = []
    unknown = 0
    for item in chosen:
        name = item.strip() if isinstance(item, str) else ""
        if name not in known:
            unknown += 1
        elif known[name] not in found:
            found.append(known[name])
    return found[:limit], unknown


def _about(header: Header, now: float, clean: Callable[[str], str]) -> str:
    days = age_days(header.modified, now)
    age = "today" if days == 0 else "1 day" if days == 1 else f"{days} days"
    says = clean(header.description)
    name = clean(header.name)
    if name and _plain(name) not in (_plain(_stem(header.file)), _plain(says)):
        says = f"{name}: {says}" if says else name
    return f" | {header.type or 'memory'} | {age} | {says}"


def _common_length(sizes: list[int], budget: int) -> int:
    """The largest length to which the longer of `sizes` can be cut so that all fit into `budget`."""
    left = budget
    for index, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - index)
        if size > share:
            return share
        left -= size
    return budget


def _size(text: str) -> int:
    return len(text.encode())


def _clip(text: str, limit: int) -> str:
    raw = text.encode()
    if len(raw) <= limit:
        return text
    return raw[: limit - 3].decode(errors="ignore") + "…" if limit > 3 else ""


def _stem(file: str) -> str:
    return file[:-3] if file.lower().endswith(".md") else file


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
