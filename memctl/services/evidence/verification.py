"""`verify`: does the evidence of a memory still stand?

An entry of `metadata.evidence` is `path@blob` or `path:3-9@blob` (a file, or lines of it, as it was), a
commit, or `session#turn`. Files are hashed, git objects asked for in one batch; nothing is fetched and no
model asked. A recorded session that is gone does not count against a memory: agents delete them in time.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from memctl.domain.memory import Memory
from memctl.store.worktree.repository import Repository

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


def verify(memories: Iterable[Memory], root: str, *, since: str | None = None) -> list[Verified]:
    """The state of every memory that names evidence, against the working tree `root`.

    With `since` only memories of which an evidence file differs from that commit. Raises NotFound for an
    unknown commit, MemctlError when there is no repository to compare with.
    """
    repository = Repository(root)
    named = [(memory, sources(memory)) for memory in memories]
    named = [(memory, found) for memory, found in named if found]
    if since is not None:
        named = _touched(named, repository, since)
    objects = [s.object for _, found in named for s in found if s.kind in ("file", "commit")]
    kinds = repository.kinds(objects)
    return [_verified(memory, found, repository, kinds) for memory, found in named]


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


def _verified(
    memory: Memory, found: Sequence[Source], repository: Repository, kinds: Mapping[str, str]
) -> Verified:
    checked = tuple(_check(source, repository, kinds) for source in found)
    counted = [c.state for c in checked if c.source.kind in ("file", "commit")]
    state = max(counted, key=STATES.index, default="unknown")
    return Verified(memory, state, checked)


def _check(source: Source, repository: Repository, kinds: Mapping[str, str]) -> Checked:
    if source.kind == "commit":
        return (
            Checked(source, "valid")
            if kinds.get(source.object) == "commit"
            else Checked(source, "gone", "no such commit")
        )
    if source.kind == "file":
        return _check_file(source, repository, kinds)
    return Checked(
        source, "unknown", "" if source.kind == "session" else "not a form of evidence that memctl knows"
    )


def _check_file(source: Source, repository: Repository, kinds: Mapping[str, str]) -> Checked:
    content = repository.content(source.path)
    if content is None:
        return Checked(source, "gone", "the file is gone")
    if any(name.startswith(source.object) for name in repository.hashes(source.path, source.object)):
        return Checked(source, "valid")
    if source.lines is None:
        return Checked(source, "changed", "the file changed")
    return _check_lines(source, repository, kinds, content)


def _check_lines(source: Source, repository: Repository, kinds: Mapping[str, str], content: bytes) -> Checked:
    """Lines are still valid when they stand in the changed file as they were, wherever."""
    old = repository.blob(source.object) if kinds.get(source.object) == "blob" else None
    if old is None or source.lines is None:
        return Checked(source, "changed", "the file changed, and its old version is not in the repository")
    first, last = source.lines
    wanted = b"\n".join(line.rstrip() for line in old.splitlines()[first - 1 : last])
    now = b"\n" + b"\n".join(line.rstrip() for line in content.splitlines()) + b"\n"
    if wanted and b"\n" + wanted + b"\n" in now:
        return Checked(source, "valid", "the file changed, these lines did not")
    return Checked(source, "changed", "these lines changed")
