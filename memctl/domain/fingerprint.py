"""What names a file's content: memctl's fingerprint of it, and git's name for it.

The interpreter's own hash code is taken, because hashlib would load OpenSSL: 2 ms that every hook call after
a change would pay. On the hot path: a session's start asks which memories have queries.
"""

TYPE_CHECKING = False  # typing itself costs a hook its time
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from hashlib import _Hash as HASH
    from hashlib import sha256
else:
    try:
        from _sha2 import sha256
    except ImportError:
        try:
            from _sha256 import sha256  # before Python 3.12
        except ImportError:  # pragma: no cover - another interpreter than CPython
            from hashlib import sha256


def fingerprint(raw: bytes, more: "Iterable[bytes]" = ()) -> str:
    """`sha256:` and the hex digest of a file's bytes (`raw` and then `more`): what `--if-match` compares."""
    digest = sha256(raw)
    for part in more:
        digest.update(part)
    return "sha256:" + digest.hexdigest()


def hash_many() -> None:
    """Prepare for hashing thousands of files: OpenSSL's code is five times as fast once it is loaded."""
    global sha256
    from hashlib import sha256


def blob_id(content: bytes, *, long: bool = False) -> str:
    """The name that git gives to `content`; `long` in a repository of SHA-256."""
    digest = (sha256 if long else _sha1())(b"blob %d\0" % len(content))
    digest.update(content)  # a copy of a large file would double its memory
    return digest.hexdigest()


def _sha1() -> "Callable[[bytes], HASH]":
    """The interpreter's own code for SHA-1, loaded where a git name is asked for."""
    try:
        from _sha1 import sha1
    except ImportError:  # pragma: no cover - another interpreter than CPython
        from hashlib import sha1
    found: Callable[[bytes], HASH] = sha1
    return found
