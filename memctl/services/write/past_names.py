"""Which file of the history a name means, of memories that are there and of forgotten ones."""

import os
from collections.abc import Iterable

from memctl.domain.memory import stem
from memctl.domain.skill_file import is_skill
from memctl.errors import Ambiguous, NotFound
from memctl.store.history import records as history


def bygone_file(directory: str, name: str, *, forgotten: bool = False) -> str:
    """The file of the history that `name` means: exactly, else without regard to folder or case, else the one
    that begins with it, of those that are `forgotten`, or of all. Raises NotFound, Ambiguous."""
    known = history.every_file(directory)
    for wanted in (name, name + ".md"):
        if wanted in known:
            return wanted
    folded = name.casefold().removesuffix(".md")
    near = sorted(f for f in known if folded in (stem(f).casefold(), _last(stem(f))))
    near = near or _beginning(directory, known, folded, forgotten=forgotten)
    if len(near) > 1:
        raise Ambiguous(f"{name} could be {', '.join(near)}")
    if not near:
        raise NotFound(f"the history has no memory {name}", hint="memctl log shows what was changed")
    return near[0]


def _beginning(directory: str, known: Iterable[str], start: str, *, forgotten: bool) -> list[str]:
    """The memories among `known` whose name, or the last part of it, begins with `start`."""
    memories = (f for f in known if start and not is_skill(f))
    begun = (f for f in memories if f.casefold().startswith(start) or _last(f).startswith(start))
    return sorted(f for f in begun if not (forgotten and os.path.lexists(os.path.join(directory, f))))


def _last(name: str) -> str:
    return name.casefold().rpartition("/")[2]
