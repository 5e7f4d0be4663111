"""Where the programs are that memctl starts: git, a provider's command, an editor.

A program is looked for only in absolute entries of PATH that lie outside the working tree: a `bin/git` that
came with a repository is never run, however PATH leads to it.
"""

import os
from collections.abc import Iterator

from memctl import places

_SYSTEM = frozenset(os.path.realpath(folder) for folder in os.defpath.split(os.pathsep) if folder)
"""The system's own folders; they stay in sight when somebody works in `/usr`, say."""


def find(name: str) -> str | None:
    """The absolute path of the program `name`, a plain name; None when it is not installed."""
    if not name or os.sep in name:
        return None
    tree = _tree()
    for folder in _absolute():
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK) and _is_outside(folder, tree):
            return path
    return None


def path() -> str:
    """PATH for what memctl starts: the entries in which `find` looks."""
    tree = _tree()
    return os.pathsep.join(folder for folder in _absolute() if _is_outside(folder, tree))


def _absolute() -> Iterator[str]:
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if os.path.isabs(folder):
            yield folder


def _tree() -> str:
    """The working tree of the command; outside git its directory, unless it holds the home; "" for none."""
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:
        return ""  # a folder that is gone holds no program
    return places.working_tree(here) or ("" if places.holds_home(here) else here)


def _is_outside(folder: str, tree: str) -> bool:
    real = os.path.realpath(folder)
    return not tree or real in _SYSTEM or not places.within(real, tree)
