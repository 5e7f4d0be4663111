"""Renaming, forgetting and restoring memories: each one `Change`, links and pointers included."""

import os

from memctl.domain.change import Change, Remove, Write
from memctl.domain.memory import Memory, stem
from memctl.errors import Refused
from memctl.format import mentions, topic
from memctl.format.scalars import Value
from memctl.store.memory.memories import MemoryStore


def rename(store: MemoryStore, old: str, new: str, *, folder: str | None = None) -> tuple[Change, str]:
    """The change that renames `old` to `new`, and the file that it will be.

    `folder` is where it goes ("" for the memory directory itself): without it where `new` says, as in
    `team/crane`, else it stays in its own.

    Raises NotFound, Ambiguous, Refused (the name exists).
    """
    memory = store.find(old)
    memories, _ = store.memories()
    said, slash, new = stem(new).rpartition("/")
    if folder is None:
        folder = said if slash else memory.file.rpartition("/")[0]
    new_file = f"{folder}/{new}.md" if folder or slash else f"{new}.md"
    if new_file == memory.file:
        raise Refused(f"{memory.stem} is called that already", hint="choose another name", slug="exists")
    if any(m.file == new_file for m in memories):
        raise Refused(f"{stem(new_file)} exists already", hint="choose another name", slug="exists")
    named_after_file = memory.name in (memory.stem, memory.stem.rsplit("/", 1)[-1])
    content = topic.rewrite(memory, name=new) if named_after_file and "name" in memory.header else memory.raw
    renamed = mentions.Renamed(memory.file, new_file, new)
    own = renamed.carried(content, lambda file: os.path.lexists(store.path(file)))
    operations: list[Write | Remove] = [Write(new_file, own, None, memory)]
    operations += _linking(store, memories, memory, renamed)
    operations.append(Remove(memory.file, memory.fingerprint))
    why = f"renamed {memory.stem} to {stem(new_file)}"
    return Change("mv", tuple(operations), renames=((memory.file, new_file),), why=why), new_file


def _linking(
    store: MemoryStore, memories: list[Memory], target: Memory, renamed: mentions.Renamed
) -> list[Write]:
    """The other memories that link to `target`, with their links changed."""
    writes = []
    for memory in memories:
        if memory.file == target.file:
            continue
        if memory.cut:
            memory = store.read(memory.file)
        if memory.cut:
            continue
        content = renamed.followed(memory.raw, memory.file.rpartition("/")[0])
        content = _succeed(content, memory, target, renamed.name)
        if content != memory.raw:
            writes.append(Write.over(memory, content))
    return writes


def _succeed(raw: bytes, memory: Memory, target: Memory, new: str) -> bytes:
    """`raw` with `supersedes` and `supersededBy` naming `new` where they named `target`."""
    changed: dict[str, Value | None] = {}
    for key in ("supersedes", "supersededBy"):
        value = memory.metadata.get(key)
        if value == target.stem:
            changed[key] = new
        elif isinstance(value, list) and target.stem in value:  # a merge supersedes several
            changed[key] = [new if name == target.stem else str(name) for name in value]
    return topic.rewrite(topic.decode(raw, memory.file), metadata=changed) if changed else raw


def forget(store: MemoryStore, names: list[str]) -> tuple[Change, list[str]]:
    """The change that removes `names`, and warnings about links that will lead nowhere.

    A memory that one of them superseded is current again: it loses its `supersededBy` in the same change.
    """
    found = list({memory.file: memory for memory in store.find_all(names)}.values())
    gone = {m.file for m in found}
    stems = {m.stem for m in found}
    warnings: list[str] = []
    revived: list[Write | Remove] = []
    for memory in store.memories()[0]:
        if memory.file in gone:
            continue
        warnings += [
            f"{memory.file} links to [[{name}]], which is gone now"
            for _, name in mentions.found(memory.body)
            if name in stems
        ]
        if memory.metadata.get("supersededBy") in stems:
            revived.append(_without_successor(store, memory))
            warnings.append(f"{memory.stem} was superseded by it, and is recalled again now")
    why = "forgot " + ", ".join(sorted(stems))
    operations = (*revived, *(Remove(m.file, m.fingerprint) for m in found))
    return Change("forget", operations, why=why), list(dict.fromkeys(warnings))


def _without_successor(store: MemoryStore, memory: Memory) -> Write:
    whole = store.read(memory.file)
    return Write.over(whole, topic.rewrite(whole, metadata={"supersededBy": None}))
