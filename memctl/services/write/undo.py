"""Going back and forth: undo the last changes, redo them, restore an older version or a forgotten memory.

Each is a change like any other, through the same door, and is recorded. An undo takes back the newest change
that stands, so the next one goes on to the change before. What others did meanwhile is never overwritten.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from memctl.domain.change import Applied, Change, Remove, Write
from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import INDEX, Memory, is_index, stem
from memctl.domain.skill_file import diff_shown, is_skill, path_of
from memctl.errors import Conflict, NotFound, Refused
from memctl.format import index, topic
from memctl.services.write.door import WriteDoor
from memctl.services.write.past_names import bygone_file
from memctl.store.history import records as history
from memctl.store.history import versions
from memctl.store.history.lineage import Lineage
from memctl.store.history.records import Record
from memctl.text.escape import shell_word

BACK = "what is put back stood there before"
"""Why the guard is not asked: a person may have let a secret pass then, and going back must not get stuck."""

SHOWN = 20
"""Files of which a refusal shows the diff, and changes that a reason names."""


@dataclass(frozen=True)
class Plan:
    """What an undo or a redo would do: the changes that it turns, in order, and the change that does it."""

    steps: tuple[Record, ...]
    change: Change


@dataclass
class _Course:
    """Where a walk through some steps leads: file -> the id of its bytes, None where it is gone."""

    wanted: dict[str, str | None] = field(default_factory=dict)
    at: dict[str, str] = field(default_factory=dict)  # file -> the commit that `wanted` is of
    clashes: dict[str, tuple[str, str]] = field(default_factory=dict)  # file -> commits whose diff is others'


def undo(door: WriteDoor, steps: int = 1, *, now: float) -> tuple[Plan, Applied]:
    """Take back the last `steps` changes that stand, of those that memctl made; undo and redo are none.

    What was changed outside memctl is not a step. Raises Conflict, with the diff in the message, when a
    later outside change to one of the files would be lost; NotFound when there are fewer changes.
    """
    return _turn(door, plan_undo, steps, now)


def redo(door: WriteDoor, steps: int = 1, *, now: float) -> tuple[Plan, Applied]:
    """Bring back the last `steps` changes that an undo took back; there are none after a new change.

    Raises as `undo` does.
    """
    return _turn(door, plan_redo, steps, now)


def _turn(door: WriteDoor, plan: Callable[[str, int], Plan], steps: int, now: float) -> tuple[Plan, Applied]:
    door.record_outside(now=now)
    planned = plan(door.directory, steps)
    return planned, door.write(planned.change, now=now, unguarded=BACK)


def plan_undo(directory: str, steps: int = 1) -> Plan:
    """The change that takes back the last `steps` changes, from what the history holds. Raises as `undo`."""
    found = standing(directory, steps)
    change = Change(
        "undo",
        _operations(directory, found, back=True),
        why=f"takes back {named(found)}",
        undoes=tuple(record.id for record in found),
    )
    return Plan(tuple(found), change)


def plan_redo(directory: str, steps: int = 1) -> Plan:
    """The change that brings back the last `steps` changes that were undone. Raises as `redo`."""
    found = undone(directory, steps)
    change = Change(
        "redo",
        _operations(directory, found, back=False),
        why=f"brings back {named(found)}",
        redoes=tuple(record.id for record in found),
    )
    return Plan(tuple(found), change)


def standing(directory: str, steps: int) -> list[Record]:
    """The last `steps` changes that stand, the newest first. Raises NotFound when there are fewer."""
    lineage, found = Lineage(), []
    for record in _newest_first(directory, steps):
        if lineage.take(record) and record.files:  # none where two pasts became one
            found.append(record)
        if len(found) == steps:
            return found
        if record.verb == "cp" and history.is_arrival(directory, record.commit):
            break  # what is told before it was done in another project
    raise NotFound(_too_few(len(found), "undo", "undone"), hint="memctl log shows what was done")


def undone(directory: str, steps: int) -> list[Record]:
    """The last `steps` changes that an undo took back, the next to come back first. Raises NotFound when
    there are fewer."""
    lineage = Lineage()
    known: dict[str, Record] = {}
    for record in _newest_first(directory, steps):
        lineage.take(record)
        known.update({record.id: record, record.commit[:8]: record})
        if lineage.ended and all(change in known for change in lineage.line[:steps]):
            break
    found = [known[change] for change in lineage.line[:steps] if change in known]
    if len(found) < steps:
        hint = "a new change ends what can be redone; memctl log shows it all, memctl restore NAME --at REF"
        raise NotFound(_too_few(len(found), "redo", "redone"), hint=f"{hint} brings one memory back")
    return found


def check(directory: str, steps: list[Record], *, back: bool) -> None:
    """Raise what would stand in the way of taking `steps` back (else: bringing them back), all of them."""
    _operations(directory, steps, back=back)


def named(records: list[Record]) -> str:
    """The changes for people: `save 1234abcd, mv 5678abcd`."""
    more = f" and {len(records) - SHOWN} more" if len(records) > SHOWN else ""
    return ", ".join(f"{r.verb} {r.commit[:8]}" for r in records[:SHOWN]) + more


def _too_few(count: int, verb: str, done: str) -> str:
    if not count:
        return f"there is no change to {verb}"
    return f"only {count} {'change' if count == 1 else 'changes'} can be {done}"


def _newest_first(directory: str, steps: int) -> Iterator[Record]:
    """Every record, the newest first; read in pieces that grow, since most of the time few are needed."""
    limit, given = 2 * steps + 20, 0
    while True:
        records, damage = history.readable(directory, limit, here=True)
        yield from records[given:]
        if damage is not None:
            raise damage
        if len(records) < limit:
            return
        given, limit = len(records), limit * 8


def _operations(directory: str, steps: list[Record], *, back: bool) -> tuple[Write | Remove, ...]:
    """What leads from the files as they are to those before (or, forward, after) `steps`. Raises Conflict."""
    tip = history.tip(directory)
    now_there = versions.blobs(directory, tip)
    course = _follow(directory, steps, now_there, tip, back)
    changing = {f: blob for f, blob in course.wanted.items() if blob != now_there.get(f)}
    _refuse_loss(directory, steps, {f: ends for f, ends in course.clashes.items() if f in changing})
    if INDEX in course.clashes and not all(is_index(f) for f in course.wanted):
        changing.pop(INDEX, None)  # others wrote it since: its pointers follow from the files instead
    return _turned(directory, now_there, changing)


def _turned(
    directory: str, now_there: dict[str, str], changing: dict[str, str | None]
) -> tuple[Write | Remove, ...]:
    """What gives each file of `changing` the bytes of that id, None: removes it."""
    there = versions.read(directory, {f: now_there[f] for f in changing if f in now_there})
    wanted = versions.read(directory, {f: blob for f, blob in changing.items() if blob is not None})
    if INDEX in wanted:
        wanted[INDEX] = _without_pointers(wanted[INDEX], [f for f in changing if f not in wanted])
    return tuple(op for f in sorted(changing) for op in _operation(f, there.get(f), wanted.get(f)))


def _follow(directory: str, steps: list[Record], now_there: dict[str, str], tip: str, back: bool) -> _Course:
    """Walk through `steps` on paper; a file that is not what a step left there clashes with it."""
    course, deltas = _Course(), versions.deltas(directory, (step.commit for step in steps))
    for step in steps:
        before = f"{step.commit}~1"
        for file, (old, new) in deltas[step.commit].items():
            left, wanted = (new, old) if back else (old, new)
            if course.wanted.get(file, now_there.get(file)) not in (left, wanted):
                course.clashes.setdefault(file, (step.commit if back else before, course.at.get(file, tip)))
            course.wanted[file] = wanted
            course.at[file] = before if back else step.commit
    return course


def _without_pointers(raw: bytes, gone: list[str]) -> bytes:
    """An older index may point to what others had removed; what is put back never points to nothing."""
    text = raw.decode("utf-8", "surrogateescape")
    return index.remove(text, *gone).encode("utf-8", "surrogateescape")


def _refuse_loss(directory: str, steps: list[Record], clashes: dict[str, tuple[str, str]]) -> None:
    """The index is not lost by others' edits to it: its pointers are derived when it is not put back."""
    only_index = all(is_index(file) for step in steps for file in step.files)
    lost = sorted(file for file in clashes if only_index or not is_index(file))
    if not lost:
        return
    shown = lost[:SHOWN]
    ends: dict[tuple[str, str], list[str]] = {}
    for file in shown:
        ends.setdefault(clashes[file], []).append(file)
    parts = [history.diff_between(directory, *pair, tuple(files)) for pair, files in ends.items()]
    names = ", ".join(map(path_of, shown)) + (f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else "")
    were = "was" if len(lost) == 1 else "were"
    diff = diff_shown("".join(parts))
    raise Conflict(
        f"{names} {were} changed outside memctl since then, and that would be lost:\n{diff}",
        hint=_way_past(lost),
    )


def _way_past(lost: list[str]) -> str:
    """What the person may do about files that others changed; of a skill no version is brought back alone."""
    skills = [path_of(file) for file in lost if is_skill(file)]
    if not skills:
        return "memctl restore NAME --at REF brings back one memory as it was"
    aside = "; ".join(f"mv {shell_word(path)} {shell_word(path + '.kept')}" for path in skills[:SHOWN])
    return f"keep your text under another name, then undo again: {aside}"


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
    stems = ", ".join(stem(file) for file in operations)
    change = Change("restore", wanted, why=f"{stems} as at {', '.join(sorted(commits))}")
    return list(operations), door.write(change, now=now, unguarded=BACK)


def _plan_restore(directory: str, name: str, ref: str | None) -> tuple[str, str, list[Write | Remove]]:
    """The file that `name` means, the commit it comes from, and what brings it back."""
    file = bygone_file(directory, name, forgotten=ref is None)
    there = history.contents(directory, history.tip(directory), (file,))[file]
    if ref is None and there is not None:
        raise Refused(
            f"{file} is not forgotten",
            hint=f"memctl restore {shell_word(stem(file))} --at REF for an older version",
            slug="exists",
        )
    commit = history.resolve(directory, ref) if ref is not None else _last_with(directory, file)
    wanted = history.contents(directory, commit, (file,))[file]
    if wanted is None:
        raise NotFound(f"{file} did not exist at {ref}", hint="memctl log shows when it did")
    return file, commit, _operation(file, there, wanted)


def version(directory: str, name: str, ref: str) -> Memory:
    """The memory `name` as it was at `ref`. Raises NotFound and Ambiguous."""
    file = bygone_file(directory, name)
    return topic.decode(history.show(directory, file, ref), file)


def _last_with(directory: str, file: str) -> str:
    """The last commit in which `file` was there: the one before its removal."""
    records = history.log(directory, 1, file)
    return history.parent(directory, records[0].commit)
