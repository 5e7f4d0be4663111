"""The index as a session is given it: its lines, and the order in which its pointers get their room.

Pinned first, then recently used, then recently modified. On the hot path: imports nothing but os and hot
modules.
"""

import os

from memctl.format import header
from memctl.format.summary import end_of
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
    for name in ("MEMORY.md", "memory.md"):
        try:
            raw, _ = files.read_regular(os.path.join(directory, name), INDEX_READ)
        except OSError:
            continue
        return _visible(header.read(raw).body)
    return None


def _visible(text: str) -> list[str]:
    start = text.find("<!--")
    while start >= 0:
        end = text.find("-->", start + 4)
        text = text[:start] + (text[end + 3 :] if end >= 0 else "")
        start = text.find("<!--", start)
    return [line for line in text.split("\n") if line and not line.isspace()]


def target(line: str) -> str:
    """The topic file that a pointer line names, or "" when the line is none."""
    bare = line.lstrip()
    if bare[:2] not in ("- ", "* ", "+ "):
        return ""
    start = bare.find("](")
    end = bare.find(")", start)
    if start < 0 or end < 0:
        return ""
    file = bare[start + 2 : end].strip("<> ").split("#", 1)[0]
    if "%" in file:
        from urllib.parse import unquote

        file = unquote(file)
    file = file[2:] if file.startswith("./") else file
    outside = file.startswith(("/", "~")) or ".." in file.split("/") or "\\" in file or not file.isprintable()
    return "" if outside or file[-3:].lower() != ".md" else file


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
        raw, _ = files.read_regular(os.path.join(directory, pointer.file), _HEAD)
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
    if metadata.get("supersededBy"):
        pointer.reason = "superseded"
    expires = end_of(metadata.get("expires"))
    if expires is not None and expires <= now:
        pointer.reason = "expired"


def from_headers(directory: str) -> list[Pointer]:
    """Pointers made from the newest memories of a directory without an index."""
    from memctl.store.memory import listing  # only a directory without an index is listed

    entries, _ = listing.scan(directory)
    entries.sort(key=lambda entry: entry[2])
    made = []
    for entry in entries[-HEADS_MAX:]:
        try:
            raw, _ = files.read_regular(os.path.join(directory, entry[0]), _HEAD)
        except OSError:
            continue
        keys = header.read(raw).keys
        name, about = keys.get("name"), keys.get("description")
        title = name if isinstance(name, str) and name else entry[0][:-3]
        summary = f" — {' '.join(about.split())}" if isinstance(about, str) and about else ""
        made.append(Pointer(f"- [{title}]({entry[0]}){summary}"[:150], entry[0]))
    return made
