"""The user's editor on a private copy; nothing typed is lost when what follows refuses it."""

import os
import shlex
import subprocess
import tempfile

from memctl.errors import MemctlError, UsageError


class Kept:
    """The file that the editor wrote."""

    def __init__(self, path: str) -> None:
        self.path = path

    def keep(self) -> str:
        """Leave the file where it is and return its path."""
        return self.path

    def remove(self) -> None:
        """The text has arrived elsewhere: the copy goes."""
        try:
            os.unlink(self.path)
            os.rmdir(os.path.dirname(self.path))
        except OSError:
            pass


def edit_bytes(content: bytes, name: str) -> tuple[bytes, Kept]:
    """Let the user edit `content` under a file called `name`; returns the new bytes and the kept copy.

    Raises UsageError when no editor is set, MemctlError when it fails (the file is unchanged then).
    """
    command = _editor()
    folder = tempfile.mkdtemp(prefix="memctl-edit-")
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        handle.write(content)
    try:
        code = subprocess.call([*command, path])
    except OSError as error:
        Kept(path).remove()
        raise MemctlError(f"{command[0]}: {error.strerror}", hint="set VISUAL or EDITOR") from None
    if code != 0:
        raise MemctlError(
            f"{command[0]} exited with {code}; nothing was changed", hint=f"the text is in {path}"
        )
    with open(path, "rb") as handle:
        return handle.read(), Kept(path)


def edit_text(template: str, name: str) -> str:
    """As `edit_bytes`, for a new text."""
    edited, kept = edit_bytes(template.encode(), name)
    kept.remove()
    return edited.decode("utf-8", "replace")


def _editor() -> list[str]:
    for variable in ("VISUAL", "EDITOR"):
        value = os.environ.get(variable, "").strip()
        if value:
            return shlex.split(value)
    raise UsageError("no editor is set", hint="set VISUAL or EDITOR, or give the text as an argument")
