"""What of an archive is believed: anybody can write one, and its list of hashes with it.

Whose words a memory is counts only where the project's own past knew the file's very bytes, or where the
archive is all there is of a project: a place without memories, to which its history comes too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from memctl.agents.actor import actor
from memctl.domain.change import Change, Write
from memctl.domain.fingerprint import blob_id
from memctl.domain.memory import is_index, stem
from memctl.domain.proposal import weakest
from memctl.errors import Damaged, MemctlError
from memctl.format import topic
from memctl.services import guard
from memctl.store.history import bundle, git
from memctl.store.write import journal
from memctl.text.escape import escape


def known(directory: str, contents: Iterable[bytes]) -> frozenset[str]:
    """The ids of those `contents` that the own line of the history of `directory` knew."""
    ids = {blob_id(content) for content in contents}
    return frozenset(ids & bundle.own(directory)) if ids and git.program() else frozenset()


def brought(directory: str, history: str | None, contents: Iterable[bytes]) -> frozenset[str]:
    """The ids of those `contents` that the bundle at the path `history` knew. Raises MemctlError."""
    ids = {blob_id(content) for content in contents}
    return bundle.known(directory, history, ids) if history and git.program() else frozenset()


def lowered(
    memories: Mapping[str, bytes], believed: frozenset[str], now: float
) -> tuple[dict[str, bytes], list[str]]:
    """`memories`, those that are not believed with the origin `import` at most, and a sentence for each that
    is left out since its header cannot be told."""
    kept, left = {}, []
    for file, content in memories.items():
        if is_index(file) or blob_id(content) in believed:
            kept[file] = content
            continue
        try:
            kept[file] = imported(file, content, now)
        except Damaged:
            left.append(f"{escape(file)} is left out: its header is damaged, so it may say anything")
    return kept, left


def imported(file: str, content: bytes, now: float) -> bytes:
    """`content` with the origin `import` where it says another. Raises Damaged."""
    memory = topic.decode(content, file, now)
    said = memory.metadata.get("origin")
    if said is None or said == "import":
        return content
    return topic.rewrite(memory, metadata={"origin": weakest((str(said), "import")) or "import"})


def look(memories: Mapping[str, bytes], now: float) -> list[str]:
    """What the guard finds in `memories`, one sentence each: a secret, a hidden character, a bad name."""
    found = []
    for file, content in memories.items():
        if is_index(file):
            said = guard.check_text(content.decode("utf-8", "surrogateescape"), where="index")
        else:
            name = guard.check_name(stem(file).rpartition("/")[2])
            said = [*name, *guard.check_topic(topic.decode(content, file, now))]
        found += [f"{escape(file)}: {f.message}" for f in said if f.severity == "error"]
    return found


def kept_change(path: str, content: bytes, now: float) -> bytes | None:
    """A kept change of an archive as one of whoever restores it, examined when it is applied; else None."""
    try:
        entry = journal.decode(path.rpartition("/")[2].removesuffix(".json"), content)
        operations = tuple(
            replace(op, content=imported(op.file, op.content, now))
            if isinstance(op, Write) and not is_index(op.file)
            else op
            for op in entry.change.operations
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, MemctlError):
        return None
    change: Change = replace(entry.change, operations=operations, actor=actor())
    return journal.encode(replace(entry, change=change, reason=journal.RESTORED, bringing=None))
