"""A rule and its exception, each with a link to the other, so that who reads one comes upon the other."""

from collections.abc import Iterable, Mapping, Sequence

from memctl.domain import relation
from memctl.domain.change import Write
from memctl.domain.memory import Memory
from memctl.errors import NotFound, UsageError
from memctl.format import topic
from memctl.format.scalars import Value
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


def replacing(metadata: Mapping[str, object], old: Iterable[Memory]) -> Value:
    """What `supersedes` says when a memory with this header `metadata` replaces those of `old` too."""
    known = metadata.get("supersedes") or []
    before = known if isinstance(known, list) else [known]
    names = list(dict.fromkeys([*map(str, before), *(memory.stem for memory in old)]))
    return names[0] if len(names) == 1 else names


def check_order(store: MemoryStore, replaced: Mapping[str, str]) -> None:
    """Raises UsageError where a memory would come to replace itself, also step by step: all on the way would
    be superseded, and nothing would hold. `replaced` names what each is to be replaced by, besides what the
    headers say."""
    for old, later in replaced.items():
        passed, at = {""}, later
        while at not in passed:
            passed.add(at)
            at = replaced.get(at) or _successor(store, at)
            if at == old:
                message = f"{later} cannot replace {old}, which replaced it: neither would hold"
                raise UsageError(message, hint=f"restore what was there before: memctl log {later}")


def _successor(store: MemoryStore, name: str) -> str:
    """What replaced the memory `name`, by its header; "" when nothing did, or it is gone."""
    try:
        return relation.superseded_by(store.find(name).metadata)
    except NotFound:
        return ""


def links(body: str, name: str) -> bool:
    """Whether `body` has a link to the memory `name`."""
    return f"[[{name}]]" in body


def _with(body: str, line: str, name: str) -> str:
    if links(body, name):
        return body
    eol = "\r\n" if "\r\n" in body else "\n"
    return body.rstrip("\r\n") + 2 * eol + line + eol
