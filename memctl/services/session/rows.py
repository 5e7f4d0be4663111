"""What is gathered of a session, a row for each thing, as JSON holds it."""

from collections.abc import Iterable, Mapping
from typing import Any

from memctl.domain.contents import Item
from memctl.services.guard import repeats

Row = list[Any]
"""[text, turn, outcome, about, times]"""


def others(read: Mapping[str, Row], edited: Mapping[str, Row]) -> list[Row]:
    """The files of `read` that are not among `edited`, also where one path is the end of the other."""
    names: dict[str, list[str]] = {}
    for path in edited:
        names.setdefault(path.rpartition("/")[2], []).append("/" + path.lstrip("./"))
    found = []
    for path, row in read.items():
        own = "/" + path.lstrip("./")
        alike = names.get(path.rpartition("/")[2], ())
        if not any(other.endswith(own) or own.endswith(other) for other in alike):
            found.append(row)
    return found


def without(held: Any, values: repeats.Values) -> Any:
    """`held` without `values`, wherever they stand in it."""
    if isinstance(held, str):
        return repeats.without(held, values)
    if isinstance(held, list):
        return [without(one, values) for one in held]
    if isinstance(held, dict):
        return {repeats.without(key, values): without(one, values) for key, one in held.items()}
    return held


def items(rows: Iterable[Row]) -> tuple[Item, ...]:
    """Each of `rows` as an item that was seen."""
    return tuple(item(row) for row in rows)


def item(row: Row) -> Item:
    """`row` as an item that was seen."""
    text, turn, outcome, about, times = row
    return Item(text, turn, True, outcome, about, times)


def bounded(rows: dict[str, Row], key: str, row: Row, most: int) -> None:
    """Put `row` last; the first one goes where there are too many."""
    rows[key] = row
    if len(rows) > most:
        del rows[next(iter(rows))]
