"""The whole history as a graph of commits with what each changed, for those who write it anew."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from memctl.store.history import git, plumbing
from memctl.store.history.frame import BRANCH
from memctl.store.history.plumbing import Changed

_AT_ONCE = 256
"""Blobs that are asked for in one go: a version has at most 16 MiB, and mostly some kilobytes."""


@dataclass(frozen=True)
class Step:
    """One commit: its raw author and committer lines, its message, and what it changed."""

    commit: str
    parents: tuple[str, ...]
    head: bytes
    message: bytes
    changes: tuple[Changed, ...]  # against the first parent

    @property
    def first(self) -> str:
        """The commit before; "" for the first of all."""
        return self.parents[0] if self.parents else ""

    def says(self, key: bytes) -> bytes:
        """The value of the trailer `Memctl-KEY`, or b""."""
        start = b"Memctl-" + key + b": "
        lines = (line for line in self.message.splitlines() if line.startswith(start))
        return next((line[len(start) :] for line in lines), b"")


def references(repository: str) -> dict[str, str]:
    """Every reference and the commit that it names."""
    out = git.run(repository, "for-each-ref", "--format=%(objectname) %(refname)").decode()
    return {name: commit for commit, name in (line.split(" ", 1) for line in out.splitlines())}


def holds(repository: str, commit: str) -> bool:
    """Whether the history has this commit."""
    found = git.run(repository, "cat-file", "--batch-check", stdin=commit.encode() + b"\n")
    return b" commit " in found


def leads_to(repository: str, commit: str) -> bool:
    """Whether `commit` is the last one of the directory's own line, or stands before it."""
    return holds(repository, commit) and not git.run(
        repository, "rev-list", "--max-count=1", commit, f"^{BRANCH}"
    )


def read(repository: str, since: str = "") -> list[Step]:
    """Every commit, parents first; with `since`, a commit that is there, only those after it. Raises
    Damaged."""
    which = ["--all", *([f"^{since}"] if since else [])]
    listed = git.run(repository, "rev-list", "--topo-order", "--reverse", "--parents", *which).decode()
    if not listed:
        return []
    return _steps(repository, [line.split() for line in listed.splitlines()])


def some(repository: str, commits: Iterable[str]) -> list[Step]:
    """These commits, in their order. Raises Damaged."""
    asked = "".join(f"{commit}\n" for commit in commits).encode()
    listed = git.run(
        repository, "rev-list", "--no-walk=unsorted", "--parents", "--stdin", stdin=asked
    ).decode()
    return _steps(repository, [line.split() for line in listed.splitlines()])


def _steps(repository: str, order: list[list[str]]) -> list[Step]:
    """The commits of `order`, each followed by its parents."""
    said = dict(contents(repository, [commits[0] for commits in order]))
    asked = "".join(" ".join(commits[:2]) + "\n" for commits in order).encode()
    arguments = ("diff-tree", "--stdin", "-r", "-z", "--root", "--no-renames", "--raw", "--no-abbrev")
    changes = plumbing.changes(git.run(repository, *arguments, stdin=asked))
    return [_step(commits, said[commits[0]], changes.get(commits[0], ())) for commits in order]


def _step(commits: list[str], raw: bytes, changes: Iterable[Changed]) -> Step:
    head, _, message = raw.partition(b"\n\n")
    people = [line for line in head.split(b"\n") if line.startswith((b"author ", b"committer "))]
    return Step(commits[0], tuple(commits[1:]), b"\n".join(people) + b"\n", message, tuple(changes))


def contents(repository: str, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each object. Raises Damaged for one that is not there."""
    wanted = list(dict.fromkeys(names))
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        answer = git.run(repository, "cat-file", "--batch", stdin=plumbing.request(some))
        for name, _, content in plumbing.objects(answer, some):
            if content is None:
                raise git.damaged(repository, f"the object {name[:12]} is lost")
            yield name, content
