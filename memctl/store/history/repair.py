"""Whether the history is whole, what is lost of it, and how it is made whole again."""

import os
from dataclasses import dataclass

from memctl import places
from memctl.errors import Damaged, MemctlError
from memctl.store.disk import files, lock
from memctl.store.history import frame, git, objects, remains
from memctl.store.history.commits import git_dir
from memctl.store.history.salvage import Salvaged, salvage
from memctl.store.history.seen import Seen

UNREADABLE = (Damaged, ValueError, LookupError)
"""What reading a history raises that is damaged beyond reading."""


@dataclass(frozen=True)
class Repaired:
    """What a repair did: where the damaged history lies now (None: it could be mended in its place), how
    many changes are in the one that took its place, and a sentence for each thing that is lost."""

    moved: str | None = None
    commits: int = 0
    lost: tuple[str, ...] = ()


def verify(directory: str) -> list[str]:
    """What is wrong with the history, one sentence each; empty when it is whole or there is none yet.

    Raises MemctlError when it could not be checked, which says nothing about the history.
    """
    repository = git_dir(directory)
    if not os.path.isdir(repository):
        return []
    try:
        if frame.read_tip(repository):
            git.check(repository)
        elif frame.newest(repository):
            return [f"the history in {repository} has no last commit any more"]
    except Damaged as error:
        return [error.message]
    return []


def lost(directory: str) -> list[str]:
    """What a repair of the damaged history could not bring back, one sentence each; changes nothing.

    Raises MemctlError and OSError where it cannot be told.
    """
    target = f"{git_dir(directory)}.{os.urandom(6).hex()}.tmp"  # recovery clears it if this is killed
    try:
        return _salvage(directory, target).lost
    except (ValueError, LookupError) as error:
        return [f"all of it ({error})"]
    finally:
        objects.discard(target)


def repair(directory: str) -> Repaired | None:
    """Make a damaged history whole; None when it is. The damaged one is kept beside it, every byte.

    Raises Locked; WriteFailed, OSError and MemctlError where the machine stands in the way: it stays then.
    """
    repository = git_dir(directory)
    if not verify(directory):  # a second look, under the lock below: a repair must never lose a whole history
        return None
    with lock.held(directory, "doctor"):
        if _mend(directory):
            return Repaired()
        target = f"{repository}.{os.urandom(6).hex()}.tmp"
        try:
            done = _salvage(directory, target)
            git.check(target)
            frame.sync(target)
            if not done.commits:
                objects.discard(target)
        except UNREADABLE as error:  # nothing of it can be read: a new one begins
            objects.discard(target)
            done = Salvaged(lost=[f"all of it ({error})"])
        except BaseException:  # no room, no right: that says nothing about the history, which stays as it is
            objects.discard(target)
            raise
        moved = f"{repository}.damaged-{os.urandom(3).hex()}"
        os.rename(repository, moved)
        if os.path.isdir(target):
            os.rename(target, repository)
        files.discard(_seen(directory))
        remains.mark(moved)
        places.sync_folder(os.path.dirname(repository))
    return Repaired(moved, done.commits, tuple(done.lost))


def _mend(directory: str) -> bool:
    """Set up anew what stands around the objects; whether the history is whole then."""
    repository = git_dir(directory)
    try:
        frame.mend(repository)
        tip = frame.written_tip(repository)
        frame.mend_tip(repository, tip, Seen(_seen(directory)).last())
    except (MemctlError, OSError):
        return False
    return not verify(directory)


def _salvage(directory: str, target: str) -> Salvaged:
    repository = git_dir(directory)
    os.mkdir(target, 0o700)
    git.feed(target, git.NEW, [], None)
    try:
        tip = frame.written_tip(repository)
    except MemctlError:
        tip = ""
    known = tuple(filter(None, (tip, Seen(_seen(directory)).last())))
    return salvage(repository, target, directory, known)


def _seen(directory: str) -> str:
    return os.path.join(places.store_state(directory), "seen")
