"""Texts in which the guard found no secret, by hash: so that a hook need not load it for them again.

Loading and running its rules costs three times a bare Python start. The record is derived data in
the cache directory; it counts for one content of the rules and their code only, and one that cannot be read
or written is as good as none. On the hot path: imports nothing but os and hot modules.
"""

import os

from memctl import __version__, places
from memctl.store.disk.files import read_regular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RECORD_MAX = 256 * 1024
"""Bytes of the record, 16 to a text; a longer one is begun anew."""

_SIZE = 16

FOLDERS = ("data", "text", "services/guard")
"""Where everything that decides on a secret stands: the rule tables, and the code below and in the guard.

Folders rather than files: a rule that moves into a new file of one of them counts at once.
"""


class Clean:
    """The record of one cache directory, read once."""

    def __init__(self) -> None:
        self._path = os.path.join(places.cache_dir(), "clean")
        self._key = edition()
        self._known: bytes | None = None

    def __contains__(self, text: str) -> bool:
        """Whether `text` was found to be clean before, by these rules."""
        if self._known is None:
            self._known = _read(self._path)
        return self._digest(text) in self._known

    def _digest(self, text: str) -> bytes:
        return places.blake2b(
            text.encode("utf-8", "surrogatepass"), digest_size=_SIZE, key=self._key
        ).digest()

    def add(self, text: str) -> None:
        """Remember that `text` is clean."""
        digest = self._digest(text)
        known = self._known or b""
        begin = os.O_TRUNC if len(known) >= RECORD_MAX else 0
        self._known = digest if begin else known + digest
        _write(self._path, digest, begin)


def edition() -> bytes:
    """A hash of the rules and of the code that applies them.

    They are read again only when a file of theirs looks different; what they hashed to stands beside how they
    looked then.
    """
    files = sorted(_files())
    looks = _hash(f"{__version__} {file} {size} {mtime}".encode() for file, size, mtime in files)
    memo = os.path.join(places.cache_dir(), "clean-rules")
    known = _read(memo)
    if len(known) == 2 * _SIZE and known[:_SIZE] == looks:
        return known[_SIZE:]
    hashed = _hash(part for file, _, _ in files for part in (file.encode(), _read(places.package_file(file))))
    _write(memo, looks + hashed, os.O_TRUNC)
    return hashed


def _files() -> "Iterator[tuple[str, int, int]]":
    """Each file that decides: its path below the package, its size and when it was changed."""
    for folder in FOLDERS:
        try:
            with os.scandir(places.package_file(folder)) as found:
                for item in found:
                    if item.name.endswith((".py", ".toml")):
                        stat = item.stat()
                        yield f"{folder}/{item.name}", stat.st_size, stat.st_mtime_ns
        except OSError:
            continue


def _hash(parts: "Iterable[bytes]") -> bytes:
    return places.blake2b(b"\0".join(parts), digest_size=_SIZE).digest()


def _write(path: str, content: bytes, begin: int) -> None:
    """Append to a private file, or begin it anew. What cannot be written is done without."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | begin
    try:
        places.make_private(os.path.dirname(path))
        handle = os.open(path, flags, 0o600)
        try:
            os.write(handle, content)
        finally:
            os.close(handle)
    except OSError:
        return


def _read(path: str) -> bytes:
    try:
        return read_regular(path, RECORD_MAX + _SIZE)[0]
    except OSError:
        return b""
