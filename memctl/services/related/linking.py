"""A rule and its exception, each with a link to the other, so that who reads one comes upon the other."""

from memctl.domain.change import Write
from memctl.domain.memory import Memory
from memctl.format import topic


def linked(body: str, general: Memory | None) -> str:
    """`body` with a link to the memory beside which it stands, where there is one."""
    return body if general is None else _with(body, f"An exception to [[{general.stem}]].", general.stem)


def told(general: Memory, name: str) -> Write:
    """What writes a link to its exception `name` into `general`. Raises Damaged where its file was cut."""
    topic.check_whole(general)
    return Write.over(
        general, topic.rewrite(general, body=_with(general.body, f"Exception: [[{name}]].", name))
    )


def answers(name: str, old: Memory | None, general: Memory | None) -> tuple[Write, ...]:
    """What else is written when the memory `name` replaces `old`, or is an exception to `general`: each is
    told."""
    found = []
    if old is not None:
        found.append(Write.over(old, topic.rewrite(old, metadata={"supersededBy": name})))
    if general is not None:
        found.append(told(general, name))
    return tuple(found)


def links(body: str, name: str) -> bool:
    """Whether `body` has a link to the memory `name`."""
    return f"[[{name}]]" in body


def _with(body: str, line: str, name: str) -> str:
    if links(body, name):
        return body
    eol = "\r\n" if "\r\n" in body else "\n"
    return body.rstrip("\r\n") + 2 * eol + line + eol
