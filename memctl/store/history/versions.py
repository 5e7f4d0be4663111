"""Versions of files in the history, by the ids of their bytes: what is needed to go back and forth in it.

However many files and commits are asked for, it is one request to git, and what is asked goes through its
stdin: a command line has a limit.
"""

from collections.abc import Iterable

from memctl.domain.fingerprint import blob_id
from memctl.errors import NotFound
from memctl.store.history import git, plumbing
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
    asked = plumbing.request(commits)
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
    return {
        commit: {file: (before or None, after or None) for file, before, after in changed}
        for commit, changed in plumbing.changes(said).items()
    }


def read(directory: str, wanted: dict[str, str]) -> dict[str, bytes]:
    """The bytes of each file of `wanted` (file -> id). Raises Damaged where the history has lost them."""
    repository = git_dir(directory)
    asked = plumbing.request(wanted.values())
    answer = git.run(repository, "cat-file", "--batch", stdin=asked) if asked else b""
    found = {}
    for file, (blob, _, content) in zip(wanted, plumbing.objects(answer, wanted.values()), strict=True):
        if blob == LOST_ID:
            raise NotFound(
                f"this version of {file} was lost when the history was damaged",
                hint=f"memctl log {file} shows the others",
            )
        if content is None:
            raise git.damaged(repository, f"the version {blob[:12]} of {file} is lost")
        found[file] = content
    return found
