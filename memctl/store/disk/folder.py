"""The memory directory as one opened folder: read, create, replace and remove files in it, durably.

Every path is walked from the folder's own descriptor without following a link, so no swap of a folder for
a link can lead outside. New bytes go to a temporary file beside the target and take its name when they
are on disk. What is replaced or removed is first given a second name; when it turns out not to be what
was read (an editor was faster), it gets its name back and `Moved` is raised.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

from memctl.errors import Refused
from memctl.store.disk import exchange, files
from memctl.store.disk.renaming import NEW, OLD, Moved, keep, link_new, step_into, sync_file


@dataclass(frozen=True)
class Found:
    """A file as read: its bytes, and the stat by which a later change to it is seen."""

    content: bytes
    stat: os.stat_result

    def same(self, now: os.stat_result) -> bool:
        """Whether `now` is the stat of the same, unchanged file (link count and ctime aside)."""
        return _identity(self.stat) == _identity(now)


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def check_path(file: str) -> None:
    """Raise Refused unless `file` is a relative path of plain segments that ends in `.md`."""
    parts = file.split("/")
    if "\0" in file or any(part in ("", ".", "..") for part in parts):
        raise Refused(f"{file!r} does not name a file inside the memory directory", slug="outside")
    if any(part.startswith(".") for part in parts) or not file.lower().endswith(".md"):
        raise Refused(f"{file!r} is not the name of a topic file", slug="name")


class Folder:
    """An opened memory directory. Use as a context manager; raises OSError as the system says it."""

    check = staticmethod(check_path)  # what refuses a name that is not one of its files

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.untidy = False  # whether a temporary file could not be removed
        self._root = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._root)

    def _way(self, file: str) -> str:
        """How `file` is reached from this folder."""
        return file

    def _shown(self, file: str) -> str:
        """What a message calls `file`."""
        return file

    @contextlib.contextmanager
    def _parent(self, file: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The descriptor of the folder that holds `file`, and its name there."""
        *folders, name = self._way(file).split("/")
        handle = os.dup(self._root)
        try:
            for part in folders:
                step = step_into(handle, part, self._shown(file), make)
                os.close(handle)
                handle = step
            yield handle, name
        finally:
            os.close(handle)

    def read(self, file: str) -> Found | None:
        """The file, or None when there is none. Refused when it is a link or no regular file."""
        self.check(file)
        try:
            with self._parent(file) as (at, name):
                return Found(*files.read_regular(name, at=at))
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EINVAL, errno.ENXIO, errno.EISDIR, errno.ENOTDIR):
                raise Refused(
                    f"{os.path.join(self.directory, self._shown(file))} is a link or not a regular file",
                    hint="move it away by hand",
                    slug="link",
                ) from error
            raise

    def create(self, file: str, content: bytes, mode: int = 0o600) -> None:
        """Make a new file. Moved when one of that name has appeared."""
        with self._parent(file, make=True) as (at, name):
            temporary, _ = self._temporary(at, content, mode)
            try:
                link_new(at, temporary, name)
            finally:
                self._discard(temporary, at)
            os.fsync(at)

    def take_in(self, file: str, source: str) -> None:
        """Let what is at the path `source`, a file or a link, be `file` here as well, with its times and
        rights.

        A second name where both lie on one file system, else a copy. Not durable before its folder is synced.
        Moved when something of that name has appeared; OSError for what can only be moved by hand.
        """
        with self._parent(file, make=True) as (at, name):
            try:
                os.link(source, name, dst_dir_fd=at, follow_symlinks=False)
                return
            except FileExistsError:
                raise Moved(file) from None
            except OSError as error:
                if error.errno not in (
                    errno.EXDEV,
                    errno.EPERM,
                    errno.EOPNOTSUPP,
                    errno.ENOSYS,
                    errno.EMLINK,
                ):
                    raise
            if os.path.islink(source):
                try:
                    os.symlink(os.readlink(source), name, dir_fd=at)
                except FileExistsError:
                    raise Moved(file) from None
                return
            temporary = self._copy(at, source)
            try:
                link_new(at, temporary, name)
            finally:
                self._discard(temporary, at)

    def _copy(self, at: int, source: str) -> str:
        """A temporary file that is on disk, with the bytes, times and rights of the file at the path
        `source`."""
        name = NEW + os.urandom(6).hex()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(name, flags, 0o600, dir_fd=at)
        try:
            try:
                for part in files.parts(source):
                    files.write_all(handle, part)
                found = os.stat(source, follow_symlinks=False)
                os.fchmod(handle, stat.S_IMODE(found.st_mode) & 0o777)
                os.utime(handle, ns=(found.st_atime_ns, found.st_mtime_ns))
                os.fsync(handle)
            finally:
                os.close(handle)
        except BaseException:
            self._discard(name, at)
            raise
        return name

    def replace(self, file: str, content: bytes, found: Found, *, hurry: bool = False) -> None:
        """Put `content` where `found` was read; its permissions are kept. Moved when it has changed.

        In a hurry the new bytes go to disk after they have their name rather than before: for an index
        that is written too often by others to wait for the disk between reading and replacing it.
        """
        mode = stat.S_IMODE(found.stat.st_mode) & 0o777
        with self._parent(file) as (at, name):
            temporary, ours = self._temporary(at, content, mode, sync=not hurry)
            swap = f"{OLD}{ours.st_ino}-{os.urandom(6).hex()}"
            try:
                _check(at, name, found)
                kept = self._take_place(at, temporary, swap, name)
                self._settle(at, name, kept, found, ours)  # at once: nobody should build on what may go back
                if hurry:
                    sync_file(at, name)
                os.fsync(at)
                self._settle(at, name, kept, found, ours)  # and whoever had it open has written by now
            except (OSError, Moved):
                self._clear(at, (temporary, swap), ours)
                raise
            self._discard(kept, at)

    def _take_place(self, at: int, temporary: str, swap: str, name: str) -> str | None:
        """Let `temporary` take the place of `name`; returns the name that the replaced file has now."""
        os.rename(temporary, swap, src_dir_fd=at, dst_dir_fd=at)
        if exchange.exchange(at, swap, name):
            return swap
        kept = keep(at, name)
        self.untidy = kept is not None  # until it is settled what that one holds
        os.rename(swap, name, src_dir_fd=at, dst_dir_fd=at)
        return kept

    def remove(self, file: str, found: Found) -> None:
        """Remove the file that `found` was read from. Moved when it has changed."""
        with self._parent(file) as (at, name):
            _check(at, name, found)
            kept = f"{OLD}0-{os.urandom(6).hex()}"
            try:
                os.rename(name, kept, src_dir_fd=at, dst_dir_fd=at)
                if not found.same(os.stat(kept, dir_fd=at, follow_symlinks=False)):
                    link_new(at, kept, name)
                    os.unlink(kept, dir_fd=at)
                    raise Moved(file)
                os.unlink(kept, dir_fd=at)
                os.fsync(at)
            except OSError:
                self.untidy = True  # the caller puts the file back from what it has read
                raise

    def _discard(self, name: str | None, at: int) -> None:
        if name is not None and not files.discard(name, at=at):
            self.untidy = True

    def _temporary(
        self, at: int, content: bytes, mode: int, *, sync: bool = True
    ) -> tuple[str, os.stat_result]:
        """A new file with `content` under a random name, on disk unless `sync` is False; and its stat."""
        name = NEW + os.urandom(6).hex()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(name, flags, 0o600, dir_fd=at)
        try:
            try:
                os.fchmod(handle, mode)
                files.write_all(handle, content)
                if sync:
                    os.fsync(handle)
                made = os.fstat(handle)
            finally:
                os.close(handle)
        except BaseException:
            self._discard(name, at)
            raise
        return name, made

    def _clear(self, at: int, names: tuple[str, ...], ours: os.stat_result) -> None:
        """Remove what is surely our own; what is not is left for recovery to look at."""
        for name in names:
            try:
                same = _identity(os.stat(name, dir_fd=at, follow_symlinks=False)) == _identity(ours)
            except FileNotFoundError:
                continue
            except OSError:
                same = False
            if same:
                self._discard(name, at)
            else:
                self.untidy = True

    def _settle(self, at: int, name: str, kept: str | None, found: Found, ours: os.stat_result) -> None:
        """Raise Moved when what was replaced is not what was read; it goes back where that loses nothing."""
        if kept is None or found.same(os.stat(kept, dir_fd=at, follow_symlinks=False)):
            return
        if _identity(os.stat(name, dir_fd=at, follow_symlinks=False)) == _identity(ours):
            if not exchange.exchange(at, kept, name):
                os.rename(kept, name, src_dir_fd=at, dst_dir_fd=at)
            os.fsync(at)
        raise Moved(name)

    def sweep(self, is_lost: Callable[[bytes], bool]) -> Iterator[bytes]:
        """Clear away the temporary files that a killed writer left, in every folder.

        Yields the bytes of a replaced version for which `is_lost` holds, before it is removed. Raises
        OSError.
        """
        for _, folders, names, at in os.fwalk(".", dir_fd=self._root, follow_symlinks=False):
            folders[:] = [folder for folder in folders if not folder.startswith(".")]
            for name in names:
                if name.startswith(OLD):
                    content, found = files.read_regular(name, at=at)
                    ours = name.startswith(f"{OLD}{found.st_ino}-")  # it never took its place
                    if not ours and is_lost(content):
                        yield content
                if name.startswith((NEW, OLD)):
                    os.unlink(name, dir_fd=at)


def _check(at: int, name: str, found: Found) -> None:
    try:
        now = os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        raise Moved(name) from None
    if not found.same(now):
        raise Moved(name)
