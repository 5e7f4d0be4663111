"""The whole history as one file that git itself reads, and a history from such a file."""

import os
import shutil
import tempfile
from collections.abc import Iterable

from memctl import places
from memctl.errors import MemctlError
from memctl.store.disk.oserrors import write_failed
from memctl.store.history import git, graph, joining
from memctl.store.history.commits import Note, git_dir
from memctl.store.history.frame import BRANCH, read_tip, sync


def make(directory: str) -> bytes | None:
    """A git bundle of the history; None where there is no commit. Raises Damaged."""
    repository = git_dir(directory)
    if not read_tip(repository):
        return None
    return git.run(repository, "bundle", "create", "--quiet", "-", BRANCH)


def take(directory: str, source: str, lock: int, came: Note, now: float) -> None:
    """Take over the history of the bundle at `source`. The caller holds the lock, and has recorded the files.

    Where there is none it becomes the history; else one commit, which says `came`, has both before it, unless
    all of the bundle's is there already. Raises MemctlError (slug `backup`) for a bundle that is not whole.
    """
    state = places.make_private(places.store_state(directory))
    made = os.path.join(state, f"history.git.{os.urandom(6).hex()}.tmp")
    try:
        last = _unpack(made, source, lock)
        repository = git_dir(directory)
        if not os.path.isdir(repository) or not read_tip(repository):
            sync(made)
            shutil.rmtree(repository, ignore_errors=True)
            os.rename(made, repository)
            places.sync_folder(state)
        elif not graph.leads_to(repository, last):
            joining.add(directory, made, lock, came, now)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def known(directory: str, source: str, ids: Iterable[str]) -> frozenset[str]:
    """Those blobs of `ids` that the bundle at `source` holds. Raises WriteFailed, MemctlError as `take`."""
    state = places.store_state(directory)
    try:
        with tempfile.TemporaryDirectory(suffix=".tmp", dir=places.make_private(state)) as at:
            made = os.path.join(at, "git")
            _unpack(made, source, None)
            asked = "".join(f"{one}\n" for one in sorted(ids)).encode()
            said = git.run(made, "cat-file", "--batch-check", stdin=asked).decode("ascii", "replace")
    except OSError as error:
        raise write_failed(error, state) from error
    return frozenset(line.split(" ")[0] for line in said.split("\n") if " blob " in line)


def own(directory: str) -> frozenset[str]:
    """The ids of all that the history of `directory` recorded here, and not of what was joined with it."""
    repository = git_dir(directory)
    if not read_tip(repository):
        return frozenset()
    shown = ("--raw", "--no-abbrev", "--no-renames", "--format=")
    said = git.run(repository, "log", "--first-parent", "-m", *shown, BRANCH).decode("utf-8", "replace")
    return frozenset(line.split(" ")[3] for line in said.split("\n") if line.startswith(":"))


def _unpack(made: str, source: str, lock: int | None) -> str:
    os.mkdir(made, 0o700)
    git.feed(made, git.NEW, [], lock)
    try:
        only = f"+{BRANCH}:{BRANCH}"
        git.feed(made, ["-c", "transfer.fsckObjects=true", *joining.FETCH, source, only], [], lock)
        git.check(made)
        last = read_tip(made)
    except MemctlError as error:
        raise MemctlError(f"the history of the backup is not whole: {error.message}", slug="backup") from None
    if not last:
        raise MemctlError("the history of the backup has no commit", slug="backup")
    return last
