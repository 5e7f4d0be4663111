"""The user's editor on a private copy; nothing typed is lost when what follows refuses it."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

from memctl import programs
from memctl.errors import MemctlError, UsageError


class Kept:
    """The file that the editor wrote."""

    def __init__(self, path: str) -> None:
        self.path = path

    def keep(self) -> str:
        """Leave the file where it is and return its path."""
        return self.path

    def text(self) -> bytes:
        """What stands there; b"" where it is gone."""
        return _read(self.path)

    def remove(self) -> None:
        """The text has arrived elsewhere: the copy goes."""
        shutil.rmtree(os.path.dirname(self.path), ignore_errors=True)  # with an editor's backup of it


def edit_bytes(content: bytes, name: str) -> tuple[bytes, Kept]:
    """Let the user edit `content` under a file called `name`; returns the new bytes and the kept copy.

    Raises UsageError when there is no editor, MemctlError when it fails or is interrupted, or when the text
    was emptied, which calls it off as it does for git. A copy that was changed stays then, and is named.
    """
    command = _editor()
    path = _private_copy(content, name)
    edited = _run(command, path, content)
    if content.strip() and not edited.strip():
        Kept(path).remove()
        raise MemctlError("the text was emptied; nothing was changed")
    return edited, Kept(path)


def reopened(kept: Kept) -> bytes:
    """Let the user go on with the file that the editor wrote. Raises as `edit_bytes`; the file stays."""
    return _run(_editor(), kept.path, b"")


def _run(command: list[str], path: str, content: bytes) -> bytes:
    """What the editor makes of the file at `path`, which was made with `content`. Raises MemctlError."""
    try:
        code = _wait_for([*command, path])
    except OSError as error:
        Kept(path).remove()
        raise MemctlError(f"{command[0]}: {error.strerror}", hint="set VISUAL or EDITOR") from None
    edited = _read(path)
    if code != 0:
        how = "was interrupted" if code == -signal.SIGINT else f"exited with {code}"
        raise MemctlError(f"{command[0]} {how}; nothing was changed", hint=_left(path, edited, content))
    return edited


def put_aside(content: bytes, name: str) -> str:
    """Keep `content` in a private temporary file called `name`; returns its path."""
    return _private_copy(content, name)


def _private_copy(content: bytes, name: str) -> str:
    path = os.path.join(tempfile.mkdtemp(prefix="memctl-edit-"), name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        handle.write(content)
    return path


def _wait_for(command: list[str]) -> int:
    """Run the editor; Ctrl-C is the editor's own affair until it ends (a handler is not inherited)."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.call(command)
    finally:
        signal.signal(signal.SIGINT, before)


def _read(path: str) -> bytes:
    """What the editor left; a file that it removed is a text that was emptied. Raises MemctlError for what is
    no file any more: a device has no end, and a FIFO waits."""
    try:
        if not os.path.isfile(path) and os.path.exists(path):
            raise MemctlError(f"the editor left no file at {path}; nothing was changed")
        with open(path, "rb") as handle:
            return handle.read()
    except FileNotFoundError:
        return b""


def _left(path: str, edited: bytes, content: bytes) -> str | None:
    """Where the changed text is; without changes nothing is left behind."""
    if edited.strip() and edited != content:
        return f"your text is in {path}"
    Kept(path).remove()
    return None


_USUAL = ("vi", "nano")
"""What is opened on a terminal where no editor is set: git's choice first."""


def _editor() -> list[str]:
    for variable in ("VISUAL", "EDITOR"):
        value = os.environ.get(variable, "").strip()
        if value:
            return _found(_words(value, variable), variable)
    if sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        found = next(filter(None, map(programs.find, _USUAL)), None)
        if found:
            return [found]
    raise UsageError("no editor is set", hint="set VISUAL or EDITOR, or give the text as an argument")


def _words(value: str, variable: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError as error:
        raise UsageError(
            f"{variable}: {value}: {str(error).lower()}", hint=f"set {variable} to a command"
        ) from None


def _found(command: list[str], variable: str) -> list[str]:
    """`command` with its program's absolute path: a relative one could be a file of any project."""
    word = os.path.expanduser(command[0])
    path = word if os.path.isabs(word) else programs.find(word)
    if path is None:
        raise MemctlError(
            f"{word}: no such program on PATH, outside this project",
            hint=f"set {variable} to a name on PATH or an absolute path",
        )
    return [path, *command[1:]]
