"""The index as a session is given it: its lines, and the order in which its pointers get their room.

Pinned first, then recently used, then recently modified. On the hot path: imports nothing but os and hot
modules.
"""

import os

from memctl.domain import INDEX, relation, stem
from memctl.format import header, links
from memctl.store.disk import files
from memctl.store.state import surfaced

INDEX_READ = 1 << 20
"""Bytes of an index that are read; one within its budget has 25,000."""

RANKED_MAX = 400
"""Lines that are ranked. New pointers are added at the end, so of a longer index the last are taken; one
within its budget has 200."""

HEADS_MAX = 200
"""Topic files that are opened to see whether they are pinned or expired, by priority: as many as the
index may hold."""

_HEAD = 4_096


class Pointer:
    """A pointer line, the topic file it names, and its priority (higher is better)."""

    __slots__ = ("file", "priority", "reason", "text")

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.priority = (0, 0.0)
        self.reason = ""  # why it is not shown, or ""


def index_lines(directory: str) -> "list[str] | None":
    """The lines of the index without frontmatter, HTML comments and blanks; None without a readable index."""
    for name in (INDEX, INDEX.lower()):
        try:
            raw, _ = files.read_regular(os.path.join(directory, name), INDEX_READ)
        except OSError:
            continue
        text = links.shown(raw.decode("utf-8", "replace"))
        return [line for line in text.split("\n") if line and not line.isspace()]
    return None


def targets(lines: list[str]) -> list[str]:
    """For each of the index's lines the topic file that it is a pointer to, or "" when it is none."""
    found = [""] * len(lines)
    for pointer in reversed(links.pointers("\n".join(lines))):
        if pointer.item:
            found[pointer.line - 1] = pointer.file
    return found


def ranked(directory: str, pointers: list[Pointer], now: float) -> list[Pointer]:
    """`pointers` with the highest priority first; dead and expired ones last, with a `reason`."""
    used = surfaced.used(directory)
    for pointer in pointers:
        _weigh(directory, pointer, used.get(pointer.file, 0.0))
    order = sorted(pointers, key=lambda p: p.priority, reverse=True)
    for pointer in order[:HEADS_MAX]:
        if not pointer.reason:
            _look_inside(directory, pointer, now)
    order.sort(key=lambda p: (not p.reason, p.priority), reverse=True)
    return order


def _weigh(directory: str, pointer: Pointer, used: float) -> None:
    try:
        stat = os.stat(os.path.join(directory, pointer.file), follow_symlinks=False)
    except (OSError, ValueError):
        pointer.reason = "no such file"
        return
    pointer.priority = (1, used) if used else (0, stat.st_mtime)


def _look_inside(directory: str, pointer: Pointer, now: float) -> None:
    try:
        raw = _head(os.path.join(directory, pointer.file))
    except (OSError, ValueError):
        pointer.reason = "cannot be read"
        return
    if b"pinned" not in raw and b"expires" not in raw and b"supersededBy" not in raw:
        return
    metadata = header.read(raw).keys.get("metadata")
    if not isinstance(metadata, dict):
        return
    if str(metadata.get("pinned", "")).lower() in ("true", "yes", "1"):
        pointer.priority = (2, pointer.priority[1])
    pointer.reason = relation.header_state(metadata, now)


def _head(path: str) -> bytes:
    """The beginning of a topic file, with all of its header. Raises OSError."""
    raw, _ = files.read_regular(path, _HEAD)
    if len(raw) == _HEAD and b"---" in raw[:6] and b"\n---" not in raw:
        raw, _ = files.read_regular(path, header.HEAD_MAX)
    return raw


def from_headers(directory: str) -> list[Pointer]:
    """Pointers made from the newest memories of a directory without an index."""
    from memctl.store.memory import listing  # only a directory without an index is listed

    entries, _ = listing.scan(directory)
    entries.sort(key=lambda entry: entry[2])
    made = []
    for entry in entries[-HEADS_MAX:]:
        try:
            keys = header.read(_head(os.path.join(directory, entry[0]))).keys
        except OSError:
            continue
        name, about = keys.get("name"), keys.get("description")
        title = name if isinstance(name, str) and name else stem(entry[0])
        line = links.pointer_line(entry[0], title, about if isinstance(about, str) else "")
        made.append(Pointer(line, entry[0]))
    return made
