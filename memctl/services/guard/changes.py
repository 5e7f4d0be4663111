"""The guard's pass over a whole change: every file that it would write, each once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from memctl.domain.change import Change, Remove, Write
from memctl.domain.finding import Finding
from memctl.domain.memory import Memory, is_index, stem
from memctl.domain.skill_file import is_skill
from memctl.services import guard

SPAN = 100
WIDE = 200
"""Lines that one secret may span, and how wide each is at most: a private key has some sixty of 64."""


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

    `memories` are the topic files it writes, decoded, by file; one that is new may lie in a folder only where
    `in_folders` says so, one that is renamed always. What stood in a file before is not this change's doing;
    the doctor reports it.
    """
    first = change.operations[0] if change.operations else None  # what the person asked for
    gone = {operation.file for operation in change.operations if isinstance(operation, Remove)}
    beside = [file for file in files if file not in gone]
    found: list[Finding] = []
    for write in _created(change):
        moved = any(write.file == new for _, new in change.renames)
        folder = write.file.rpartition("/")[0] if in_folders or moved else ""
        found += _check_path(folder, write.file, beside, allow_secret)
    for operation in change.operations:
        if isinstance(operation, Write):
            said = _check_content(operation, memories.get(operation.file), allow_secret)
            found += said if operation is first else [replace(f, file=operation.file) for f in said]
    guard.refuse_if_errors(found)
    return found


def _created(change: Change) -> Iterable[Write]:
    """What makes a file with a name to be looked at: all but an index that is begun as what it is."""
    for operation in change.operations:
        if isinstance(operation, Write) and operation.expect is None:
            before = operation.before
            named = not is_skill(operation.file)  # the proposal's door looks at the name of a skill
            if named and (before is None or not is_index(before.file)):
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
    before = _text(write.before.raw) if write.before else ""
    return guard.check_text(
        _around_new(_text(write.content), before), where="index", allow_secret=allowed, before=before
    )


def _around_new(text: str, before: str) -> str:
    """The lines of `text` that are not in `before`, with the short ones around them: a secret may span many.

    What is far from them is left blank, or out where that alone would be too much to look through.
    """
    known = frozenset(before.split("\n"))
    lines = text.split("\n")
    new = {number for number, line in enumerate(lines) if line not in known}
    near = {other for number in new for other in range(number - SPAN, number + SPAN + 1)}
    kept = {n: lines[n] for n in sorted(near) if n in new or (0 <= n < len(lines) and len(lines[n]) <= WIDE)}
    if len(lines) > guard.LOOK_MAX // 10:
        return "\n".join(kept.values())
    return "\n".join(kept.get(number, "") for number in range(len(lines)))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
