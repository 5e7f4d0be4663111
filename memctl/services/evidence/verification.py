"""`verify`: does the evidence of a memory still stand?

An entry of `metadata.evidence` is `path@blob` or `path:3-9@blob` (a file, or lines of it, as it was), a
commit, or `session#turn`. Files are hashed, git objects asked for in one batch; nothing is fetched and no
model asked. A recorded session that is gone does not count against a memory: agents delete them in time.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from memctl.domain.memory import Memory
from memctl.store.worktree.repository import Repository

LINES_MAX = 4 * 1024 * 1024
"""Bytes of a file whose lines are compared: as a list, lines take many times as much."""

STATES = ("valid", "changed", "gone")

_FILE = re.compile(r"(?P<path>[^\n]+?)(?::(?P<first>\d+)(?:-(?P<last>\d+))?)?@(?P<blob>[0-9a-f]{7,64})")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True)
class Source:
    """One entry of evidence, read: `kind` is file, commit, session or unknown."""

    text: str
    kind: str
    path: str = ""
    lines: tuple[int, int] | None = None
    object: str = ""


@dataclass(frozen=True)
class Checked:
    """One entry and what became of it; `state` is one of STATES, or "unknown" for what cannot be checked."""

    source: Source
    state: str
    note: str = ""


@dataclass(frozen=True)
class Verified:
    """A memory that names evidence, and its state: the worst of its files and commits, else "unknown"."""

    memory: Memory
    state: str
    evidence: tuple[Checked, ...]

    @property
    def is_bad(self) -> bool:
        """Whether what it rests on changed or is gone."""
        return self.state in ("changed", "gone")


def sources(memory: Memory) -> list[Source]:
    """The evidence that a memory's header names, in any of the forms in which people and tools write it."""
    value = memory.metadata.get("evidence")
    listed = [str(v) for v in value] if isinstance(value, list) else str(value or "").split(",")
    return [parse(text.strip()) for text in listed if text.strip()]


def parse(text: str) -> Source:
    """One entry of evidence."""
    file = _FILE.fullmatch(text)
    if file:
        first = int(file["first"]) if file["first"] else 0
        lines = (first, int(file["last"] or first)) if first else None
        return Source(text, "file", file["path"], lines, file["blob"])
    if _COMMIT.fullmatch(text):
        return Source(text, "commit", object=text)
    session, mark, turn = text.partition("#")
    return Source(text, "session" if mark and session and turn else "unknown", object=session)


class _Tree:
    """The working tree and the objects of `repository`: each file is read once, as long as there is time."""

    def __init__(self, repository: Repository, kinds: Mapping[str, str], until: float | None) -> None:
        self.repository = repository
        self.kinds = kinds
        self._until = until
        self.names = lru_cache(maxsize=None)(self._names)
        self.lines = lru_cache(maxsize=2)(self._lines)
        self.lines_then = lru_cache(maxsize=2)(self._lines_then)

    @property
    def is_late(self) -> bool:
        """Whether there is no time left to look at another entry."""
        return self._until is not None and time.monotonic() > self._until

    def _names(self, path: str, long: bool) -> tuple[str, ...]:
        """The names that git gives a file; none for one that is gone."""
        return tuple(self.repository.hashes(path, "x" * (64 if long else 40)))

    def _lines(self, path: str) -> bytes | None:
        """A file's lines without blanks at their ends; None for one too large to be compared by lines."""
        content = self.repository.content(path) or b""
        return None if len(content) > LINES_MAX else b"\n%s\n" % b"\n".join(_bare(content))

    def _lines_then(self, blob: str) -> list[bytes] | None:
        old = self.repository.blob(blob) if self.kinds.get(blob) == "blob" else None
        return None if old is None or len(old) > LINES_MAX else list(_bare(old))


def _bare(content: bytes) -> Iterator[bytes]:
    return (line.rstrip() for line in content.splitlines())


def verify(
    memories: Iterable[Memory], root: str, *, since: str | None = None, until: float | None = None
) -> list[Verified]:
    """The state of every memory that names evidence, against the working tree `root`.

    With `since` only memories of which an evidence file differs from that commit. What is not looked at
    before `until` (of the monotonic clock) is unknown. Raises NotFound for an unknown commit, MemctlError
    when there is no repository to compare with.
    """
    repository = Repository(root)
    named = [(memory, sources(memory)) for memory in memories]
    named = [(memory, found) for memory, found in named if found]
    if since is not None:
        named = _touched(named, repository, since)
    objects = [s.object for _, found in named for s in found if s.kind in ("file", "commit")]
    tree = _Tree(repository, repository.kinds(objects), until)
    return [_verified(memory, found, tree) for memory, found in named]


def _touched(
    named: list[tuple[Memory, list[Source]]], repository: Repository, since: str
) -> list[tuple[Memory, list[Source]]]:
    paths = sorted({s.path for _, found in named for s in found if s.kind == "file"})
    then = repository.tree(since, paths)
    changed = {
        path for path in paths if then.get(path) not in set(repository.hashes(path, then.get(path, "")))
    }
    return [
        (memory, found)
        for memory, found in named
        if any(s.path in changed for s in found if s.kind == "file")
    ]


def _verified(memory: Memory, found: Sequence[Source], tree: _Tree) -> Verified:
    checked = tuple(_check(source, tree) for source in found)
    counted = [c.state for c in checked if c.state in STATES]
    return Verified(memory, max(counted, key=STATES.index, default="unknown"), checked)


def _check(source: Source, tree: _Tree) -> Checked:
    if source.kind == "commit":
        return (
            Checked(source, "valid")
            if tree.kinds.get(source.object) == "commit"
            else Checked(source, "gone", "no such commit")
        )
    if source.kind == "file":
        return (
            Checked(source, "unknown", "there was no time to look") if tree.is_late else _file(source, tree)
        )
    return Checked(
        source, "unknown", "" if source.kind == "session" else "not a form of evidence that memctl knows"
    )


def _file(source: Source, tree: _Tree) -> Checked:
    names = tree.names(source.path, len(source.object) > 40)
    if not names:
        return Checked(source, "gone", "the file is gone")
    if any(name.startswith(source.object) for name in names):
        return Checked(source, "valid")
    if source.lines is None:
        return Checked(source, "changed", "the file changed")
    return _lines_of(source, source.lines, tree)


def _lines_of(source: Source, lines: tuple[int, int], tree: _Tree) -> Checked:
    """Lines are still valid when they stand in the changed file as they were, wherever."""
    old = tree.lines_then(source.object)
    now = None if old is None else tree.lines(source.path)
    if old is None or now is None:
        why = (
            "its old version is not in the repository" if old is None else "it is too large to compare lines"
        )
        return Checked(source, "changed", f"the file changed, and {why}")
    wanted = b"\n".join(old[lines[0] - 1 : lines[1]])
    if wanted and b"\n%s\n" % wanted in now:
        return Checked(source, "valid", "the file changed, these lines did not")
    return Checked(source, "changed", "these lines changed")
