"""`save`: from what a person or an agent gives to the one `Change` that writes it.

Nothing is written here: `draft` decides and explains, the write door examines and writes.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from memctl.domain import times
from memctl.domain.change import Change, Write
from memctl.domain.memory import TYPES, Memory, stem
from memctl.errors import Conflict, NotFound, Refused, UsageError
from memctl.format import header, topic
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
    now: float = 0.0
    origin: str = "person"  # whose words a new memory is: "person" or "agent"


_TAKEN = frozenset(
    ["name", "description", "type", "metadata", "modified", "created", "originSessionId", "node_type"]
)
"""Keys of a piped-in topic file that are taken, or that memctl writes anew without a word."""


@dataclass(frozen=True)
class Draft:
    """What saving means: `action` is created, updated or unchanged; `change` is None for the last."""

    action: str
    file: str
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

    Raises UsageError (nothing to save, unknown type or date), Refused (duplicate, existing name without
    --update), Conflict (--if-match differs), NotFound (--supersedes names nothing).
    """
    request, dropped = _take_header(request)
    if request.type is not None and request.type not in TYPES:
        raise UsageError(f"no such type: {request.type}", hint="one of " + ", ".join(TYPES))
    old = None if request.supersedes is None else store.find(request.supersedes)
    memories, _ = store.memories()
    existing = _existing(store, memories, request)
    fields = _fields(request, existing, memories)
    others = [m for m in memories if existing is None or m.file != existing.file]
    if existing is None and not request.force:
        _refuse_duplicate(fields, [m for m in others if old is None or m.file != old.file])
    metadata = _metadata(request, existing, old)
    warnings = (*dropped, *_advice(fields, others, request, metadata, existing))
    if existing is None:
        content = topic.encode(fields.name, fields.description, fields.body, metadata)
        created = Write(fields.name + ".md", content)
        return Draft("created", created.file, _change("created", created, old), warnings)
    if not _says_more(request, existing, fields, metadata):
        return Draft("unchanged", existing.file, None, warnings)
    updated = Write.over(existing, _rewritten(request, existing, fields, metadata))
    return Draft("updated", existing.file, _change("updated", updated, old), warnings)


def _change(action: str, write: Write, old: Memory | None) -> Change:
    """The change that writes the memory; an older one that it replaces is told so in the same change."""
    name = stem(write.file)
    operations = [write]
    if old is not None:
        if old.stem == name:
            raise NotFound(f"{name} cannot supersede itself", hint="name the older memory")
        operations.append(Write.over(old, topic.rewrite(old, metadata={"supersededBy": name})))
    return Change("save", tuple(operations), why=f"{action} {name}")


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


def _existing(store: MemoryStore, memories: list[Memory], request: Request) -> Memory | None:
    """The memory that this save updates, whole, or None for a new one."""
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
    _refuse_unseen(found, request)
    return store.read(found.file) if found.cut else found


def _refuse_unseen(found: Memory, request: Request) -> None:
    """An update is asked for by name, or by the version that was read."""
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
    described = _one_line(request.description) if request.description is not None else ""
    name = _made_name(request, memories) if request.name is None else stem(_file_name(request.name))
    return _Fields(name, described or naming.make_description(request.text), _closed(request.text))


def _made_name(request: Request, memories: list[Memory]) -> str:
    """A name made from the description or the text. Raises UsageError where neither gives one."""
    for source in (request.description, request.text):
        name = naming.make_name(source, (m.stem for m in memories)) if source else ""
        if name:
            return name
    raise UsageError("no name can be made from this text", hint="give one with --name NAME")


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


def _refuse_duplicate(fields: _Fields, others: list[Memory]) -> None:
    found = similar.near(fields.description, fields.body, [(m.stem, m.description, m.body) for m in others])
    if not found:
        return
    names = ", ".join(name for name, _ in found[:3])
    raise Refused(
        f"nearly the same is saved already: {names}",
        hint=f"`memctl save --name {found[0][0]} --update` changes it; --force saves a second one",
        slug="duplicate",
    )


def _metadata(request: Request, existing: Memory | None, old: Memory | None) -> dict[str, str]:
    metadata: dict[str, str] = {}
    if existing is None:
        metadata["type"] = request.type or DEFAULT_TYPE
        metadata["created"] = times.write(request.now)
        metadata["origin"] = request.origin
    elif request.type or existing.type:
        metadata["type"] = str(request.type or existing.type)
    metadata["modified"] = times.write(request.now)
    if request.expires:
        metadata["expires"] = expiry(request.expires, request.now)
    if old is not None:
        metadata["supersedes"] = old.stem
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


def _rewritten(request: Request, existing: Memory, fields: _Fields, metadata: Mapping[str, str]) -> bytes:
    return topic.rewrite(
        existing,
        description=fields.description if fields.description != existing.description else None,
        body=fields.body if request.text is not None and fields.body != existing.body else None,
        metadata=metadata,
    )


def _says_more(request: Request, existing: Memory, fields: _Fields, metadata: Mapping[str, str]) -> bool:
    """Whether the save says anything new: else nothing is written and `modified` stays."""
    if request.expires or request.supersedes or (request.pin and existing.metadata.get("pinned") != "true"):
        return True
    said = (fields.description, fields.body, metadata.get("type"))
    return said != (existing.description, existing.body, existing.type)


def _advice(
    fields: _Fields,
    others: list[Memory],
    request: Request,
    metadata: Mapping[str, str],
    existing: Memory | None,
) -> list[str]:
    """What is worth knowing and no reason to refuse."""
    advice = naming.check(fields.description, ((m.stem, m.description) for m in others))
    today = date.fromtimestamp(request.now)
    for word, means in dates.relative(f"{fields.description}\n{fields.body}", today)[:5]:
        advice.append(f'"{word}" will be read later: say {means}')
    expires = metadata.get("expires")
    if times.is_over(times.end_of(expires), request.now):
        advice.append(f"expires {expires}, which has passed: no recall returns it")
    if existing is None and request.update:
        advice.append(f"there was no {fields.name} to update, so it was created")
    return advice
