"""What a request to erase for good is about: which files, under which names, saying what."""

import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

from slugify import slugify

from memctl.domain.erasure import VALUE_MIN, Erasure, spoken
from memctl.domain.memory import INDEX, Memory, stem
from memctl.errors import NotFound, UsageError
from memctl.format import topic
from memctl.services.guard import secrets
from memctl.store.disk import files
from memctl.store.history import aliases, git, graph
from memctl.store.history.commits import git_dir
from memctl.store.memory.listing import scan
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import traces

Versions = dict[str, set[bytes]]
"""Each file that is erased, under every name it had, and all that it ever was."""


def resolve(directory: str, names: Iterable[str]) -> list[str]:
    """The files that `names` mean: of memories that are there, else of forgotten ones.

    Raises NotFound, also for what goes by another name now, which is told.
    """
    store = MemoryStore(directory)
    return list(dict.fromkeys(_file(store, name) for name in names))


def _file(store: MemoryStore, name: str) -> str:
    try:
        return str(store.find(name).file)
    except NotFound:
        steps = _steps(store.directory)
        past = {file for step in steps for file, *_ in step.changes} - {INDEX}
        file = next((f for f in (name, name + ".md") if f in past), "")
        if not file:
            raise
        now = aliases.later_name(git_dir(store.directory), steps, file)
        if now != file:
            raise NotFound(f"{stem(file)} is called {stem(now)} now", near=(stem(now),)) from None
        return file


def _steps(directory: str) -> list[graph.Step]:
    repository = git_dir(directory)
    return graph.read(repository) if git.program() and os.path.isdir(repository) else []


def of_names(directory: str, names: Sequence[str], actor: str) -> Erasure:
    """The erasure of the memories whose files are called `names`, with all that their versions said."""
    versions = _versions(directory, names)
    contents = {raw for held in versions.values() for raw in held}
    memories = [topic.decode(raw, "") for raw in contents]
    said = {text for memory in memories for text in spoken(memory.description, memory.body)}
    shared = {text for text in said if any(text in other for other in _others(directory, names))}
    texts = (said - shared) or said  # a line that others say too is theirs as well
    return Erasure(
        os.urandom(8).hex(), actor, tuple(names), tuple(sorted(versions)), tuple(sorted(texts)),
        sessions=tuple(sorted(_sessions(directory, memories, {*map(stem, versions)}))),
    )  # fmt: skip


def _sessions(directory: str, memories: Sequence[Memory], names: set[str]) -> set[str]:
    """The ids of the sessions from which these came, by their headers and by what was proposed as them."""
    found: set[str] = set()
    for memory in memories:
        listed = memory.metadata.get("evidence") or ""
        turns = listed if isinstance(listed, list) else str(listed).split(",")
        found |= {str(turn).partition("#")[0].strip() for turn in turns if "#" in str(turn)}
    found.discard("session")  # what the evidence says where the session is not known
    found |= {str(memory.metadata.get("originSessionId") or "") for memory in memories}
    found |= traces.proposed_in(directory, names)
    return found - {""}


def of_values(values: Iterable[str], actor: str) -> Erasure:
    """The erasure of `values` from wherever they stand. Raises UsageError for one that is too short."""
    given = list(values)
    derived = {form for value in given for form in _named(value)} - {*given}
    wanted = sorted(dict.fromkeys([*given, *sorted(derived)]), key=len, reverse=True)
    if any(len(value.encode("utf-8", "surrogateescape")) < VALUE_MIN for value in wanted):
        message = f"a value of fewer than {VALUE_MIN} bytes may stand in any word"
        raise UsageError(message, hint="edit the memory, or forget it for good")
    return Erasure(os.urandom(8).hex(), actor, values=tuple(wanted))


def naming(directory: str, erasure: Erasure) -> Erasure:
    """`erasure` with a name for each file, of now or of any version, whose own holds a value: one that no
    other file has or had."""
    known = {file for step in _steps(directory) for file, *_ in step.changes}
    known |= {entry[0] for entry in scan(directory)[0]}
    held = [file for file in sorted(known - {INDEX}) if erasure.clean_text(file) != file]
    taken = {file.casefold() for file in known if file not in held}
    renames = []
    for file in held:
        start = stem(erasure.clean_text(file))
        numbered = itertools.chain((start,), (f"{start}-{number}" for number in itertools.count(2)))
        new = next(f"{name}.md" for name in numbered if _is_free(directory, f"{name}.md", taken))
        taken.add(new.casefold())
        renames.append((file, new))
    return replace(erasure, renames=tuple(renames))


def _is_free(directory: str, file: str, taken: set[str]) -> bool:
    return file.casefold() not in taken and not os.path.lexists(os.path.join(directory, file))


def _named(value: str) -> set[str]:
    """What names of files make of a value; nothing where that might be a word that anyone says."""
    derived = {value.lower(), slugify(value)}
    return {form for form in derived if len(form) >= 8 and any(c.isdigit() for c in form)}


def _versions(directory: str, names: Sequence[str]) -> Versions:
    found: Versions = {name: set() for name in names}
    for name in names:
        try:
            found[name].add(files.read_regular(os.path.join(directory, name))[0])
        except OSError:
            continue  # forgotten, or not to be read: its versions are in the history
    steps = _steps(directory)
    at = aliases.names_at(git_dir(directory), steps, names) if steps else {}
    held: dict[str, set[str]] = {}
    for step in steps:
        for file, _, blob in step.changes:
            if blob and file in at[step.commit]:
                held.setdefault(blob, set()).add(file)
    for blob, raw in graph.contents(git_dir(directory), sorted(held)):
        for file in held[blob]:
            found.setdefault(file, set()).add(raw)
    return found


def _others(directory: str, names: Sequence[str]) -> list[str]:
    found = []
    for file in (entry[0] for entry in scan(directory)[0] if entry[0] not in names):
        try:
            raw, _ = files.read_regular(os.path.join(directory, file))
        except OSError:
            continue
        found.append(raw.decode("utf-8", "surrogateescape"))
    return found


def guarded(directory: str) -> dict[str, tuple[str, list[str]]]:
    """Each secret that the guard finds in any version of any file: its rule, and the files that held it."""
    found: dict[str, tuple[str, list[str]]] = {}
    for file, raw in _every_version(directory):
        text = raw.decode("utf-8", "surrogateescape")
        for secret in secrets.find(text):
            places = found.setdefault(text[secret.start : secret.end], (secret.rule, []))[1]
            if file not in places:
                places.append(file)
    return found


def _every_version(directory: str) -> Iterable[tuple[str, bytes]]:
    for file in (*(entry[0] for entry in scan(directory)[0]), INDEX):
        try:
            yield file, files.read_regular(os.path.join(directory, file))[0]
        except OSError:
            continue
    held = {blob: file for step in _steps(directory) for file, _, blob in step.changes if blob}
    for blob, raw in graph.contents(git_dir(directory), held):
        yield held[blob], raw
