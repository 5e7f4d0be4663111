"""A `--dir` in which there never was a memory: a slip would else be a memory that nobody looks into again."""

import os

from memctl import places
from memctl.errors import NotFound, UsageError


def refuse(flag: str | None, directory: str) -> None:
    """Raise NotFound where the `directory` that `--dir` names (as `flag` has it; None: it was not given) is
    not there. One that was removed has its history, which brings it back. Raises UsageError where a file is
    there instead, whatever named it."""
    if os.path.exists(directory) and not os.path.isdir(directory):
        what = "no memory directory" if flag is None else f"--dir {flag}"
        named = f"{what}: {directory} is a file" if flag is None else f"{what}: not a directory, but a file"
        raise UsageError(named, hint="name the folder that holds the memories")
    if flag is None or os.path.lexists(directory) or os.path.isdir(places.store_state(directory)):
        return
    raise NotFound(f"--dir {flag}: no such directory", hint="`memctl init` makes it")
