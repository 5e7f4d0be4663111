"""Whether the history is whole, looked at anew only when one of its files changed.

Git reads every object that it checks. What was found whole is remembered with how each file of the repository
looked; not for longer than `TRUSTED` though, since a disk that loses bits by itself changes no stat.
"""

import contextlib
import os
import time
from collections.abc import Iterator

from memctl import places
from memctl.store.disk import files
from memctl.store.history import git, repair
from memctl.store.history.commits import git_dir
from memctl.store.history.seen import TICK_NS

TRUSTED = 7 * 86_400.0
"""Seconds for which a history that was found whole is not read again while none of its files changed."""


def verify(directory: str) -> list[str]:
    """As `repair.verify`."""
    path = places.cache_file(directory) + ".verified"
    looks = list(_looks(git_dir(directory)))
    digest = _digest(looks)
    if _remembered(path, digest):
        return []
    found = repair.verify(directory)
    settled = time.time_ns() - TICK_NS
    if looks and not found and max(changed for _, changed in looks) < settled:
        with contextlib.suppress(OSError):
            places.make_private(os.path.dirname(path))
            files.write_private(path, f"{digest} {int(time.time())}".encode())
    return found


def _remembered(path: str, digest: str) -> bool:
    try:
        known, when = files.read_regular(path, 1024)[0].decode("ascii").split()
        return known == digest and 0 <= time.time() - float(when) < TRUSTED
    except (OSError, ValueError):
        return False


def _looks(repository: str) -> Iterator[tuple[str, int]]:
    """How each file of the repository looks, and git itself; with the time of its last change in ns."""
    for folder, _, names in os.walk(repository):
        for name in names:
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):
                found = os.lstat(path)
                said = f"{path} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
                yield said, found.st_ctime_ns
    program = git.program()
    if program:
        with contextlib.suppress(OSError):
            yield f"{program} {os.stat(program).st_mtime_ns}", 0


def _digest(looks: list[tuple[str, int]]) -> str:
    said = "\0".join(sorted(look for look, _ in looks))
    return places.blake2b(os.fsencode(said), digest_size=16).hexdigest()
