"""Which changes stand, and which an undo took back: read from the history alone, the newest record first.

An undo names the changes that it takes back, a redo those that it brings back, by their ids; the newest
mention of a change decides. A new change ends the line of what could be brought back, as in editors.
"""

import re

from memctl.store.history.records import Record

_TAKEN = re.compile(r"([a-z]+) ([0-9a-f]{8})(?:,|$)")
"""What an undo of version 0.1.0 took back, as its reason says; there an undo could be undone as well."""


class Lineage:
    """What the records given so far say, the newest first."""

    def __init__(self) -> None:
        self._stands: dict[str, bool] = {}  # id -> what the newest undo or redo that names it made of it
        self._ended = False
        self.line: list[str] = []  # ids of the changes that a redo would bring back, the next one first

    @property
    def ended(self) -> bool:
        """Whether the line is known to its end: a change that is neither undo nor redo was met."""
        return self._ended

    def take(self, record: Record) -> bool:
        """Learn from the next older record; whether it is a change that stands, so that it can be undone."""
        if record.is_outside:
            return False
        stands = self._stands.get(record.id, self._stands.get(record.commit[:8], True))
        if record.verb not in ("undo", "redo"):
            self._ended = self._ended or bool(record.files)  # what came without a file is in nobody's way
            return stands
        if stands:
            self._turn(record)
        return False

    def _turn(self, record: Record) -> None:
        taken, void = (record.undoes, ()) if record.undoes else _taken_by_0_1_0(record)
        self.line += [i for i in reversed(taken) if i not in self._stands and not self._ended]
        for change in (*taken, *void):
            self._stands.setdefault(change, False)
        for change in record.redoes:
            self._stands.setdefault(change, True)


def _taken_by_0_1_0(record: Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What an undo of version 0.1.0 took back: changes, and undos, of which nothing is left then."""
    if record.verb != "undo":
        return (), ()
    named = _TAKEN.findall(record.why.removeprefix("takes back "))
    return tuple(i for verb, i in named if verb != "undo"), tuple(i for verb, i in named if verb == "undo")
