"""What speaks for each memory's place in the index: its header, and which sessions were shown it."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from memctl.domain.memory import Memory
from memctl.domain.relation import is_pinned
from memctl.domain.tier import Standing, least_first, mark
from memctl.domain.tier import moved as moved_by
from memctl.format import header, summary
from memctl.format.room import Order
from memctl.store.disk import files
from memctl.store.state import surfaced

_HEAD = 4_096


def of_memories(directory: str, memories: Iterable[Memory]) -> list[Standing]:
    """The standings of memories that were read already."""
    uses = surfaced.uses(directory)
    return [
        Standing(
            m.file, m.type, m.modified, tuple(uses.get(m.file, ())), mark(m.metadata), is_pinned(m.metadata)
        )
        for m in memories
    ]


def order(directory: str, now: float, redact: Callable[[str], str] = str) -> Order:
    """What tells `format.room` which pointers may leave, the least claim first.

    One may where its memory is there, neither pinned nor kept hot, and holds every word of the line: what a
    person worded stands nowhere else. Only the beginnings of the files are read.
    """

    def least(pointers: Collection[tuple[str, str]]) -> Iterator[str]:
        uses = surfaced.uses(directory)
        found = (_looked_at(directory, file, said, uses, redact) for file, said in pointers)
        standings = [one for one in found if one is not None and not one.stays]
        return (one.file for one in least_first(standings, now))

    return least


def own(memory: Memory) -> Order:
    """What tells whether the pointer to one memory that nothing keeps may leave: it says nothing that the
    beginning of `memory` does not."""
    text = memory.raw[:_HEAD].decode("utf-8", "replace")
    return lambda pointers: [file for file, said in pointers if _holds(text, said)]


def _looked_at(
    directory: str, file: str, said: str, uses: Mapping[str, list[float]], redact: Callable[[str], str]
) -> Standing | None:
    """The standing of `file`; None where it cannot be read, or the index says of it what it does not."""
    path = os.path.join(directory, *file.split("/"))
    try:
        raw = _head(path)
        changed = os.lstat(path).st_mtime
    except (OSError, ValueError):
        return None
    head = header.read(raw)
    fields = summary.of(head, file, changed)
    if not _holds(raw.decode("utf-8", "replace"), said) and not _holds(redact(fields.description), said):
        return None
    metadata = head.keys.get("metadata")
    known = metadata if isinstance(metadata, Mapping) else {}
    times = tuple(uses.get(file, ()))
    return Standing(file, fields.type, fields.modified, times, mark(known), is_pinned(known))


def moved(directory: str, file: str) -> str:
    """The tier into which a person moved `file`; "" for none, and where it cannot be read."""
    try:
        raw = _head(os.path.join(directory, *file.split("/")))
    except (OSError, ValueError):
        return ""
    if b"tier" not in raw:  # nearly all: a list asks it of each
        return ""
    metadata = header.read(raw).keys.get("metadata")
    return moved_by(metadata) if isinstance(metadata, Mapping) else ""


def _head(path: str) -> bytes:
    """The beginning of a topic file, with all of its header. Raises OSError."""
    raw = files.read_start(path, _HEAD)
    if len(raw) == _HEAD and b"---" in raw[:6] and b"\n---" not in raw:
        raw, _ = files.read_regular(path, header.HEAD_MAX)
    return raw


def _holds(text: str, said: str) -> bool:
    """Whether every word of `said` stands in `text`."""
    folded = text.casefold()
    return all(word in folded for word in _words(said))


def _words(text: str) -> list[str]:
    """The runs of letters and digits of `text`, without regard to case."""
    return "".join(char if char.isalnum() else " " for char in text.casefold()).split()
