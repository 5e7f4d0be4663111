"""A `--dir` in which there never was a memory: a slip would else be a memory that nobody looks into again."""

import os

from memctl import places
from memctl.errors import NotFound


def refuse(flag: str | None, directory: str) -> None:
    """Raise NotFound where the `directory` that `--dir` names (as `flag` has it; None: it was not given) is
    not there. One that was removed has its history, which brings it back."""
    if flag is None or os.path.lexists(directory) or os.path.isdir(places.store_state(directory)):
        return
    raise NotFound(f"--dir {flag}: no such directory", hint="`memctl init` makes it")
