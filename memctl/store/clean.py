"""Texts in which the guard found no secret, by hash: so that a hook need not load it for them again.

Loading and running its rules costs three times a bare Python start. The record is derived data in
the cache directory; it counts for one version of the rules and their code only, and one that cannot be read
or written is as good as none. On the hot path: imports nothing but os and `memctl.places`.
"""

import os

from memctl import __version__, places

RECORD_MAX = 256 * 1024
"""Bytes of the record, 16 to a text; a longer one is begun anew."""

_SIZE = 16
_GUARD = (
    "__init__.py",
    "assigned.py",
    "lookup.py",
    "plain.py",
    "secret_table.py",
    "secret_values.py",
    "secrets.py",
)
_RULES = (("data", "secrets.toml"), *(("services", "guard", name) for name in _GUARD))


class Clean:
    """The record of one cache directory, read once."""

    def __init__(self) -> None:
        self._path = os.path.join(places.cache_dir(), "clean")
        self._key = _edition()
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
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | begin
        self._known = digest if begin else known + digest
        try:
            places.make_private(os.path.dirname(self._path))
            handle = os.open(self._path, flags, 0o600)
            try:
                os.write(handle, digest)
            finally:
                os.close(handle)
        except OSError:
            return


def _edition() -> bytes:
    """A key that changes with the rules and the code that applies them."""
    marks = [__version__]
    for parts in _RULES:
        try:
            stat = os.stat(places.package_file(*parts))
            marks.append(f"{stat.st_size}.{stat.st_mtime_ns}")
        except OSError:
            marks.append("-")
    return places.blake2b(" ".join(marks).encode(), digest_size=16).digest()


def _read(path: str) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        return os.read(handle, RECORD_MAX + _SIZE)
    except OSError:
        return b""
    finally:
        os.close(handle)
