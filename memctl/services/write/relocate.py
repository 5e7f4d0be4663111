"""Renaming, forgetting and restoring memories: each one `Change`, links and pointers included."""

import re

from memctl.agents.actor import actor
from memctl.domain.change import Change, Remove, Write
from memctl.domain.memory import Memory, stem
from memctl.errors import Refused
from memctl.format import topic
from memctl.services import guard
from memctl.store.memory.memories import MemoryStore

_LINK = re.compile(r"\[\[([^\[\]|#\n]+)((?:#[^\[\]|\n]*)?(?:\|[^\[\]\n]*)?)\]\]")
"""`[[name]]`, `[[name#part]]`, `[[name|shown]]`."""


def links(text: str) -> list[str]:
    """The names that `[[links]]` in `text` mention, in order."""
    return [match[1].strip() for match in _LINK.finditer(text)]


def rename(store: MemoryStore, old: str, new: str, *, folder: str | None = None) -> tuple[Change, Memory]:
    """The change that renames `old` to `new`, and the memory as it will be.

    `folder` is where it goes ("" for the memory directory itself): without it where `new` says, as in
    `team/crane`, else it stays in its own.

    Raises NotFound, Ambiguous, Refused (a bad name, or one that exists).
    """
    memory = store.find(old)
    memories, _ = store.memories()
    said, slash, new = stem(new).rpartition("/")
    if folder is None:
        folder = said if slash else memory.file.rpartition("/")[0]
    prefix = f"{folder}/" if folder or slash else ""
    new_file = f"{prefix}{new}.md"
    if new_file == memory.file:
        raise Refused(f"{memory.stem} is called that already", hint="choose another name", slug="exists")
    others = [m.file for m in memories if m.file != memory.file]
    if new_file in others:
        raise Refused(f"{stem(new_file)} exists already", hint="choose another name", slug="exists")
    findings = guard.check_name(new, [f.removeprefix(prefix) for f in others if f.startswith(prefix)])
    if not any(f.startswith(prefix) for f in (memory.file, *others)):  # a new folder
        for part in prefix.split("/")[:-1]:
            findings += guard.check_name(part, [])
    guard.refuse_if_errors(findings)
    named_after_file = memory.name in (memory.stem, memory.stem.rsplit("/", 1)[-1])
    content = topic.rewrite(memory, name=new) if named_after_file and "name" in memory.header else memory.raw
    renamed = topic.decode(_relink(content, memory, new), new_file, memory.modified)
    operations: list[Write | Remove] = [Write(new_file, renamed.raw, None)]
    operations += _linking(store, memories, memory, new)
    operations.append(Remove(memory.file, memory.fingerprint))
    why = f"renamed {memory.stem} to {stem(new_file)}"
    change = Change("mv", tuple(operations), renames=((memory.file, new_file),), why=why, actor=actor())
    return change, renamed


def _linking(store: MemoryStore, memories: list[Memory], target: Memory, new: str) -> list[Write]:
    """The other memories that link to `target`, with their links changed."""
    writes = []
    for memory in memories:
        if memory.file == target.file:
            continue
        if memory.cut:
            memory = store.read(memory.file)
        if memory.cut:
            continue
        content = _succeed(_relink(memory.raw, target, new), memory, target, new)
        if content != memory.raw:
            writes.append(Write(memory.file, content, memory.fingerprint))
    return writes


def _succeed(raw: bytes, memory: Memory, target: Memory, new: str) -> bytes:
    """`raw` with `supersedes` and `supersededBy` naming `new` where they named `target`."""
    changed: dict[str, topic.Value | None] = {}
    for key in ("supersedes", "supersededBy"):
        value = memory.metadata.get(key)
        if value == target.stem:
            changed[key] = new
        elif isinstance(value, list) and target.stem in value:  # a merge supersedes several
            changed[key] = [new if name == target.stem else str(name) for name in value]
    return topic.rewrite(topic.decode(raw, memory.file), metadata=changed) if changed else raw


def _relink(raw: bytes, target: Memory, new: str) -> bytes:
    """`raw` with each link to `target` naming `new`; bytes that are no UTF-8 stay as they are."""
    if b"[[" not in raw:
        return raw
    text = raw.decode("utf-8", "surrogateescape")
    names = {target.stem, target.file, target.stem.rsplit("/", 1)[-1]}

    def swap(match: re.Match[str]) -> str:
        return f"[[{new}{match[2]}]]" if match[1].strip() in names else match[0]

    return _LINK.sub(swap, text).encode("utf-8", "surrogateescape")


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
            f"{memory.file} links to [[{n}]], which is gone now" for n in links(memory.body) if n in stems
        ]
        if memory.metadata.get("supersededBy") in stems:
            revived.append(_without_successor(store, memory))
            warnings.append(f"{memory.stem} was superseded by it, and is recalled again now")
    why = "forgot " + ", ".join(sorted(stems))
    operations = (*revived, *(Remove(m.file, m.fingerprint) for m in found))
    return Change("forget", operations, why=why, actor=actor()), list(dict.fromkeys(warnings))


def _without_successor(store: MemoryStore, memory: Memory) -> Write:
    whole = store.read(memory.file)
    return Write(whole.file, topic.rewrite(whole, metadata={"supersededBy": None}), whole.fingerprint)
