"""Going back: undo the last changes, restore an older version or a forgotten memory.

Going back is a change like any other, through the same door: it is recorded, and can itself be undone.
What others did meanwhile is never overwritten.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from memctl.domain.change import Applied, Change, Remove, Write
from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import INDEX, Memory, is_index, stem
from memctl.errors import Ambiguous, Conflict, NotFound, Refused
from memctl.format import index, topic
from memctl.services.write.door import WriteDoor
from memctl.store.history import records as history
from memctl.store.history.records import Record

Versions = dict[str, bytes | None]

BACK = "what is put back stood there before"
"""Why the guard is not asked: a person may have let a secret pass then, and going back must not get stuck."""


@dataclass(frozen=True)
class Plan:
    """What an undo would do: the steps that it takes back, newest first, and the change that does it."""

    steps: tuple[Record, ...]
    change: Change


@dataclass
class _Past:
    """What one undo has to put back, gathered from the newest commit to the oldest."""

    steps: list[Record] = field(default_factory=list)
    older: dict[str, str] = field(default_factory=dict)  # file -> the oldest undone commit that touched it
    outside: dict[str, list[str]] = field(default_factory=dict)  # file -> others' commits, newest first
    blocked: set[str] = field(default_factory=set)  # files of which an outside version would be lost


def undo(door: WriteDoor, steps: int = 1, *, now: float) -> tuple[Plan, Applied]:
    """Take back the last `steps` changes that memctl made; an undo is such a change too.

    What was changed outside memctl is not a step. Raises Conflict, with the diff in the message, when a
    later outside change to one of the files would be lost; NotFound when there are fewer changes.
    """
    door.record_outside(now=now)
    plan = plan_undo(door.directory, steps)
    return plan, door.write(plan.change, now=now, unguarded=BACK)


def plan_undo(directory: str, steps: int = 1) -> Plan:
    """The change that takes back the last `steps` changes, from what the history holds. Raises as `undo`."""
    past = _look_back(directory, steps)
    touched = tuple(past.older)
    last = history.tip(directory)
    now_there = history.contents(directory, last, touched)
    wanted: Versions = {}
    for commit in set(past.older.values()):
        own = tuple(f for f in touched if past.older[f] == commit)
        wanted.update(history.contents(directory, history.parent(directory, commit), own))
    _refuse_loss(directory, past, {f for f in touched if now_there[f] != wanted[f]})
    gone = [f for f in touched if wanted[f] is None]
    if INDEX in past.outside:  # others wrote it since: its pointers follow from the files instead
        wanted.pop(INDEX, None)
    elif wanted.get(INDEX):
        wanted[INDEX] = _without_pointers(wanted[INDEX] or b"", gone)
    operations = tuple(op for f in sorted(wanted) for op in _operation(f, now_there[f], wanted[f]))
    taken = ", ".join(f"{r.verb} {r.commit[:8]}" for r in past.steps)
    return Plan(tuple(past.steps), Change("undo", operations, why=f"takes back {taken}"))


def _without_pointers(raw: bytes, gone: list[str]) -> bytes:
    """An older index may point to what others had removed; what is put back never points to nothing."""
    text = raw.decode("utf-8", "surrogateescape")
    return index.remove(text, *gone).encode("utf-8", "surrogateescape")


def _look_back(directory: str, steps: int) -> _Past:
    past = _Past()
    for record in _enough(directory, steps):
        if len(past.steps) == steps:
            break
        if record.is_outside:
            for file in record.files:
                past.outside.setdefault(file, []).append(record.commit)
            continue
        if not record.files:
            continue  # two pasts became one, and no file changed
        past.steps.append(record)
        for file in record.files:
            past.older[file] = record.commit
            if file in past.outside:
                past.blocked.add(file)
    if len(past.steps) < steps:
        count = len(past.steps)
        raise NotFound(
            "there is no change to undo" if not count else f"only {count} changes can be undone",
            hint="memctl log shows them",
        )
    return past


def _enough(directory: str, steps: int) -> list[Record]:
    """The newest records, down to at least `steps` changes of memctl's own where there are as many."""
    limit = 2 * steps + 20
    while True:
        records = history.log(directory, limit, here=True)
        if len(records) < limit or sum(bool(r.files) and not r.is_outside for r in records) >= steps:
            return records
        limit *= 8


def _refuse_loss(directory: str, past: _Past, changing: set[str]) -> None:
    """The index is not lost by others' edits to it: its pointers are derived when it is not put back."""
    only_index = all(is_index(f) for f in past.older)
    suspects = [f for f in sorted(past.blocked & changing) if only_index or not is_index(f)]
    lost = [f for f in suspects if _is_lost(directory, past, f)]
    if not lost:
        return
    parts = [
        history.diff_between(directory, history.parent(directory, commit), commit, (file,))
        for file in lost
        for commit in reversed(past.outside[file])
    ]
    names = ", ".join(lost)
    raise Conflict(
        f"{names} was changed outside memctl since then, and that would be lost:\n{''.join(parts)}",
        hint="memctl restore NAME --at REF brings back one memory as it was",
    )


def _is_lost(directory: str, past: _Past, file: str) -> bool:
    """Whether others left `file` different from what memctl had left; what they took back is no loss."""
    later = history.tip(directory)
    for step in past.steps:
        if file in step.files:
            found = history.contents(directory, later, (file,))
            if found != history.contents(directory, step.commit, (file,)):
                return True
            later = history.parent(directory, step.commit)
    return False


def _operation(file: str, there: bytes | None, wanted: bytes | None) -> list[Write | Remove]:
    if there == wanted:
        return []
    if wanted is None:
        assert there is not None
        return [Remove(file, fingerprint(there))]
    return [Write(file, wanted, None if there is None else fingerprint(there))]


def restore(
    door: WriteDoor, names: Sequence[str], ref: str | None = None, *, now: float
) -> tuple[list[str], Applied | None]:
    """Bring back the memories `names` as they were at `ref`, or (None) forgotten ones as they were last.

    A name is a relative file or its stem. One change for all of them; returns their files and what was
    done, None when each is as it was already. Raises NotFound when the history does not have one, Refused
    when one is still there and no `ref` says which version is meant; nothing is written then.
    """
    door.record_outside(now=now)
    operations: dict[str, list[Write | Remove]] = {}
    commits = set()
    for name in names:
        file, commit, found = _plan_restore(door.directory, name, ref)
        operations[file] = found
        commits.add(commit[:8])
    wanted = tuple(operation for found in operations.values() for operation in found)
    if not wanted:
        return list(operations), None
    named = ", ".join(stem(file) for file in operations)
    change = Change("restore", wanted, why=f"{named} as at {', '.join(sorted(commits))}")
    return list(operations), door.write(change, now=now, unguarded=BACK)


def _plan_restore(directory: str, name: str, ref: str | None) -> tuple[str, str, list[Write | Remove]]:
    """The file that `name` means, the commit it comes from, and what brings it back."""
    file = _known_file(directory, name)
    there = history.contents(directory, history.tip(directory), (file,))[file]
    if ref is None and there is not None:
        raise Refused(
            f"{file} is not forgotten",
            hint=f"memctl restore {stem(file)} --at REF for an older version",
            slug="exists",
        )
    commit = history.resolve(directory, ref) if ref is not None else _last_with(directory, file)
    wanted = history.contents(directory, commit, (file,))[file]
    if wanted is None:
        raise NotFound(f"{file} did not exist at {ref}", hint="memctl log shows when it did")
    return file, commit, _operation(file, there, wanted)


def version(directory: str, name: str, ref: str) -> Memory:
    """The memory `name` as it was at `ref`. Raises NotFound and Ambiguous."""
    file = _known_file(directory, name)
    return topic.decode(history.show(directory, file, ref), file)


def _known_file(directory: str, name: str) -> str:
    """The file of the history that `name` means: exactly, else without regard to folder or case."""
    known = history.every_file(directory)
    for wanted in (name, name + ".md"):
        if wanted in known:
            return wanted
    folded = name.lower().removesuffix(".md")
    near = sorted(
        f for f in known if stem(f).lower() == folded or stem(f).lower().rsplit("/", 1)[-1] == folded
    )
    if len(near) > 1:
        raise Ambiguous(f"{name} could be {', '.join(near)}")
    if not near:
        raise NotFound(f"the history has no memory {name}", hint="memctl log shows what was changed")
    return near[0]


def _last_with(directory: str, file: str) -> str:
    """The last commit in which `file` was there: the one before its removal."""
    records = history.log(directory, 1, file)
    return history.parent(directory, records[0].commit)
