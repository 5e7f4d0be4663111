"""What a hook has done by a process of its own, because nobody should wait for it.

On the hot path: imports nothing but time and hot modules.
"""

import time

from memctl.hooks import detached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from memctl.hooks.call import Call

PAUSE = 60
"""Seconds in which the same is started once."""


def settle(call: "Call") -> None:
    """Have memories that belong in another folder brought there."""
    call.details["places"] = "to-be-moved"
    if detached.due(call.memory, "settle", PAUSE, time.time()):
        detached.start(detached.command("path", "--quiet", "-C", call.cwd), call.cwd)


def warm(call: "Call") -> None:
    """Have the cache of the search made."""
    if detached.due(call.memory, "warm", PAUSE, time.time()):
        query = ("recall", "--selector", "lexical", "--quiet", "--dir", call.memory, "warm")
        detached.start(detached.command(*query), call.cwd)
