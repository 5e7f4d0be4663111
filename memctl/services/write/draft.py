"""`save`: from what a person or an agent gives to the one `Change` that writes it.

Nothing is written here: `draft` decides and explains, `store.write.apply` writes.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from memctl.agents.actor import actor
from memctl.domain import times
from memctl.domain.change import Change, Write
from memctl.domain.finding import Finding
from memctl.domain.memory import TYPES, Memory, stem
from memctl.errors import Conflict, NotFound, Refused, UsageError
from memctl.format import header, topic
from memctl.services import guard
from memctl.store.memory.memories import MemoryStore
from memctl.text import dates, naming, similar

DEFAULT_TYPE = "project"
"""The type of a memory saved without one: a fact about this project."""


@dataclass(frozen=True)
class Request:
    """What the command line gave; None means not given."""

    text: str | None
    name: str | None = None
    description: str | None = None
    type: str | None = None
    expires: str | None = None
    supersedes: str | None = None
    pin: bool = False
    if_match: str | None = None
    update: bool = False
    force: bool = False
    allow_secret: frozenset[str] = frozenset()
    now: float = 0.0
    by: str = ""  # the program that saves for a model, e.g. "mcp"; "" asks the environment


_TAKEN = frozenset(
    ["name", "description", "type", "metadata", "modified", "created", "originSessionId", "node_type"]
)
"""Keys of a piped-in topic file that are taken, or that memctl writes anew without a word."""


@dataclass(frozen=True)
class Draft:
    """What would be written: `action` is created, updated or unchanged; `change` is None for the last."""

    action: str
    memory: Memory
    change: Change | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Fields:
    """The parts of the memory, after defaults."""

    name: str
    description: str
    body: str


def draft(store: MemoryStore, request: Request) -> Draft:
    """Decide what saving `request` means for `store`.

    Raises UsageError (nothing to save, unknown type or date), Refused (guard, duplicate, existing name
    without --update), Conflict (--if-match differs), NotFound (--supersedes names nothing).
    """
    request, dropped = _take_header(request)
    if request.supersedes is not None:
        request = replace(request, supersedes=store.find(request.supersedes).stem)
    memories, _ = store.memories()
    existing = _existing(memories, request)
    if existing is not None and existing.cut:
        existing = store.read(existing.file)
    if request.type is not None and request.type not in TYPES:
        raise UsageError(f"no such type: {request.type}", hint="one of " + ", ".join(TYPES))
    fields = _fields(request, existing, memories)
    others = [m for m in memories if existing is None or m.file != existing.file]
    findings = _guarded(fields, request, existing, others)
    if existing is None and not request.force:
        _refuse_duplicate(fields, others, request)
    metadata = _metadata(request, existing)
    content = _content(fields, existing, metadata, request)
    warnings = dropped + [f.message for f in findings] + _advice(fields, others, request.now)
    warnings += _past(metadata.get("expires"), request.now)
    if existing is None and request.update:
        warnings.append(f"there was no {fields.name} to update, so it was created")
    file = existing.file if existing else fields.name + ".md"
    memory = topic.decode(content, file, request.now)
    if existing is not None and _same(existing, memory, request):
        return Draft("unchanged", existing, None, tuple(warnings))
    operations = [Write(file, content, existing.fingerprint if existing else None)]
    operations += _superseded(store, request, stem(file))
    action = "updated" if existing else "created"
    change = Change("save", tuple(operations), why=f"{action} {stem(file)}", actor=request.by or actor())
    return Draft(action, memory, change, tuple(warnings))


def _take_header(request: Request) -> tuple[Request, list[str]]:
    """A text that is a whole topic file gives name, description and type where no option did.

    The second value warns of the keys that are not taken: who may pin a memory or say where it comes from
    is decided by options, not by a text.
    """
    if request.text is None or not request.text.startswith(("---\n", "---\r\n", "\ufeff---")):
        return request, []
    head = header.read(request.text.encode("utf-8", "surrogatepass"))
    if head.damage or not head.keys:
        return request, []
    given = topic.decode(request.text.encode("utf-8", "surrogatepass"), "given.md")
    named = head.keys.get("name")
    taken = replace(
        request,
        text=head.body,
        name=request.name or (named if isinstance(named, str) and named else None),
        description=request.description if request.description is not None else given.description or None,
        type=request.type or given.type,
    )
    others = [k for k in (*head.keys, *given.metadata) if k not in _TAKEN]
    return taken, [f"not taken from the text's header: {', '.join(others)}"] if others else []


def _existing(memories: list[Memory], request: Request) -> Memory | None:
    """The memory that this save updates, or None for a new one."""
    if request.name is None:
        if request.update or request.if_match is not None:
            raise UsageError("which memory is to be updated?", hint="say it with --name NAME")
        return None
    wanted = _file_name(request.name)
    found = next((m for m in memories if m.file == wanted), None) or _by_name(memories, request.name)
    if found is None:
        if request.if_match is not None:
            raise Conflict(
                f"{wanted} does not exist any more", hint="save without --if-match to make it anew"
            )
        return None
    if request.if_match is not None and request.if_match != found.fingerprint:
        raise Conflict(
            f"{found.file} changed since it was read: it is {found.fingerprint} now",
            hint=f"read it again with `memctl show {found.stem} --json`",
        )
    if not request.update and request.if_match is None:
        raise Refused(
            f"{found.stem} exists already",
            hint="add --update to replace its text, or choose another --name",
            slug="exists",
        )
    return found


def _by_name(memories: list[Memory], name: str) -> Memory | None:
    """An older file is known by the name in its header, or by its folder."""
    named = [m for m in memories if name in (m.name, m.stem)]
    return named[0] if len(named) == 1 else None


def _file_name(name: str) -> str:
    return name if name.lower().endswith(".md") else name + ".md"


def _fields(request: Request, existing: Memory | None, memories: list[Memory]) -> _Fields:
    if existing is not None:
        body = existing.body if request.text is None else _closed(request.text)
        return _Fields(existing.stem, _described_anew(request, existing), body)
    if request.text is None or not request.text.strip():
        raise UsageError("nothing to save", hint="give a text, pipe one in, or use --file PATH")
    name = stem(_file_name(request.name)) if request.name is not None else ""
    if request.name is None:
        source = request.description or request.text
        name = naming.make_name(source, (m.stem for m in memories)) or naming.make_name(
            request.text, (m.stem for m in memories)
        )
        if not name:
            raise UsageError("no name can be made from this text", hint="give one with --name NAME")
    described = _one_line(request.description) if request.description is not None else ""
    return _Fields(name, described or naming.make_description(request.text), _closed(request.text))


def _described_anew(request: Request, existing: Memory) -> str:
    """The description after an update: as given; made anew where the old one was made from the old text."""
    if request.description is not None:
        return _one_line(request.description)
    derived = existing.description == naming.make_description(existing.body)
    if derived and request.text is not None and request.text.strip():
        return naming.make_description(request.text)
    return existing.description


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _closed(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _guarded(
    fields: _Fields, request: Request, existing: Memory | None, others: list[Memory]
) -> list[Finding]:
    """Everything the guard says; raises Refused when one finding is an error."""
    findings: list[Finding] = []
    if existing is None:
        findings += guard.check_name(fields.name, [m.file for m in others], allow_secret=request.allow_secret)
    findings += guard.check_text(fields.description, allow_secret=request.allow_secret, where="description")
    findings += guard.check_text(fields.body, allow_secret=request.allow_secret, where="body")
    findings += guard.check_size(len(fields.body.encode("utf-8", "surrogatepass")))
    guard.refuse_if_errors(findings)
    return findings


def _refuse_duplicate(fields: _Fields, others: list[Memory], request: Request) -> None:
    kept = [(m.stem, m.description, m.body) for m in others if request.supersedes not in (m.stem, m.name)]
    found = similar.near(fields.description, fields.body, kept)
    if not found:
        return
    names = ", ".join(name for name, _ in found[:3])
    raise Refused(
        f"nearly the same is saved already: {names}",
        hint=f"`memctl save --name {found[0][0]} --update` changes it; --force saves a second one",
        slug="duplicate",
    )


def _metadata(request: Request, existing: Memory | None) -> dict[str, str]:
    metadata: dict[str, str] = {}
    if existing is None:
        metadata["type"] = request.type or DEFAULT_TYPE
        metadata["created"] = times.write(request.now)
        metadata["origin"] = "person" if (request.by or actor()) == "memctl" else "agent"
    elif request.type or existing.type:
        metadata["type"] = str(request.type or existing.type)
    metadata["modified"] = times.write(request.now)
    if request.expires:
        metadata["expires"] = expiry(request.expires, request.now)
    if request.supersedes:
        metadata["supersedes"] = request.supersedes
    if request.pin:
        metadata["pinned"] = "true"
    return metadata


def expiry(text: str, now: float) -> str:
    """`2026-12-31`, an RFC 3339 time, or a distance (`30d`, `6w`, `3m`, `1y`) as a date.

    Raises UsageError.
    """
    text = text.strip()
    match = re.fullmatch(r"(\d{1,4})\s*([dwmy])", text)
    with suppress(ValueError, OverflowError):  # a year after 9999
        if match:
            days = int(match[1]) * {"d": 1, "w": 7, "m": 30, "y": 365}[match[2]]
            return date.fromtimestamp(now + days * 86400).isoformat()
        if times.parse(text) is not None:
            return text
    raise UsageError(f"{text!r} is no date", hint="write 2026-12-31, or 30d, 6w, 3m, 1y from now")


def _past(expires: str | None, now: float) -> list[str]:
    """A memory that is expired as soon as it is saved: allowed, and hardly ever meant."""
    over = times.is_over(times.end_of(expires), now)
    return [f"expires {expires}, which has passed: no recall returns it"] if over else []


def _content(
    fields: _Fields, existing: Memory | None, metadata: Mapping[str, str], request: Request
) -> bytes:
    if existing is None:
        return topic.encode(fields.name, fields.description, fields.body, metadata)
    description = fields.description if fields.description != existing.description else None
    body = fields.body if request.text is not None and fields.body != existing.body else None
    return topic.rewrite(existing, description=description, body=body, metadata=metadata)


def _same(existing: Memory, memory: Memory, request: Request) -> bool:
    """Whether the save says nothing new: then nothing is written and `modified` stays."""
    asked = (
        request.expires or request.supersedes or (request.pin and existing.metadata.get("pinned") != "true")
    )
    parts = ("description", "type", "body")
    return not asked and all(getattr(existing, part) == getattr(memory, part) for part in parts)


def _superseded(store: MemoryStore, request: Request, by: str) -> list[Write]:
    """The older memory is told what replaces it, in the same change."""
    if request.supersedes is None:
        return []
    old = store.find(request.supersedes)
    if old.stem == by:
        raise NotFound(f"{by} cannot supersede itself", hint="name the older memory")
    content = topic.rewrite(old, metadata={"supersededBy": by})
    return [Write(old.file, content, old.fingerprint)]


def _advice(fields: _Fields, others: list[Memory], now: float) -> list[str]:
    """What is worth knowing and no reason to refuse."""
    advice = naming.check(fields.description, ((m.stem, m.description) for m in others))
    today = date.fromtimestamp(now)
    for word, means in dates.relative(f"{fields.description}\n{fields.body}", today)[:5]:
        advice.append(f'"{word}" will be read later: say {means}')
    return advice
