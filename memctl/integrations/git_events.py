"""What a git hook starts: checks and proposals in the background, so that no commit waits or fails.

On the hot path: imports nothing but os, sys and hot modules.
"""

import os

from memctl.integrations import detached
from memctl.store import project

EVENTS = ("post-commit", "post-merge")

_RANGES = {
    "post-commit": ("HEAD~1", "HEAD^!"),  # the commit alone, also when it has no parent or several
    "post-merge": ("ORIG_HEAD", "ORIG_HEAD..HEAD"),
}


def handle(event: str) -> str:
    """Start what `event` asks for; returns one word for the log.

    Works with GIT_DIR and GIT_INDEX_FILE set, as git sets them for hooks: they are not passed on, since
    the work looks for the repository from its own directory.
    """
    if event not in _RANGES:
        return "unknown-event"
    cwd = os.getcwd()
    directory = project.resolve(cwd).directory
    if not os.path.isdir(directory):
        return "no-memory"
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    since, commits = _RANGES[event]
    verify = detached.command("verify", "--quiet", "-C", cwd, "--changed-since", since)
    learn = detached.command("extract", "--quiet", "-C", cwd, "--git", commits)
    detached.start(verify, cwd)
    detached.start(learn, cwd)
    return "started"
