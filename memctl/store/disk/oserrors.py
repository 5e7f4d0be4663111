"""What the operating system said, as an error that a person can act on."""

import errno
import os

from memctl.errors import WriteFailed

_SLUGS = {
    errno.ENOSPC: "disk-full",
    errno.EDQUOT: "disk-full",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EROFS: "read-only",
}
_HINTS = {
    "disk-full": "free some space, then try again",
    "denied": "give yourself write permission there, then try again",
    "read-only": "mount it writable, then try again",
}
_SAID = {
    "No space left on device": "disk-full",
    "Disk quota exceeded": "disk-full",
    "Permission denied": "denied",
    "Operation not permitted": "denied",
    "Read-only file system": "read-only",
}


def write_failed(error: OSError, what: str) -> WriteFailed:
    """The error for `what` that could not be written, with its slug and what to do."""
    slug = _SLUGS.get(error.errno or 0, "io")
    said = error.strerror or str(error)
    named = isinstance(error.filename, str) and os.path.isabs(error.filename)
    where = f" ({error.filename})" if named else ""  # a temporary name inside a folder tells nobody anything
    return WriteFailed(f"{what} could not be written: {said}{where}", hint=_HINTS.get(slug), slug=slug)


def said_failed(said: str, what: str) -> WriteFailed:
    """The same for a program that only left words on stderr."""
    slug = next((slug for words, slug in _SAID.items() if words in said), "io")
    return WriteFailed(f"{what} could not be written: {gist(said)}", hint=_HINTS.get(slug), slug=slug)


def gist(said: str) -> str:
    """The line of a program's complaints that names the cause."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (causes or lines or ["no reason given"])[-1]
