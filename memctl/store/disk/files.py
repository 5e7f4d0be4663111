"""Regular files and nothing else: no link is followed, no FIFO waited for, no size trusted.

The write half (replace, create, remove) is in `store.disk.folder`, which only `store.write` uses.
"""

import os
import stat
import sys

from memctl import places

TYPE_CHECKING = False  # typing itself costs a hook its time
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BODY_MAX = 16 * 1024 * 1024
"""Bytes of one topic file that are ever read; what is longer is cut there and said so."""

SKIM_MAX = 128 * 1024
"""Bytes of one topic file that are held when every file is looked at; a memory has at most 100,000."""

_FORMAT, _REGULAR = 0o170000, 0o100000
_EINVAL = 22

READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_regular(path: str, limit: int = BODY_MAX, *, at: int | None = None) -> tuple[bytes, os.stat_result]:
    """Return at most `limit` bytes of `path` and its stat, taken from the same open file.

    `at` is the descriptor of the folder that a relative `path` starts from.
    Raises OSError when it is missing, unreadable, a symbolic link (ELOOP) or no regular file (EINVAL).
    """
    handle, found = _open_regular(path, at)
    try:
        raw = _read_first(handle, min(limit, 1 << 20), found)
        if len(raw) != found.st_size:  # else it is the whole of it, in one go
            raw = b"".join([raw, *_read_on(handle, limit - len(raw))])
        return raw, found
    finally:
        os.close(handle)


def read_start(path: str, limit: int) -> bytes:
    """The first bytes of `path`, at most `limit`, as the system gives them in one go: for very many small
    files, at two thirds of what `read_regular` costs. Raises OSError as that does."""
    handle = os.open(path, READ_FLAGS)
    try:
        if os.fstat(handle).st_mode & _FORMAT != _REGULAR:
            raise OSError(_EINVAL, "not a regular file", path)
        return os.read(handle, limit)
    finally:
        os.close(handle)


def _read_first(handle: int, limit: int, found: os.stat_result) -> bytes:
    """What the system gives in one go of at most `limit` bytes: all of a file of the size `found`, or one
    byte more where it grew. Asking for a megabyte costs twice what reading 2 KB does."""
    return os.read(handle, min(limit, found.st_size + 1))


def _read_on(handle: int, left: int) -> "Iterator[bytes]":
    """What follows in the open file, at most `left` bytes of it, piece by piece."""
    while left > 0 and (part := os.read(handle, min(left, 1 << 20))):
        left -= len(part)
        yield part


def _open_regular(path: str, at: int | None = None) -> tuple[int, os.stat_result]:
    handle = os.open(path, READ_FLAGS, dir_fd=at)
    found = os.fstat(handle)
    if stat.S_ISREG(found.st_mode):
        return handle, found
    os.close(handle)
    raise OSError(_EINVAL, "not a regular file", path)


def skim_regular(path: str) -> tuple[bytes, str, os.stat_result]:
    """Return the first SKIM_MAX bytes of `path`, the fingerprint of what `read_regular` would return, and its
    stat. Raises OSError as that does."""
    from memctl.domain.fingerprint import fingerprint

    handle, found = _open_regular(path)
    try:
        raw = _read_first(handle, SKIM_MAX, found)
        if len(raw) == found.st_size:
            return raw, fingerprint(raw), found
        raw += os.read(handle, SKIM_MAX - len(raw))
        return raw, fingerprint(raw, _read_on(handle, BODY_MAX - len(raw))), found
    finally:
        os.close(handle)


def parts(path: str) -> "Iterator[bytes]":
    """The whole of a regular file, piece by piece. Raises OSError as `read_regular` does."""
    handle, _ = _open_regular(path)
    try:
        yield from _read_on(handle, sys.maxsize)
    finally:
        os.close(handle)


def cut_note(size: int, read: int) -> str:
    """The warning for a file of `size` bytes of which only the first `read` were looked at."""
    return f"is {size:,} bytes; only the first {read:,} were read"


def write_all(handle: int, content: bytes) -> None:
    """Write every byte of `content` to the open file, however often the kernel takes only a part."""
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]


def write_private(path: str, content: bytes, mode: int = 0o600) -> None:
    """Put `content` at `path` durably and with `mode`: it is there whole or not at all. Raises OSError.

    For files of memctl's own and other programs' settings; a memory directory is written through
    `store.disk.folder`.
    """
    _write_private(path, content, mode, os.rename)


def create_private(path: str, content: bytes) -> bool:
    """As `write_private`, for a file that is not there yet; False when it is, and stays. Raises OSError."""

    def link(temporary: str, path: str) -> None:
        """Give the file `temporary` the name `path`, and take its own away. Raises FileExistsError where
        `path` is taken: a link never replaces, a rename would."""
        try:
            os.link(temporary, path)
        except OSError:
            if os.path.lexists(path):
                raise FileExistsError(path) from None
            os.rename(temporary, path)  # a file system without hard links
        else:
            discard(temporary)

    try:
        _write_private(path, content, 0o600, link)
    except FileExistsError:
        return False
    return True


def _write_private(path: str, content: bytes, mode: int, place: "Callable[[str, str], None]") -> None:
    temporary = f"{path}.{os.urandom(6).hex()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(temporary, flags, 0o600)
    try:
        try:
            os.fchmod(handle, mode)
            write_all(handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)
        place(temporary, path)
    except BaseException:
        discard(temporary)
        raise
    places.sync_folder(os.path.dirname(path))


def names(folder: str | int) -> list[str]:
    """What `folder` (a path or a descriptor) holds. Raises OSError."""
    with os.scandir(folder) as found:
        return [item.name for item in found]


def discard(path: str, *, at: int | None = None) -> bool:
    """Remove `path`; False when that is not possible, and it is left for recovery."""
    try:
        os.unlink(path, dir_fd=at)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
