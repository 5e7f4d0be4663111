"""What a git hook starts: offers and proposals in the background, so that no commit waits or fails.

On the hot path: imports nothing but os, sys and hot modules.
"""

import os

from memctl.hooks import detached
from memctl.store.state.registry import open_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from memctl.store.state.resolve import Place

EVENTS = ("post-commit", "post-merge")

_BEFORE = {"post-commit": "HEAD~1", "post-merge": "ORIG_HEAD"}


def handle(event: str, commits: list[str], given: "str | None" = None) -> str:
    """Start what `event` asks for; returns one word for the log.

    `commits` are the new tip and the one before it (missing for a first commit), as the hook looked them up:
    in a worktree, HEAD is another commit than in the repository's main folder. `given` is `--dir`, absolute.
    Works with GIT_DIR and GIT_INDEX_FILE set, as git sets them for hooks: they are not passed on, since the
    work looks for the repository from its own directory.
    """
    if event not in EVENTS:
        return "unknown-event"
    cwd = os.getcwd()
    place = open_place(cwd, given)
    if not os.path.isdir(place.directory):
        return "no-memory"
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    detached.aside(lambda: _offer_stale(place, cwd))
    known = [word for word in commits if len(word) >= 40 and all(c in "0123456789abcdef" for c in word)]
    tip = known[0] if known else "HEAD"
    before = known[1] if len(known) > 1 else "" if known else _BEFORE[event]
    where = ("-C", cwd, "--dir", given) if given else ("-C", cwd)
    span = f"{before}..{tip}" if before else tip
    detached.start(detached.command("extract", "--from-hook", "--quiet", *where, "--git", span), cwd)
    return "started"


def _offer_stale(place: "Place", root: str) -> None:
    """Put what the tree at `root` made stale among the proposals, so that the next review shows it."""
    import time

    from memctl.services.inbox.stale import offer
    from memctl.store.memory.memories import MemoryStore

    os.chdir(root)
    offer(place, MemoryStore(place.directory).memories()[0], root, time.time())
