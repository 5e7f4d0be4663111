"""The names of an opened folder: temporary ones, and giving a file a name without ever replacing one."""

import contextlib
import errno
import os

from memctl.errors import Refused
from memctl.store.disk import files

NEW = ".memctl-new-"
OLD = ".memctl-old-"
"""Prefixes of temporary names: bytes on their way in, and what is being replaced. A leading dot keeps
them out of every listing. The second goes on with the inode of the file that is to take the place (0: none):
while that inode has this name, nothing has been replaced yet."""


class Moved(Exception):
    """The file is not what it was when it was read; nothing of it was lost."""


def step_into(handle: int, part: str, file: str, make: bool) -> int:
    """The descriptor of the folder `part` of an opened one. Refused when it is a link or no folder."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, 0o700, dir_fd=handle)
            os.fsync(handle)
    try:
        return os.open(part, flags, dir_fd=handle)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise Refused(f"{file}: the folder {part!r} is a link or no folder", slug="link") from error
        raise


def sync_file(at: int, name: str) -> None:
    """Wait until the bytes of `name` in the opened folder `at` are on the disk. Raises OSError."""
    handle = os.open(name, files.READ_FLAGS, dir_fd=at)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def link_new(at: int, source: str, name: str) -> None:
    """Give `source` the name `name` unless that is taken: a link never replaces, a rename would."""
    try:
        os.link(source, name, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
    except FileExistsError:
        raise Moved(name) from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        _rename_new(at, source, name)  # a file system without hard links


def _rename_new(at: int, source: str, name: str) -> None:
    try:
        os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(source, name, src_dir_fd=at, dst_dir_fd=at)
        return
    raise Moved(name)


def keep(at: int, name: str) -> str | None:
    """A second name for the file that is about to be replaced; None where links are not to be had."""
    kept = f"{OLD}0-{os.urandom(6).hex()}"
    try:
        os.link(name, kept, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        raise Moved(name) from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        return None
    return kept
