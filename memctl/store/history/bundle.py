"""The whole history as one file that git itself reads, and a history from such a file."""

import os
import shutil

from memctl import places
from memctl.errors import MemctlError
from memctl.store.disk import files
from memctl.store.history import git, graph
from memctl.store.history.commits import git_dir
from memctl.store.history.frame import BRANCH, read_tip

KEPT = "refs/backups/"
"""Where a backup's history is kept beside one that went another way; its commits are named by their ids."""


def make(directory: str) -> bytes | None:
    """A git bundle of every reference of the history; None where there is no commit. Raises Damaged."""
    repository = git_dir(directory)
    if not read_tip(repository) or not graph.references(repository):
        return None
    return git.run(repository, "bundle", "create", "--quiet", "-", "--all")


def take(directory: str, content: bytes, lock: int) -> str:
    """Take the history of a bundle over; returns its last commit. The caller holds the lock.

    Where there is none it becomes the history. Where there is one, that stays as it is, and what it lacks of
    the bundle's is kept beside it. Raises MemctlError (slug `backup`) for a bundle that is not whole.
    """
    state = places.make_private(places.store_state(directory))
    made = os.path.join(state, f"history.git.{os.urandom(6).hex()}.tmp")
    source = f"{made}.bundle.tmp"
    try:
        files.write_private(source, content)
        last = _unpack(made, source, lock)
        repository = git_dir(directory)
        if not os.path.isdir(repository) or not read_tip(repository):
            shutil.rmtree(repository, ignore_errors=True)
            os.rename(made, repository)
            places.sync_folder(state)
        elif not _holds(repository, last):
            spec = f"+{BRANCH}:{KEPT}{last[:12]}"
            git.feed(repository, ["fetch", "--quiet", "--no-tags", made, spec], [], lock)
        return last
    finally:
        files.discard(source)
        shutil.rmtree(made, ignore_errors=True)


def _unpack(made: str, source: str, lock: int) -> str:
    os.mkdir(made, 0o700)
    git.feed(made, ["init", "--quiet", "--bare", "--template=", "--initial-branch=main"], [], lock)
    try:
        fetch = ["-c", "transfer.fsckObjects=true", "fetch", "--quiet", "--no-tags", source, "+refs/*:refs/*"]
        git.feed(made, fetch, [], lock)
        git.check(made)
        last = read_tip(made)
    except MemctlError as error:
        raise MemctlError(f"the history of the backup is not whole: {error.message}", slug="backup") from None
    if not last:
        raise MemctlError("the history of the backup has no commit", slug="backup")
    return last


def _holds(repository: str, commit: str) -> bool:
    """Whether a commit is part of the history already."""
    return (
        graph.holds(repository, commit)
        and commit in git.run(repository, "rev-list", "--all").decode().split()
    )
