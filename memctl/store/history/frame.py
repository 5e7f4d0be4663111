"""The frame of the repository: the few files around its objects, which can be made anew when damaged.

Without `HEAD` and the folders git does not take it for a repository; without its one branch every commit
would be forgotten. All of it follows from what else is there.
"""

import os

from memctl import places
from memctl.errors import Damaged
from memctl.store.disk import files
from memctl.store.history import collecting, git, plumbing

BRANCH = "refs/heads/main"

BROUGHT = "refs/brought/"
"""Under it stand the ends of other histories that came in: they are no line of this directory's own."""

HEAD = b"ref: refs/heads/main\n"

_LOCKS = (BRANCH, "HEAD", "packed-refs", "config")
"""What a git that was killed may have left locked: we hold memctl's lock, so nobody else changes them."""


def mend(repository: str) -> None:
    """Make what is missing around the objects, and remove what a killed git left. Raises OSError."""
    for stale in _LOCKS:
        files.discard(os.path.join(repository, stale + ".lock"))
    _clear_packs(os.path.join(repository, "objects", "pack"))
    for folder in ("objects", os.path.dirname(BRANCH)):
        if not os.path.isdir(os.path.join(repository, folder)):
            os.makedirs(os.path.join(repository, folder), mode=0o700)
    head = os.path.join(repository, "HEAD")
    if _text(head) != HEAD:
        files.write_private(head, HEAD)


def _clear_packs(folder: str) -> None:
    """Remove the packs that nobody finishes. They are listed first: a collection that begins afterwards
    makes new ones, and one that runs keeps all of them."""
    try:
        left = [name for name in files.names(folder) if name.startswith("tmp_")]
    except OSError:
        return  # the folder is made when git needs it
    if left and not collecting.runs(os.path.dirname(os.path.dirname(folder))):
        for name in left:
            files.discard(os.path.join(folder, name))


def sync(repository: str) -> None:
    """Make the names of all objects and of the branch durable: git syncs files, and no folder of them."""
    objects = os.path.join(repository, "objects")
    for folder in (name for name in files.names(objects) if os.path.isdir(os.path.join(objects, name))):
        places.sync_folder(os.path.join(objects, folder))
    for folder in ("objects", os.path.dirname(BRANCH), "refs", ""):
        places.sync_folder(os.path.join(repository, folder))


def sync_new(repository: str, names: set[str]) -> None:
    """As `sync`, for the new objects of these `names` alone."""
    objects = os.path.join(repository, "objects")
    for folder in {name[:2] for name in names} | {"pack", ""}:
        if os.path.isdir(os.path.join(objects, folder)):
            places.sync_folder(os.path.join(objects, folder))
    places.sync_folder(os.path.join(repository, os.path.dirname(BRANCH)))


def _text(path: str) -> bytes:
    try:
        return files.read_regular(path, 100)[0]
    except OSError:
        return b""


def read_tip(repository: str) -> str:
    """The commit that the history ends with, or "" when it has none. Raises Damaged."""
    try:
        raw, _ = files.read_regular(os.path.join(repository, BRANCH), 100)
    except FileNotFoundError:
        if not os.path.isdir(repository):
            return ""
        raw = git.run(repository, "rev-parse", "--verify", "--quiet", BRANCH, good=(0, 1))
        if not raw:
            return ""
    text = raw.decode("ascii", "replace").strip()
    if len(text) != 40 or text.strip("0123456789abcdef"):
        raise git.failure(repository, b"bad ref " + BRANCH.encode())
    return text


def written_tip(repository: str) -> str:
    """As `read_tip`, but "" also where the branch names no commit."""
    try:
        return read_tip(repository)
    except Damaged:
        return ""


def mend_tip(repository: str, tip: str, last: str) -> str:
    """The commit that the history ends with, after a branch that is empty, missing or garbage was set anew.

    `tip` is what the branch says, `last` what memctl recorded last. Without either, the newest commit that
    no other one follows is the last. Raises Damaged where the branch names a commit that is lost.
    """
    for name in filter(None, (tip, last)):
        if _is_commit(repository, name):
            return name if name == tip else _set(repository, name)
    if tip:
        raise git.damaged(repository, f"its last commit {tip[:12]} is lost")
    found = newest(repository)
    return _set(repository, found) if found else ""


def _is_commit(repository: str, name: str) -> bool:
    return git.run(repository, "cat-file", "-t", name, good=(0, 1, 128)) == b"commit\n"


def newest(repository: str) -> str:
    """The newest commit of its own that no other one follows, or "" when there is none. Raises Damaged."""
    commits = plumbing.request(name for name, kind in plumbing.listed(repository) if kind == "commit")
    if not commits:
        return ""
    order = ("rev-list", "--date-order", "--max-count=1", "--stdin", "--not", f"--exclude={BRANCH}", "--all")
    return git.run(repository, *order, stdin=commits).decode().strip()


def _set(repository: str, commit: str) -> str:
    path = os.path.join(repository, BRANCH)
    files.write_private(path, commit.encode() + b"\n")
    return commit
