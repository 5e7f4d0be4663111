"""The guard's pass over a whole change: every file that it would write, each once."""

from collections.abc import Iterable, Mapping, Sequence

from memctl.domain.change import Change, Remove, Write
from memctl.domain.finding import Finding
from memctl.domain.memory import Memory, is_index, stem
from memctl.services import guard


def creates(change: Change) -> bool:
    """Whether the change makes a topic file that is not there yet, whose name is to be looked at."""
    return any(True for _ in _created(change))


def continued(change: Change) -> set[str]:
    """The files whose text goes on from an earlier one, so that not all of it was looked at."""
    return {op.file for op in change.operations if isinstance(op, Write) and op.before is not None}


def check(
    change: Change,
    memories: Mapping[str, Memory],
    files: Iterable[str],
    *,
    allow_secret: frozenset[str],
    in_folders: bool,
) -> list[Finding]:
    """The warnings about what `change` adds to the directory that holds `files`. Raises Refused for an error.

    `memories` are the topic files it writes, decoded, by file; a new one may lie in a folder only where
    `in_folders` says so. What stood in a file before is not this change's doing; the doctor reports it.
    """
    gone = {operation.file for operation in change.operations if isinstance(operation, Remove)}
    beside = [file for file in files if file not in gone]
    found: list[Finding] = []
    for write in _created(change):
        folder = write.file.rpartition("/")[0] if in_folders else ""
        found += _check_path(folder, write.file, beside, allow_secret)
    for operation in change.operations:
        if isinstance(operation, Write):
            found += _check_content(operation, memories.get(operation.file), allow_secret)
    guard.refuse_if_errors(found)
    return found


def _created(change: Change) -> Iterable[Write]:
    """What makes a file with a name to be looked at: all but an index that is begun as what it is."""
    for operation in change.operations:
        if isinstance(operation, Write) and operation.expect is None:
            before = operation.before
            if before is None or not is_index(before.file):
                yield operation


def _check_path(folder: str, file: str, beside: Sequence[str], allowed: frozenset[str]) -> list[Finding]:
    """The name of a new file among those of its folder, and of a folder that is new with it."""
    prefix = f"{folder}/" if folder else ""
    siblings = [other.removeprefix(prefix) for other in beside if other.startswith(prefix)]
    found = guard.check_name(stem(file).removeprefix(prefix), siblings, allow_secret=allowed)
    if folder and not siblings:
        for part in folder.split("/"):
            found += guard.check_name(part, [], allow_secret=allowed)
    return found


def _check_content(write: Write, memory: Memory | None, allowed: frozenset[str]) -> list[Finding]:
    if memory is not None:
        return guard.check_topic(memory, write.before, allow_secret=allowed)
    known = frozenset(_lines(write.before.raw)) if write.before else frozenset()
    new = "\n".join("" if line in known else line for line in _lines(write.content))
    return guard.check_text(new, where="index", allow_secret=allowed)


def _lines(raw: bytes) -> list[str]:
    return raw.decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n")
