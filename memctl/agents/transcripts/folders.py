"""Where agents keep their sessions, and which of those belong to a project."""

import os
import re
from collections.abc import Callable

from memctl import places
from memctl.store.state import registry
from memctl.store.state.resolve import common_dir, named_git_dir, project_root, read_some

_INSIDE = re.compile(r"[^a-zA-Z0-9]+")


def folder_key(path: str) -> str:
    """A path as agents spell it in folder names: every run of other characters is one dash."""
    return _INSIDE.sub("-", path).strip("-").lower()


def within(path: object, root: str) -> bool:
    """Whether `path`, as a record has it, is the directory `root` or lies below it, links followed."""
    if not isinstance(path, str) or not path:
        return False
    real, base = os.path.realpath(path), os.path.realpath(root)
    return real == base or real.startswith(base.rstrip(os.sep) + os.sep)


def owned_by(root: str) -> Callable[[object], bool]:
    """A function that says of the directory in which a session was started whether it belongs to the project
    `root`: by the rule by which it finds its memory, so that a folder above several projects has the sessions
    of none of them. Each directory is looked up once.

    A directory that is gone belongs where its path leads, the known projects that are gone with it included.
    """
    wanted = os.path.realpath(root)
    gone = {os.path.realpath(r) for record in registry.every() for r in record.roots if not os.path.isdir(r)}
    known: dict[str, bool] = {}

    def is_owned(path: object) -> bool:
        """Whether `path`, as a record has it, belongs there; only an absolute path does. Never raises."""
        if not isinstance(path, str) or not os.path.isabs(path) or "\0" in path:
            return False
        if path not in known:
            known[path] = _root_of(os.path.realpath(path), gone) == wanted
        return known[path]

    return is_owned


def _root_of(path: str, gone: set[str]) -> str:
    found, at = os.path.realpath(project_root(path)), path
    while at not in gone and not os.path.isdir(at) and at != os.path.dirname(at):
        at = os.path.dirname(at)
    return at if at in gone else found


def trees(root: str) -> list[str]:
    """The working trees of the repository at `root`: itself, and those linked to it that point back."""
    records = os.path.join(root, ".git", "worktrees")
    if not os.path.isdir(records):
        records = os.path.join(root, "worktrees")
    found = [os.path.realpath(root)]
    for name in names(records):
        line = read_some(os.path.join(records, name, "gitdir"), 8192).split(b"\n", 1)[0].strip()
        tree = os.path.dirname(os.path.join(records, name, line.decode("utf-8", "surrogateescape")))
        if b"\0" not in line and line and common_dir(tree, named_git_dir(tree)):
            found.append(os.path.realpath(tree))
    return found


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
