"""A rule and its exception, each with a link to the other, so that who reads one comes upon the other."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from memctl.domain import relation
from memctl.domain.change import Write
from memctl.domain.memory import Memory
from memctl.errors import NotFound, UsageError
from memctl.format import topic
from memctl.store.memory.memories import MemoryStore


def linked(body: str, general: Iterable[Memory]) -> str:
    """`body` with a link to each memory beside which it stands."""
    for memory in general:
        body = _with(body, f"An exception to [[{memory.stem}]].", memory.stem)
    return body


def told(general: Memory, name: str) -> Write:
    """What writes a link to its exception `name` into `general`. Raises Damaged where its file was cut."""
    topic.check_whole(general)
    return Write.over(
        general, topic.rewrite(general, body=_with(general.body, f"Exception: [[{name}]].", name))
    )


def answers(name: str, old: Sequence[Memory], general: Sequence[Memory]) -> tuple[Write, ...]:
    """What else is written when the memory `name` replaces those of `old`, and is an exception to those of
    `general`: each is told."""
    replaced = (Write.over(one, topic.rewrite(one, metadata={"supersededBy": name})) for one in old)
    return (*replaced, *(told(one, name) for one in general))


def check_order(store: MemoryStore, later: Memory, old: Iterable[Memory]) -> None:
    """Raises UsageError where one of `old`, which `later` is to replace, replaced `later` itself, also step
    by step: both would be superseded, and nothing would hold."""
    names, passed, at = {memory.stem for memory in old}, {later.stem}, later
    with suppress(NotFound):  # what replaced it is gone
        while (successor := relation.superseded_by(at.metadata)) and successor not in passed:
            if successor in names:
                message = f"{later.stem} cannot replace {successor}, which replaced it: neither would hold"
                raise UsageError(message, hint=f"restore what was there before: memctl log {later.stem}")
            passed.add(successor)
            at = store.find(successor)


def links(body: str, name: str) -> bool:
    """Whether `body` has a link to the memory `name`."""
    return f"[[{name}]]" in body


def _with(body: str, line: str, name: str) -> str:
    if links(body, name):
        return body
    eol = "\r\n" if "\r\n" in body else "\n"
    return body.rstrip("\r\n") + 2 * eol + line + eol
