"""`save`: from what a person or an agent gives to the one `Change` that writes it.

Nothing is written here: `draft` decides and explains, the write door examines and writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from memctl.domain import times
from memctl.domain.change import Change, Write
from memctl.domain.memory import Memory, stem
from memctl.errors import Conflict, NotFound, Refused, UsageError
from memctl.format import topic
from memctl.format.patch import in_place_of
from memctl.format.scalars import Value
from memctl.services.write.request import Request, in_order, metadata_of
from memctl.store.memory.memories import MemoryStore
from memctl.text import dates, naming, similar
from memctl.text.escape import shell_word


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
    request, warnings = in_order(request)
    old = None if request.supersedes is None else store.find(request.supersedes)
    memories, _ = store.memories()
    existing = _existing(store, memories, request)
    metadata = metadata_of(request, existing, old)
    fields = _fields(request, existing, [m.stem for m in memories])
    others = [m for m in memories if existing is None or m.file != existing.file]
    warnings += naming.check(fields.description, ((m.stem, m.description) for m in others))
    warnings += dates.advice(f"{fields.description}\n{fields.body}", date.fromtimestamp(request.now))
    if times.is_over(times.end_of(metadata.get("expires")), request.now):
        warnings.append(f"expires {metadata['expires']}, which has passed: no recall returns it")
    if existing is not None:
        return _update(request, existing, fields, metadata, old, warnings)
    if request.update:
        warnings.append(f"there was no {fields.name} to update, so it was created")
    if not request.force:
        beside = [(m.stem, m.description, m.body) for m in others if old is None or m.file != old.file]
        _refuse_duplicate(similar.near(fields.description, fields.body, beside))
    created = Write(fields.name + ".md", _content(request, fields, metadata))
    return Draft("created", created.file, _change("created", created, old), tuple(warnings))


def _content(request: Request, fields: _Fields, metadata: Mapping[str, Value]) -> bytes:
    """The new file; one that was given as a memory stays as it is but for what was said otherwise."""
    if request.given is None:
        return topic.encode(fields.name, fields.description, fields.body, metadata)
    return topic.rewrite(request.given, name=fields.name, description=fields.description, metadata=metadata)


def _update(
    request: Request,
    existing: Memory,
    fields: _Fields,
    metadata: Mapping[str, Value],
    old: Memory | None,
    warnings: list[str],
) -> Draft:
    if not _says_more(request, existing, fields, metadata):
        return Draft("unchanged", existing.file, None, tuple(warnings))
    content = topic.rewrite(
        existing,
        description=fields.description if fields.description != existing.description else None,
        body=fields.body if request.text is not None and fields.body != existing.body else None,
        metadata=metadata,
    )
    change = _change("updated", Write.over(existing, content), old)
    return Draft("updated", existing.file, change, tuple(warnings))


def _change(action: str, write: Write, old: Memory | None) -> Change:
    """The change that writes the memory; an older one that it replaces is told so in the same change."""
    name = stem(write.file)
    operations = [write]
    if old is not None:
        if old.stem == name:
            raise NotFound(f"{name} cannot supersede itself", hint="name the older memory")
        operations.append(Write.over(old, topic.rewrite(old, metadata={"supersededBy": name})))
    return Change("save", tuple(operations), why=f"{action} {name}")


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
    if not found.cut:
        return found
    whole = store.read(found.file)
    topic.check_whole(whole)  # before megabytes are looked through for dates
    return whole


def _refuse_unseen(found: Memory, request: Request) -> None:
    """An update is asked for by name, or by the version that was read."""
    if request.if_match is not None and request.if_match != found.fingerprint:
        raise Conflict(
            f"{found.file} changed since it was read: it is {found.fingerprint} now",
            hint=f"read it again with `memctl show {shell_word(found.stem)} --json`",
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


def _fields(request: Request, existing: Memory | None, taken: list[str]) -> _Fields:
    if existing is not None:
        body = existing.body if request.text is None else in_place_of(existing.body, _closed(request.text))
        return _Fields(existing.stem, _described_anew(request, existing), body)
    if request.text is None or not request.text.strip():
        raise UsageError("nothing to save", hint="give a text, pipe one in, or use --file PATH")
    described = " ".join((request.description or "").split())
    name = "" if request.name is None else stem(_file_name(request.name))
    name = name if request.name is not None else naming.make_name((described, request.text), taken)
    if not name and request.name is None:
        raise UsageError("no name can be made from this text", hint="give one with --name NAME")
    return _Fields(name, described or naming.make_description(request.text), _closed(request.text))


def _described_anew(request: Request, existing: Memory) -> str:
    """The description after an update: as given; made anew where the old one was made from the old text."""
    if request.description is not None:
        return " ".join(request.description.split())
    derived = existing.description == naming.make_description(existing.body)
    if derived and request.text is not None and request.text.strip():
        return naming.make_description(request.text)
    return existing.description


def _closed(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _refuse_duplicate(found: list[tuple[str, float]]) -> None:
    if found:
        names, first = ", ".join(name for name, _ in found[:3]), shell_word(found[0][0])
        raise Refused(
            f"nearly the same is saved already: {names}",
            hint=f"`memctl save --name {first} --update` changes it; --force saves a second one",
            slug="duplicate",
        )


_ANEW = ("type", "origin", "modified")
"""Keys of the header that a save writes by itself."""


def _says_more(request: Request, existing: Memory, fields: _Fields, metadata: Mapping[str, Value]) -> bool:
    """Whether the save says anything new: else nothing is written and `modified` stays."""
    if any(existing.metadata.get(key) != value for key, value in metadata.items() if key not in _ANEW):
        return True
    if request.expires or request.supersedes or (request.pin and existing.metadata.get("pinned") != "true"):
        return True
    said = (fields.description, fields.body, metadata.get("type"))
    return said != (existing.description, existing.body, existing.type)
