"""The guard: what refuses secrets, escapes and malformed memories before anything is written.

Findings of severity "error" refuse a write; a "warning" is shown and never refuses. No finding holds any
byte of a secret's value.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from memctl.domain.finding import Finding
from memctl.domain.memory import Memory
from memctl.errors import Refused
from memctl.services.guard import invisible, names, secrets, wording
from memctl.services.guard.secrets import redact, rule_ids

__all__ = [
    "check_header",
    "check_name",
    "check_size",
    "check_text",
    "check_topic",
    "is_unfit",
    "redact",
    "refuse_if_errors",
    "rule_ids",
]

WARN_BYTES = 8_000
"""A memory is one fact: a longer one is better cut, and a session is given 4,096 bytes of it."""
REFUSE_BYTES = 100_000
"""No fact is that long; a file pasted by mistake is."""

TOUCH = 1_000
"""Bytes that a key of the header or a longer link may add to a memory that is too long already."""

LOOK_MAX = 1_000_000
"""Characters that are looked through, about a second's work; a longer text is refused for its size."""

_ONE_LINE = ("description", "name")
"""Texts in which a newline would smuggle a second field or pointer."""


def check_text(
    text: str,
    *,
    allow_secret: Iterable[str] = frozenset(),
    where: str = "body",
    file: str | None = None,
    before: str = "",
) -> list[Finding]:
    """What is wrong with `text`, which is the body, description, name or whole file of a memory.

    `allow_secret` names rules (`github-pat`) whose secrets the person explicitly lets pass. What stood in
    `before`, the text that this one replaces, is the doctor's to report. Lines count from 1 within `text`.
    """
    if text == before:
        return []
    if len(text) > LOOK_MAX:  # nothing that long is written, so it is refused before it is read
        return check_size(len(text), file=file)
    if where not in _ONE_LINE:
        text = text.removeprefix("\ufeff")  # a byte order mark hides nothing at the start of a file
    one_line = where in _ONE_LINE
    return [
        *secrets.check(text, frozenset(allow_secret), where, file, before),
        *invisible.check(text, where, file, before, one_line=one_line),
        *wording.check(text, where, file),
    ]


def check_size(n_bytes: int, *, file: str | None = None) -> list[Finding]:
    """Whether a topic file of `n_bytes` is too long: a warning from 8 KB, an error from 100 KB."""
    if n_bytes <= WARN_BYTES:
        return []
    over = n_bytes > REFUSE_BYTES
    limit = REFUSE_BYTES if over else WARN_BYTES
    message = f"the memory has {n_bytes:,} bytes, more than {limit:,}"
    repair = "keep one fact in one memory and link the rest with [[name]]"
    return [
        Finding(
            "size.refused" if over else "size.long",
            "error" if over else "warning",
            message,
            file,
            None,
            repair,
        )
    ]


def check_name(
    name: str, existing_files: Iterable[str] = (), *, allow_secret: Iterable[str] = frozenset()
) -> list[Finding]:
    """What is wrong with `name` for a new memory beside `existing_files`: its shape, and a secret in it.

    A name goes into the index, the log and the history, so it is looked through as a text is.
    """
    found = secrets.check(name, frozenset(allow_secret), "name", None)
    return [*found, *names.check_name(name, existing_files)]


def check_topic(
    memory: Memory, before: Memory | None = None, *, allow_secret: Iterable[str] = frozenset()
) -> list[Finding]:
    """What is wrong with a topic file that is to be written, `before` being the one it replaces.

    The description, the body, the size and every value of the header are looked at, as decoded: YAML escapes
    hide nothing. The file's name is `check_name`'s, since an older file keeps the name it has.
    """
    allowed = frozenset(allow_secret)
    old = (before.description, before.body) if before else ("", "")
    found = check_text(memory.description, allow_secret=allowed, where="description", before=old[0])
    found += check_text(memory.body, allow_secret=allowed, where="body", before=old[1])
    found += check_header(memory, before, allow_secret=allowed)
    if before and len(memory.raw) <= len(before.raw) + TOUCH:
        return found
    return found + check_size(len(memory.raw))


def check_header(
    memory: Memory, before: Memory | None = None, *, allow_secret: Iterable[str] = frozenset()
) -> list[Finding]:
    """The errors in what a header says beside the description: its text, and each key and value decoded."""
    allowed = frozenset(allow_secret)
    found: dict[str, Finding] = {}
    for where, said in _PARTS.items():
        old = said(before) if before else ""
        for finding in check_text(said(memory), allow_secret=allowed, where=where, before=old):
            if finding.severity == "error":
                found.setdefault(finding.id, finding)
    return list(found.values())


def _header(memory: Memory) -> str:
    """A topic file's text up to its body, comments and all."""
    text = memory.raw.decode("utf-8", "replace")
    return text.removesuffix(memory.body) if memory.body else text


def _values(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            for said in _values(inner):
                yield said
                yield f"{key}: {said}"
    elif isinstance(value, list):
        for item in value:
            yield from _values(item)
    elif value is not None:
        yield str(value)


_PARTS: Mapping[str, Callable[[Memory], str]] = {
    "name": lambda memory: memory.name,
    "header": lambda memory: _header(memory).replace("\r\n", "\n"),
    "header as decoded": lambda memory: "\n".join(_values(memory.header)),
}
"""What a header says, by what a finding calls the place."""


def is_unfit(text: str) -> bool:
    """Whether a model's `text` may not be kept unasked: it would be refused, or its wording steers who reads
    it, of which a person who saves it is only warned."""
    return any(f.severity == "error" or f.id.startswith("wording") for f in check_text(text))


def refuse_if_errors(findings: Iterable[Finding]) -> None:
    """Raise `Refused` for the first error of the gravest kind: secret, then smuggled, name, size.

    Other errors are counted in the message, each kind once (a description made from the body holds the same
    secret, and a rule is let pass as a whole); warnings do not refuse.
    """
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        return
    order = ("secret", "smuggled", "name", "size")
    kinds = [finding.id.partition(".")[0] for finding in errors]
    slug = min(kinds, key=lambda kind: order.index(kind) if kind in order else len(order))
    first = errors[kinds.index(slug)]
    place = f"{first.file}: " if first.file else ""
    others = len({(finding.id, finding.file) for finding in errors}) - 1
    more = f" (and {others} more)" if others else ""
    refused = Refused(f"{place}{first.message}{more}; nothing was written", hint=first.repair, slug=slug)
    refused.rule = first.id.partition(".")[2]
    raise refused
