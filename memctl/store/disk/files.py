"""Reading regular files and nothing else: no link is followed, no FIFO waited for, no size trusted.

The write half (replace, create, remove) is in `store.disk.folder`, which only `store.write` uses.
"""

import os
import stat

TYPE_CHECKING = False  # typing itself costs a hook its time
if TYPE_CHECKING:
    from collections.abc import Iterator

try:  # hashlib would load OpenSSL, 2 ms that every hook call after a change would pay
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore]
    except ImportError:  # pragma: no cover - another interpreter than CPython
        from hashlib import sha256

BODY_MAX = 16 * 1024 * 1024
"""Bytes of one topic file that are ever read; what is longer is cut there and said so."""

SKIM_MAX = 128 * 1024
"""Bytes of one topic file that are held when every file is looked at; a memory has at most 100,000."""

READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_regular(path: str, limit: int = BODY_MAX, *, at: int | None = None) -> tuple[bytes, os.stat_result]:
    """Return at most `limit` bytes of `path` and its stat, taken from the same open file.

    `at` is the descriptor of the folder that a relative `path` starts from.
    Raises OSError when it is missing, unreadable, a symbolic link (ELOOP) or no regular file (EINVAL).
    """
    handle = _open_regular(path, at)
    try:
        found = os.fstat(handle)
        parts: list[bytes] = []
        left = limit
        while left > 0:
            part = os.read(handle, min(left, 1 << 20))
            if not part:
                break
            parts.append(part)
            left -= len(part)
            if len(part) == found.st_size:
                break  # the whole of it, in one go
        return b"".join(parts), found
    finally:
        os.close(handle)


def _open_regular(path: str, at: int | None = None) -> int:
    import errno

    handle = os.open(path, READ_FLAGS, dir_fd=at)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, "not a regular file", path)


def skim_regular(path: str) -> tuple[bytes, str, os.stat_result]:
    """Return the first SKIM_MAX bytes of `path`, the fingerprint of what `read_regular` would return, and its
    stat. Raises OSError as that does."""
    handle = _open_regular(path)
    try:
        found = os.fstat(handle)
        raw = os.read(handle, SKIM_MAX)
        digest, left = sha256(raw), BODY_MAX - len(raw)
        while left > 0 and (part := os.read(handle, min(left, 1 << 20))):
            digest.update(part)
            left -= len(part)
        return raw, "sha256:" + str(digest.hexdigest()), found
    finally:
        os.close(handle)


def parts(path: str) -> "Iterator[bytes]":
    """The whole of a regular file, piece by piece. Raises OSError as `read_regular` does."""
    handle = _open_regular(path)
    try:
        while part := os.read(handle, 1 << 20):
            yield part
    finally:
        os.close(handle)


def cut_note(size: int, read: int) -> str:
    """The warning for a file of `size` bytes of which only the first `read` were looked at."""
    return f"is {size:,} bytes; only the first {read:,} were read"


def private_folder(path: str) -> str:
    """Make `path` and its missing parents, 0700 whatever the umask; return it. Raises OSError."""
    missing = []
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for path in reversed(missing):
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            continue  # another process was faster
        os.chmod(path, 0o700)  # the umask may have taken bits away
        sync_folder(os.path.dirname(path))
    return path


def write_all(handle: int, content: bytes) -> None:
    """Write every byte of `content` to the open file, however often the kernel takes only a part."""
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]


def sync_folder(path: str) -> None:
    """Make the names in the folder `path` durable. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_private(path: str, content: bytes, mode: int = 0o600) -> None:
    """Put `content` at `path` durably, with `mode`: it is there whole or not at all. Raises OSError.

    For files of the state and config directories; a memory directory is written through `store.disk.folder`.
    """
    temporary = f"{path}.{os.urandom(6).hex()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(temporary, flags, 0o600)
    try:
        try:
            write_all(handle, content)
            if mode != 0o600:
                os.fchmod(handle, mode)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.rename(temporary, path)
    except BaseException:
        discard(temporary)
        raise
    sync_folder(os.path.dirname(path))


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


def fingerprint(raw: bytes) -> str:
    """`sha256:` and the hex digest of a file's bytes: what `--if-match` compares."""
    return "sha256:" + str(sha256(raw).hexdigest())


def hash_many() -> None:
    """Prepare for hashing thousands of files: OpenSSL's code is five times as fast once it is loaded."""
    global sha256
    from hashlib import sha256
