"""The full text of a memory that was shortened: the version that its header names, from the history.

It is looked for by its bytes, so a rename or a move loses nothing. Where the history was rewritten without a
value, its bytes are others: then it is the version that this shortening replaced.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import Memory
from memctl.errors import NotFound
from memctl.format import topic
from memctl.store.history import git, graph, records, versions
from memctl.store.history.commits import git_dir
from memctl.text.escape import shell_word

KEY = "full"
"""The key under `metadata` that names the full version, by its fingerprint."""


def named(memory: Memory) -> str:
    """The fingerprint of the full version of `memory`; "" where it is not shortened."""
    return str(memory.metadata.get(KEY) or "")


@dataclass(frozen=True)
class Whole:
    """A full text, and whether the memory still says just what was made of it: else it was changed since, and
    where the two differ the memory holds."""

    memory: Memory
    is_current: bool


def full(directory: str, memory: Memory) -> Memory:
    """`memory` with its full text: itself where it is not shortened. Raises as `whole` does."""
    return whole(directory, memory).memory


def whole(directory: str, memory: Memory) -> Whole:
    """The full text of `memory`: its own where it is not shortened.

    Raises NotFound where the history does not have it (any more), MemctlError where git is not installed,
    Damaged.
    """
    wanted = named(memory)
    if not wanted:
        return Whole(memory, True)
    if git.program() is None:
        raise NotFound(
            f"the full text of {memory.file} is in the history, and git is not installed",
            hint="install git",
        )
    for file in (memory.file, None):  # under its own name first: few versions
        found = _found(directory, wanted, file)
        if found is not None:
            shorter = found[1]
            is_current = shorter is None or topic.decode(shorter, memory.file).body == memory.body
            return Whole(topic.decode(found[0], memory.file), is_current)
    raise NotFound(
        f"the full text of {memory.file} is not in the history of this directory",
        hint=f"`memctl log {shell_word(memory.file)}` shows what is; a backup, or the directory that it was"
        " copied from, may have it",
    )


def _found(directory: str, wanted: str, file: str | None) -> tuple[bytes, bytes | None] | None:
    """The bytes of the version `wanted` and of what was made of it, among those of `file` or of all."""
    commits = [record.commit for record in records.log(directory, file=file)]
    pairs = [
        (before, after)
        for delta in versions.deltas(directory, commits).values()
        for name, (before, after) in delta.items()
        if name == file or file is None
    ]
    ids = dict.fromkeys(blob for pair in pairs for blob in pair if blob and blob != versions.LOST_ID)
    texts = dict(graph.contents(git_dir(directory), ids))
    exact = next((raw for raw in texts.values() if fingerprint(raw) == wanted), None)
    replaced = next(_replaced(pairs, texts, wanted), None)
    if exact is None:
        return replaced
    return exact, replaced[1] if replaced else None


def _replaced(
    pairs: list[tuple[str | None, str | None]], texts: Mapping[str, bytes], wanted: str
) -> Iterator[tuple[bytes, bytes]]:
    """The versions in the place of which came one that names `wanted`, each with that."""
    for before, after in pairs:
        if before in texts and after in texts and before is not None and after is not None:
            shorter = named(topic.decode(texts[after], ""))
            if shorter == wanted and named(topic.decode(texts[before], "")) != wanted:
                yield texts[before], texts[after]
