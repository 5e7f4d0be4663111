"""A memory copied into another project, with its history and its anticipated queries.

What is copied is laid out as a memory directory of its own, which is then brought into the other one: all of
it or nothing, and undone there like any other change. Evidence stays behind: it is about files of this
project. Links go along as they are written.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from memctl import places
from memctl.domain.change import Change, Write
from memctl.domain.memory import INDEX, Memory, stem
from memctl.errors import Ambiguous, NotFound, Refused
from memctl.format import index, links, mentions, topic
from memctl.format.scalars import Value
from memctl.services import guard
from memctl.services.evidence.verification import sources
from memctl.services.projects.moving import bring
from memctl.services.write.door import WriteDoor
from memctl.services.write.slugs import refuse_blanks
from memctl.store.disk import files, lock
from memctl.store.history import git, retelling, trail
from memctl.store.history.records import Record, tip
from memctl.store.memory.memories import MemoryStore
from memctl.store.search import anticipated
from memctl.store.state import registry
from memctl.store.state.registry import open_place
from memctl.store.state.resolve import Place
from memctl.store.write import copies

VERSIONS_MAX = 200
"""Versions of one memory that go along, the latest."""


@dataclass(frozen=True)
class Copied:
    """What came of it: the files as they are called in `place`, those that were there already, what they link
    to and is not there, those whose evidence stayed, the versions that went along, and the commit there."""

    place: Place
    files: tuple[str, ...]
    same: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    versions: int = 0
    commit: str | None = None
    warnings: tuple[str, ...] = ()


def find(named: str) -> Place:
    """The memory directory of the project `named`: its folder, its memory directory, or the name of a folder
    that one registered project has. Raises NotFound, Ambiguous, Refused."""
    path = os.path.realpath(os.path.expanduser(named))
    known = [record for record in registry.every() if record.roots or record.directory == path]
    own = next((r for r in known if path == os.path.realpath(r.directory)), None)
    if own is not None:
        return Place(own.directory, next(iter(own.roots), ""), [])
    if os.path.isdir(path):
        return open_place(path)
    called = [r for r in known if named in map(os.path.basename, r.roots)]
    if not called:
        hint = "name its folder; `memctl project list` shows them"
        raise NotFound(f"no project is called {named}", hint=hint)
    if len(called) > 1:
        folders = ", ".join(sorted(root for record in called for root in record.roots))
        raise Ambiguous(f"{named} could be {folders}", hint="name the whole path")
    return Place(called[0].directory, called[0].roots[0], [])


def copy(
    store: MemoryStore, names: Sequence[str], to: Place, *, new: str = "", now: float, why: str
) -> Copied:
    """Copy the memories `names` of `store` to the project `to`; one may be called `new` there.

    Raises NotFound, Refused (the same directory, a name that is taken there, the guard), and as `bring`.
    """
    _refuse_own(store, to)
    found = list({m.file: m for m in (store.read(m.file) for m in store.find_all(names))}.values())
    there = MemoryStore(to.directory).memories()[0]
    same = {m.file: other.file for m in found for other in there if _says(m) == _says(other)}
    due = [memory for memory in found if memory.file not in same]
    if not due:
        return Copied(to, (), tuple(same.values()))
    writes = {memory.file: _written(memory, new) for memory in due}
    _refuse_taken(list(writes.values()), there)
    WriteDoor(to).examine(Change("cp", tuple(writes.values())), now=now)
    with copies.laid_out() as source:
        versions = _fill(source, store, due, writes, now)
        brought = bring(source, to.directory, to.root, now=now, why=why, turn=Change("cp", (), why=why))
    known = {stem(file) for file in (*(other.file for other in there), *brought.files)}
    return Copied(
        to,
        tuple(write.file for write in writes.values()),
        tuple(same.values()),
        tuple(sorted(_linked(due) - known)),
        tuple(memory.stem for memory in due if _local(memory)),
        versions,
        brought.commit,
        brought.warnings,
    )


def _linked(memories: Sequence[Memory]) -> set[str]:
    """The names that their texts link to."""
    return {name for memory in memories for _, name in mentions.found(memory.body)}


def _refuse_own(store: MemoryStore, to: Place) -> None:
    if places.store_key(store.directory) == places.store_key(to.directory):
        raise Refused(
            f"{to.directory} is the memory of this project",
            hint="one fact is kept once: name another project",
            slug="same-place",
        )


def _refuse_taken(writes: Sequence[Write], there: Sequence[Memory]) -> None:
    taken = {memory.stem.casefold() for memory in there}
    for write in writes:
        if stem(write.file).casefold() in taken:
            raise Refused(
                f"{stem(write.file)} exists there already, and says something else",
                hint="--name NEW gives the copy another name",
                slug="exists",
            )
        taken.add(stem(write.file).casefold())


def _says(memory: Memory) -> tuple[str, str]:
    return memory.description, memory.body.strip()


def _local(memory: Memory) -> list[str]:
    """The evidence that only the project's own files and commits can bear out."""
    return [source.text for source in sources(memory) if source.kind in ("file", "commit")]


def _written(memory: Memory, new: str) -> Write:
    """The copy, under its own name or `new`."""
    topic.check_whole(memory)
    name = refuse_blanks(new).removesuffix(".md") or memory.stem.rpartition("/")[2]
    kept = [source.text for source in sources(memory) if source.text not in _local(memory)]
    about: dict[str, Value | None] = {"pinned": None, "tier": None}  # each project's own to say
    if _local(memory):
        about["evidence"] = ", ".join(kept) or None
    content = topic.rewrite(memory, metadata=about)
    if name != memory.name and memory.name in (memory.stem, memory.stem.rpartition("/")[2]):
        content = topic.rewrite(topic.decode(content, memory.file), name=name)
    return Write(f"{name}.md", content)  # new there: the guard looks at all of it


def _fill(
    directory: str, store: MemoryStore, due: Sequence[Memory], writes: dict[str, Write], now: float
) -> int:
    """Put the copies, their history and queries into the empty `directory`; how many versions it tells."""
    made = {write.file: write.content for write in writes.values()}
    made[INDEX] = index.append("", [_pointer(memory, writes[memory.file]) for memory in due]).encode()
    for file, content in made.items():
        files.write_private(os.path.join(directory, file), content)
    versions = _retell(store, due, writes, directory, made, now)
    keys = {anticipated.content_key(m.description, m.body) for m in due}
    kept = anticipated.lines(places.queries_file(store.directory))
    anticipated.put(places.queries_file(directory), [kept[key] for key in sorted(keys & kept.keys())])
    return versions


def _pointer(memory: Memory, write: Write) -> tuple[str, str, str]:
    """The file of a copy, and what its pointer says."""
    name = memory.name if memory.stem == stem(write.file) else stem(write.file)
    return write.file, links.title(name), memory.description


def _retell(
    store: MemoryStore,
    due: Sequence[Memory],
    writes: dict[str, Write],
    directory: str,
    made: dict[str, bytes],
    now: float,
) -> int:
    """Tell the history of `due` in that of `directory`, whose files are `made`; how many versions it has."""
    if not (git.program() and tip(store.directory)):
        return 0
    told = [one for memory in due for one in _past(store.directory, memory, writes[memory.file])]
    versions, ends = len(told), _ends(told)
    if not told or any(made[file] != content for file, content in ends.items()):
        told.append((_last(told, now), {}))
    told[-1] = (told[-1][0], made)
    with lock.held(directory, "cp") as held:
        retelling.retell(directory, told, held)
    return versions


def _past(directory: str, memory: Memory, write: Write) -> list[retelling.Told]:
    """The changes of `memory` under the name of its copy, but for versions that the guard refuses."""
    return [
        (record, {write.file: content})
        for record, content in trail.told(directory, memory.file, VERSIONS_MAX)
        if not any(f.severity == "error" for f in guard.check_text(content.decode("utf-8", "replace")))
    ]


def _ends(told: Sequence[retelling.Told]) -> dict[str, bytes]:
    """The bytes that each file has after all of it."""
    return {file: content for _, files_ in told for file, content in files_.items()}


def _last(told: Sequence[retelling.Told], now: float) -> Record:
    """What the last commit says, by which every file is there as it is copied."""
    when = told[-1][0].when if told else now
    return Record("", when, "cp", "memctl", None, "as it was copied", ())
