"""Under which names a memory went, commit by commit: its own, and those it was renamed from.

Everything that ever had a name counts, also a memory that was forgotten before another one got that name:
the versions of both answer to it.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from memctl.domain.memory import is_index
from memctl.format import topic
from memctl.store.history import graph
from memctl.store.history.graph import Step

LIKE = 90.0
"""Likeness of two texts, of 100, from which a file that went and one that came are one memory renamed: a
rename changes the name in the header and links, never more."""

Names = dict[str, frozenset[str]]
"""Commit -> the files that are the memory there."""


def names_at(repository: str, steps: Sequence[Step], wanted: Iterable[str]) -> Names:
    """The names of the memories that are called `wanted` at the ends of the history, for each commit."""
    parents = {parent for step in steps for parent in step.parents}
    found = {step.commit: set(wanted) for step in steps if step.commit not in parents}
    text = _reader(repository)
    for step in reversed(steps):
        here = found[step.commit]
        older = here | {old for old, new in _renames(step, text) if new in here}
        for parent in step.parents:
            found.setdefault(parent, set()).update(older)
    return {commit: frozenset(names) for commit, names in found.items()}


def later_name(repository: str, steps: Sequence[Step], file: str) -> str:
    """What the memory that was `file` last is called now, when it left that name by a rename; else ""."""
    text = _reader(repository)
    for step in steps:
        file = next((new for old, new in _renames(step, text) if old == file), file)
    return file


def turn(repository: str, commits: Sequence[str], file: str) -> tuple[str, str]:
    """The first of `commits` in which `file` came by a rename, and what it was called before, or in which it
    left by one, and ""; "" twice where none is. Raises Damaged."""
    text = _reader(repository)
    for step in graph.some(repository, commits):
        for old, new in _renames(step, text):
            if file in (old, new):
                return step.commit, old if new == file else ""
    return "", ""


def _reader(repository: str) -> Callable[[str], str]:
    @cache
    def text(blob: str) -> str:
        """Description and body of the memory in the git object `blob`. Raises Damaged."""
        ((_, raw),) = graph.contents(repository, [blob])
        memory = topic.decode(raw, "")
        return f"{memory.description}\n{memory.body}"

    return text


def _renames(step: Step, text: Callable[[str], str]) -> list[tuple[str, str]]:
    """(old, new) for each file that went in this commit and came back under another name."""
    went = [(file, before) for file, before, after in step.changes if not after and not is_index(file)]
    came = [(file, after) for file, before, after in step.changes if not before and not is_index(file)]
    if len(went) == len(came) == 1 and step.says(b"Verb") == b"mv":
        return [(went[0][0], came[0][0])]
    return [(old, new) for old, a in went for new, b in came if a == b or _alike(text(a), text(b))]


def _alike(one: str, other: str) -> bool:
    from rapidfuzz.fuzz import ratio

    return ratio(one, other) >= LIKE
