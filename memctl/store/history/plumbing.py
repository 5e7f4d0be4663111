"""What git's plumbing answers, as values: which objects there are, what they hold, what commits changed."""

import os
from collections.abc import Iterable, Iterator

from memctl.store.history import git

Changed = tuple[str, str, str]
"""(file, its blob before, its blob after); "" where there was or is none."""


def listed(repository: str) -> list[tuple[str, str]]:
    """The name and kind of every object that the repository has whole. Raises Damaged."""
    said = git.run(repository, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    return [(line.split()[0], line.split()[1]) for line in said.decode().splitlines()]


def request(names: Iterable[str]) -> bytes:
    """What `cat-file --batch` and its kind are asked on stdin."""
    return "".join(f"{name}\n" for name in names).encode()


def objects(answer: bytes, names: Iterable[str]) -> Iterator[tuple[str, bytes, bytes | None]]:
    """(name, kind, bytes) of each of `names`, in their order, from the answer of `cat-file --batch`.

    The bytes of one that is missing are None. An answer that was cut short ends before the first of which
    it does not hold all.
    """
    at = 0
    for name in names:
        end = answer.find(b"\n", at)
        about = answer[at : max(end, at)].split()  # "ID kind SIZE", or "ID missing"
        size = int(about[2]) if len(about) == 3 else -1
        content = answer[end + 1 : end + 1 + size] if size >= 0 else None
        if end < 0 or (content is not None and len(content) < size):
            return
        yield name, about[1] if content is not None else b"", content
        at = end + 1 + (size + 1 if size >= 0 else 0)


def changes(answer: bytes) -> dict[str, list[Changed]]:
    """What each commit changed, from the answer of `diff-tree --stdin --raw -z`."""
    found: dict[str, list[Changed]] = {}
    commit, tokens = "", iter(answer.split(b"\0"))
    for token in tokens:
        if token.startswith(b":"):
            before, after = (name.decode() for name in token.split()[2:4])
            found[commit].append((os.fsdecode(next(tokens)), _blob(before), _blob(after)))
        elif token:
            commit = token.decode().strip()
            found.setdefault(commit, [])
    return found


def _blob(name: str) -> str:
    return name if name.strip("0") else ""
