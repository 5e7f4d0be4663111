"""Versions of files in the history, by the ids of their bytes: what is needed to go back and forth in it.

However many files and commits are asked for, it is one request to git, and what is asked goes through its
stdin: a command line has a limit.
"""

import os
from collections.abc import Iterable

from memctl.domain.fingerprint import blob_id
from memctl.errors import NotFound
from memctl.store.history import git
from memctl.store.history.commits import LOST, git_dir

LOST_ID = blob_id(LOST)
"""The id of what stands in the place of a lost version."""

Delta = dict[str, tuple[str | None, str | None]]
"""What a commit did: file -> the id of its bytes before and after; None where there was no such file."""


def blobs(directory: str, commit: str) -> dict[str, str]:
    """Every file at `commit` ("" is before the first), with the id of its bytes. Raises Damaged."""
    return git.tree(git_dir(directory), commit)


def deltas(directory: str, commits: Iterable[str]) -> dict[str, Delta]:
    """What each of `commits` did to the files, compared with the commit before it. Raises Damaged."""
    asked = "".join(f"{commit}\n" for commit in commits).encode()
    options = (
        "--stdin",
        "--root",
        "-r",
        "--diff-merges=first-parent",
        "--raw",
        "-z",
        "--no-renames",
        "--no-abbrev",
    )
    said = git.run(git_dir(directory), "diff-tree", *options, stdin=asked) if asked else b""
    found: dict[str, Delta] = {}
    commit, tokens = "", iter(said.split(b"\0"))
    for token in tokens:
        if token.startswith(b":"):
            old, new = token.split()[2:4]
            found[commit][os.fsdecode(next(tokens))] = (_known(old), _known(new))
        elif token:
            commit = token.decode().strip()
            found[commit] = {}
    return found


def _known(blob: bytes) -> str | None:
    return blob.decode() if blob.strip(b"0") else None


def read(directory: str, wanted: dict[str, str]) -> dict[str, bytes]:
    """The bytes of each file of `wanted` (file -> id). Raises Damaged where the history has lost them."""
    repository = git_dir(directory)
    asked = "".join(f"{blob}\n" for blob in wanted.values()).encode()
    out = git.run(repository, "cat-file", "--batch", stdin=asked) if asked else b""
    found, at = {}, 0
    for file, blob in wanted.items():
        end = out.find(b"\n", at)
        about = out[at : max(end, at)].split()  # "ID blob SIZE", or "ID missing"
        if blob == LOST_ID:
            raise NotFound(
                f"this version of {file} was lost when the history was damaged",
                hint=f"memctl log {file} shows the others",
            )
        if len(about) != 3:
            raise git.damaged(repository, f"the version {blob[:12]} of {file} is lost")
        size = int(about[2])
        found[file] = out[end + 1 : end + 1 + size]
        at = end + size + 2
    return found
