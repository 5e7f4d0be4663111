"""Undo and redo through all that a project went through, also where its memory went to another folder.

A change of the files is the write room's to turn; of one that brought everything from one folder to another,
everything goes back there, with its history, and the walk goes on in that one.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from memctl.domain.change import Change
from memctl.services.projects import placement
from memctl.services.write import undo
from memctl.services.write.door import WriteDoor
from memctl.store.history.records import Record
from memctl.store.state.resolve import Place


@dataclass(frozen=True)
class Turned:
    """Some changes that were turned, in order, by one undo or redo: where the memories are now, the files
    that it touched, and whether they `moved` there."""

    directory: str
    steps: tuple[Record, ...]
    files: tuple[str, ...]
    warnings: tuple[str, ...]
    moved: bool = False


def planned(place: Place, verb: str, steps: int, *, now: float) -> list[Record]:
    """The changes that `turn` would take back, or bring back, in order. Raises as it does."""
    return _due(place, verb, steps, now)[0]


def turn(place: Place, verb: str, steps: int, *, now: float) -> Iterator[Turned]:
    """Take back the last `steps` changes (`undo`), or bring them back (`redo`): what is next in one folder at
    once, and each move by itself.

    What stands in the way is raised before anything is done, as `undo.undo` does.
    """
    due, moves = _due(place, verb, steps, now)
    for is_move, group in groupby(due, key=lambda record: record.id in moves):
        for some in ([record] for record in group) if is_move else [list(group)]:
            done = _moved(place, verb, some[0], now) if is_move else _changed(place, verb, some, now)
            yield done
            place = Place(done.directory, place.root, place.rules)


def _due(place: Place, verb: str, steps: int, now: float) -> tuple[list[Record], Collection[str]]:
    """The changes that are next, and the ids of all that moved everything from one folder to another."""
    WriteDoor(place).record_outside(now=now)
    back = verb == "undo"
    due = undo.standing(place.directory, steps) if back else undo.undone(place.directory, steps)
    moves = placement.moves(place.directory)
    undo.check(place.directory, [record for record in due if record.id not in moves], back=back)
    return due, moves


def _changed(place: Place, verb: str, steps: Sequence[Record], now: float) -> Turned:
    turn = undo.undo if verb == "undo" else undo.redo
    plan, applied = turn(WriteDoor(place), len(steps), now=now)
    return Turned(place.directory, plan.steps, applied.files, applied.warnings)


def _moved(place: Place, verb: str, record: Record, now: float) -> Turned:
    change = Change(verb, (), undoes=(record.id,), why=f"takes back {undo.named([record])}")
    if verb == "redo":
        change = replace(change, undoes=(), redoes=(record.id,), why=f"brings back {undo.named([record])}")
    done = placement.turn(place, record.id, change, now=now)
    return Turned(done.directory, (record,), done.files, done.warnings, moved=True)
