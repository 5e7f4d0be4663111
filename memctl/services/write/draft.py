"""`save`: from what a person or an agent gives to the one `Change` that writes it.

Nothing is written here: `draft` decides and explains, the write door examines and writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from memctl.domain import times
from memctl.domain.change import Change, Write
from memctl.domain.memory import Memory, stem
from memctl.errors import Conflict, Refused, UsageError
from memctl.format import topic
from memctl.format.patch import in_place_of
from memctl.format.scalars import Value
from memctl.services.related import linking
from memctl.services.related.claim import Statement
from memctl.services.related.nearby import RELATED_MAX, Folder, Related, newly, related
from memctl.services.related.restating import restated
from memctl.services.write.request import Request, in_order, metadata_of
from memctl.services.write.slugs import refuse_blanks
from memctl.store.memory.listing import Listing
from memctl.store.memory.memories import MemoryStore
from memctl.text import mood, naming, similar
from memctl.text.escape import shell_word


@dataclass(frozen=True)
class Draft:
    """What saving means: `action` is created, updated or unchanged; `change` is None for the last."""

    action: str
    file: str
    change: Change | None
    warnings: tuple[str, ...]
    related: tuple[Related, ...] = ()  # memories about the same subject that it does not name itself
    replaced: tuple[str, ...] = ()  # names of those that it replaces
    narrowed: tuple[str, ...] = ()  # names of those to which it is an exception
    listing: Listing | None = None  # the files that were there


@dataclass(frozen=True)
class _Fields:
    """The parts of the memory, after defaults."""

    name: str
    description: str
    body: str


def draft(store: MemoryStore, request: Request) -> Draft:
    """Decide what saving `request` means for `store`. Of the memories only those near to it are read.

    Raises UsageError (nothing to save, unknown type or date, a memory replaced and narrowed at once), Refused
    (duplicate, existing name without --update), Conflict (--if-match differs), NotFound
    (--supersedes or --narrows names nothing).
    """
    request, warnings = in_order(request)
    old, general = _named(store, request)
    with _opened(store, request.now) as folder:
        listing = folder.listing()
        existing = _existing(store, folder, request)
        metadata = metadata_of(request, existing, old)
        fields = _fields(request, existing, [file[:-3] for file in listing.files])
        own = existing.file if existing is not None else fields.name + ".md"
        named = [memory.file for memory in (*old, *general)]
        statement = _statement(fields, metadata, request)
        near = folder.near(statement, frozenset([own, *named]))
        found = related(folder, statement, near)
        before = related(folder, Statement.of(existing), near) if existing is not None else []
        is_asked = existing is None and not request.force
        again = restated(folder, statement, near, found) if is_asked else []
        described = [(h.stem, h.description) for h in folder.described(fields.description) if h.file != own]
    if existing is not None and old:
        linking.check_order(store, {memory.stem: existing.stem for memory in old})
    told = tuple([*newly(found, before), *again][:RELATED_MAX])
    warnings += _advice(fields, metadata, request, described)
    if existing is not None:
        drafted = _update(request, existing, fields, metadata, (old, general), warnings, told)
        return replace(drafted, listing=listing)
    if request.update:
        warnings.append(f"no memory was called {fields.name}: nothing was updated, a new one was created")
    if not request.force:
        _refuse_duplicate(request, fields, near, found)
    fields = replace(fields, body=linking.linked(fields.body, general))
    created = Write(fields.name + ".md", _content(request, fields, metadata))
    change = _change("created", created, old, general)
    return Draft("created", created.file, change, tuple(warnings), told, stems(old), stems(general), listing)


def stems(memories: Sequence[Memory]) -> tuple[str, ...]:
    """What a person types to name each of `memories`."""
    return tuple(memory.stem for memory in memories)


def _named(store: MemoryStore, request: Request) -> tuple[list[Memory], list[Memory]]:
    """The memories that it replaces, and those that it narrows. Raises UsageError for one that is both."""
    old, general = (
        list({memory.file: memory for memory in store.find_all(names)}.values()) if names else []
        for names in (request.supersedes, request.narrows)
    )
    both = {memory.file for memory in old} & {memory.file for memory in general}
    if both:
        raise UsageError(
            f"{stem(min(both))} cannot be replaced and narrowed at once",
            hint="give --supersedes or --narrows; what is replaced holds no more",
        )
    return old, general


def _opened(store: MemoryStore, now: float) -> Folder:
    """The memories, as the search cache has them. Raises Damaged when the directory cannot be read."""
    try:
        return Folder(store, now)
    except OSError:
        store.listing()  # says what is wrong with it
        raise


def _statement(fields: _Fields, metadata: Mapping[str, Value | None], request: Request) -> Statement:
    return Statement(
        fields.name, fields.description, fields.body, str(metadata.get("type", "")),
        str(metadata.get("origin", request.origin)), request.now, "expires" in metadata,
    )  # fmt: skip


def _advice(
    fields: _Fields,
    metadata: Mapping[str, Value | None],
    request: Request,
    others: list[tuple[str, str]],
) -> list[str]:
    """What keeps it from being found, or from being understood later; `others` are those described alike."""
    found = naming.check(fields.description, others)
    found += mood.advice(f"{fields.description}\n{fields.body}", date.fromtimestamp(request.now))
    if times.is_over(times.end_of(metadata.get("expires")), request.now):
        found.append(f"expires {metadata['expires']}, which has passed: no session is given it")
    return found


def _content(request: Request, fields: _Fields, metadata: Mapping[str, Value | None]) -> bytes:
    """The new file; one that was given as a memory stays as it is but for what was said otherwise."""
    if request.given is None:
        kept = {key: value for key, value in metadata.items() if value is not None}
        return topic.encode(fields.name, fields.description, fields.body, kept)
    return topic.rewrite(request.given, name=fields.name, description=fields.description, metadata=metadata)


def _update(
    request: Request,
    existing: Memory,
    fields: _Fields,
    metadata: Mapping[str, Value | None],
    named: tuple[Sequence[Memory], Sequence[Memory]],
    warnings: list[str],
    found: tuple[Related, ...],
) -> Draft:
    body = linking.linked(fields.body, named[1])
    if not _says_more(request, existing, fields, metadata):
        return Draft("unchanged", existing.file, None, tuple(warnings))
    content = topic.rewrite(
        existing,
        description=fields.description if fields.description != existing.description else None,
        body=body if body != existing.body else None,
        metadata=metadata,
    )
    change = _change("updated", Write.over(existing, content), *named)
    return Draft("updated", existing.file, change, tuple(warnings), found, stems(named[0]), stems(named[1]))


def _change(action: str, write: Write, old: Sequence[Memory], general: Sequence[Memory]) -> Change:
    """The change that writes the memory; those that it replaces, or narrows, are told so in it."""
    name = stem(write.file)
    if name in {memory.stem for memory in (*old, *general)}:
        raise UsageError(f"{name} cannot supersede or narrow itself", hint="name the other memory")
    return Change("save", (write, *linking.answers(name, old, general)), why=f"{action} {name}")


def _existing(store: MemoryStore, folder: Folder, request: Request) -> Memory | None:
    """The memory that this save updates, whole, or None for a new one."""
    if request.name is None:
        if request.update or request.if_match is not None:
            raise UsageError("which memory is to be updated?", hint="say it with --name NAME")
        return None
    wanted = _file_name(request.name)
    file = wanted if wanted in folder.listing().files else _by_name(folder, request.name)
    if file is None:
        if request.if_match is not None:
            raise Conflict(
                f"{wanted} does not exist any more", hint="save without --if-match to make it anew"
            )
        return None
    found = store.skim(file)
    _refuse_unseen(found, request)
    if not found.cut:
        return found
    whole = store.read(file)
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


def _by_name(folder: Folder, name: str) -> str | None:
    """The file of an older memory, which is known by the name in its header, or by its folder."""
    named = {*folder.cache.called(name), *(file for file in folder.listing().files if stem(file) == name)}
    return named.pop() if len(named) == 1 else None


def _file_name(name: str) -> str:
    return name if name.lower().endswith(".md") else name + ".md"


def _fields(request: Request, existing: Memory | None, taken: Iterable[str]) -> _Fields:
    if existing is not None:
        body = existing.body if request.text is None else in_place_of(existing.body, _closed(request.text))
        return _Fields(existing.stem, _described_anew(request, existing), body)
    if request.text is None or not request.text.strip():
        raise UsageError("nothing to save", hint="give a text, pipe one in, or use --file PATH")
    described = " ".join((request.description or "").split())
    name = "" if request.name is None else stem(_file_name(refuse_blanks(request.name)))
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


_PASTED_MAX = 200
"""Characters of a text that a hint repeats; a longer one stands with whoever gave it."""


def _refuse_duplicate(request: Request, fields: _Fields, near: list[Memory], found: list[Related]) -> None:
    """Raise Refused when a memory says the same already. One that says something else of the same subject,
    or the same of another one, is told of instead."""
    apart = {one.memory.file for one in found if one.verdict.relation != "repeats"}
    others = [(m.stem, m.description, m.body) for m in near if m.file not in apart]
    alike = similar.near(fields.description, fields.body, others)
    if alike:
        names, first = ", ".join(name for name, _ in alike[:3]), shell_word(alike[0][0])
        given = (request.text or "").strip()
        pasted = given if len(given) <= _PASTED_MAX and "\n" not in given else "TEXT"
        described = f" -d {shell_word(request.description)}" if request.description else ""
        raise Refused(
            f"nearly the same is saved already: {names}",
            hint=f"`memctl save {shell_word(pasted)}{described} --name {first} --update` changes it; "
            "--force saves a second one",
            slug="duplicate",
        )


_ANEW = ("type", "origin", "modified")
"""Keys of the header that a save writes by itself."""


def _says_more(
    request: Request, existing: Memory, fields: _Fields, metadata: Mapping[str, Value | None]
) -> bool:
    """Whether the save says anything new: else nothing is written and `modified` stays."""
    if any(existing.metadata.get(key) != value for key, value in metadata.items() if key not in _ANEW):
        return True
    if (
        request.expires
        or request.supersedes
        or request.narrows
        or (request.pin is not None and request.pin != existing.is_pinned)
    ):
        return True
    said = (fields.description, fields.body, metadata.get("type"))
    return said != (existing.description, existing.body, existing.type)
