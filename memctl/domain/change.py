"""A change to a memory directory: what `store.write.apply` is given, and what it answers."""

from dataclasses import dataclass, field

from memctl.domain.memory import Memory


@dataclass(frozen=True)
class Write:
    """Give `file` the bytes `content`.

    `expect` is the fingerprint that the file must have now (compare-and-swap), or None when no such file
    may exist yet. `before` is the memory whose text this one continues, as it was read: the one that is
    replaced, or of a renamed one its former file. It is for the guard, and is not kept.
    """

    file: str
    content: bytes
    expect: str | None = None
    before: Memory | None = field(default=None, compare=False, repr=False)

    @classmethod
    def over(cls, memory: Memory, content: bytes) -> "Write":
        """Give the file of `memory` other bytes, as long as it is what was read."""
        return cls(memory.file, content, memory.fingerprint, memory)


@dataclass(frozen=True)
class Remove:
    """Remove `file`, which must have the fingerprint `expect` now."""

    file: str
    expect: str


@dataclass(frozen=True)
class Change:
    """Operations that are applied together or not at all, and why.

    The pointers of the index follow from the operations, inside the lock: a written memory gets or keeps
    its pointer, a removed one loses it, `renames` (old file -> new file) carries a pointer over. An
    operation on the index itself replaces its text as given, and no pointer is derived then.
    """

    verb: str  # "save", "mv", "undo", ...: what the history calls it
    operations: tuple[Write | Remove, ...]
    renames: tuple[tuple[str, str], ...] = ()
    why: str = ""  # one line for the history
    actor: str = "memctl"  # "memctl", or the agent that called it, e.g. "claude-code"
    session: str | None = None
    undoes: tuple[str, ...] = ()  # ids of the changes that this one takes back, the newest first
    redoes: tuple[str, ...] = ()  # ids of the changes that this one brings back


@dataclass(frozen=True)
class Applied:
    """What `store.write.apply` did. `commit` is None where git is not installed."""

    commit: str | None
    files: tuple[str, ...]  # relative paths that were written or removed, the index included
    outside: tuple[str, ...] = ()  # files found changed by someone else and recorded first
    warnings: tuple[str, ...] = field(default_factory=tuple)  # e.g. the index is over its budget
    left: tuple[str, ...] = ()  # files of the memories for which the index had no room any more
