"""What git makes of a settings file in a project: it names this computer's Python, and others get commits."""

import os

from memctl.errors import MemctlError
from memctl.hooks import git_hooks

_QUIET = ("-c", "core.fsmonitor=false")
"""No program of the repository's choice is started for the question."""


def state(path: str) -> str:
    """tracked, ignored or untracked; "" outside of any repository, and without git."""
    folder, file = _beside(path)
    try:
        if not git_hooks.ask(folder, "rev-parse", "--git-dir"):
            return ""
        if git_hooks.ask(folder, *_QUIET, "ls-files", "--", file):
            return "tracked"
        return "ignored" if git_hooks.ask(folder, *_QUIET, "check-ignore", "--", file) else "untracked"
    except (MemctlError, OSError):
        return ""


def sentence(path: str) -> str:
    """What somebody who commits should know of the file; "" outside of any repository."""
    found = state(path)
    if not found:
        return ""
    folder, file = _beside(path)
    named = os.path.normpath(os.path.join(git_hooks.ask(folder, "rev-parse", "--show-prefix"), file))
    if found == "ignored":
        return f"git ignores {named}: no commit will hold it"
    if found == "tracked":
        return f"git tracks {named}: keep memctl's lines out of commits, they name this computer's Python"
    return (
        f"git lists {named} as untracked: keep it out of commits, it names this computer's Python; "
        f"a line /{named} in .git/info/exclude has git ignore it"
    )


def _beside(path: str) -> tuple[str, str]:
    """The nearest folder of `path` that exists, and `path` from there."""
    folder = os.path.dirname(path)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder, os.path.relpath(path, folder)
