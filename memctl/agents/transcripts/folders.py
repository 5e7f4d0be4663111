"""Where agents keep their sessions, and which of those belong to a project."""

import os
import re

from memctl import places

_INSIDE = re.compile(r"[^a-zA-Z0-9]+")


def folder_key(path: str) -> str:
    """A path as agents spell it in folder names: every run of other characters is one dash."""
    return _INSIDE.sub("-", path).strip("-").lower()


def within(path: object, root: str) -> bool:
    """Whether the directory `path` is `root` or lies below it."""
    if not isinstance(path, str) or not path:
        return False
    real, base = os.path.realpath(path), os.path.realpath(root)
    return real == base or real.startswith(base.rstrip(os.sep) + os.sep)


def below(path: str, root: str) -> list[str]:
    """The names on the way from `root` to the file `path`, links followed; none when it lies elsewhere."""
    real, start = os.path.realpath(path), os.path.realpath(root)
    return os.path.relpath(real, start).split(os.sep) if within(real, start) else []


def base(home: str, variable: str, *below: str) -> str:
    """An agent's own folder: where `variable` says, for the user's own `home`, else `below` that."""
    own = places.named(variable) if home == os.path.expanduser("~") else None
    return own or os.path.join(home, *below)


def names(folder: str) -> list[str]:
    """What `folder` holds, in order; nothing when it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def stem(path: str) -> str:
    """The file's name without its ending."""
    return os.path.splitext(os.path.basename(path))[0]
