"""What was done last that changed no memory, and that `undo` therefore leaves as it is."""

import os
from contextlib import suppress

from memctl import places
from memctl.store.disk import files
from memctl.store.history.commits import git_dir
from memctl.store.history.frame import read_tip


def note(directory: str, verb: str, now: float) -> None:
    """Remember that `verb` ("": none) did something beside the memories of `directory` at `now`. It is only
    told of, so that where it cannot be kept nothing fails."""
    if not verb:
        return
    path = _path(directory)
    with suppress(OSError):
        places.make_private(os.path.dirname(path))
        files.write_private(path, f"{int(now)} {read_tip(git_dir(directory)) or '-'} {verb}\n".encode())


def since(directory: str, moment: float) -> str:
    """The verb that was noted last, if it was after the change of `moment` (seconds since the epoch); else
    "". Within one second the last commit tells, as long as it is still the last."""
    try:
        at, tip, verb = files.read_regular(_path(directory), 200)[0].decode().strip().split(" ", 2)
        is_after = int(at) > moment or (int(at) == int(moment) and tip == read_tip(git_dir(directory)))
    except (OSError, ValueError):
        return ""
    return verb if is_after else ""


def forget(directory: str) -> None:
    """Note nothing any more: who went back past it knows."""
    with suppress(OSError):
        files.discard(_path(directory))


def _path(directory: str) -> str:
    return os.path.join(places.started_markers(directory), "deed")
