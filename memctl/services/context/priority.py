"""The index as a session is given it: its lines, and the order in which its pointers get their room.

Pinned first, then recently used, then recently modified. On the hot path: imports nothing but os and hot
modules.
"""

import os

from memctl.domain import INDEX, TELLING, relation, stem
from memctl.format import header, links
from memctl.store.disk import files
from memctl.store.state import surfaced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
INDEX_READ = 1 << 20
"""Bytes of an index that are read; one within its budget has 25,000."""

RANKED_MAX = 400
"""Lines that are ranked. New pointers are added at the end, so of a longer index the last are taken; one
within its budget has 200."""

LOADED_LINES = 200
LOADED_BYTES = 25_000
"""What a client loads of an index, frontmatter and comments aside (measured on Claude Code 2.1.328)."""

FULL_FROM = 0.9
"""Part of either from which on an index is full, as `format.drift.NEARLY` has it."""

HEADS_MAX = 200
"""Topic files that are opened to see whether they are pinned or expired, by priority: as many as the
index may hold."""

DEAD = "no such file"
"""The reason of a pointer that leads to nothing."""

FULL = "over the budget"
"""The reason of a line that finds no room."""

UNREADABLE = "cannot be read"
"""The reason of a pointer to a file that does not open."""

KEPT_OUT = ("warm", "cold")
"""The tiers into which a person moves what a session shall not be told of unasked."""

_HEAD = 4_096


class Pointer:
    """A pointer line ("" for one that is still to be made), the topic file it names, and its priority (higher
    is better)."""

    __slots__ = ("file", "head", "priority", "reason", "text")

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.head = b""  # the beginning of the file, once it was read
        self.priority = (0, 0.0)
        self.reason = ""  # why it is not shown, or ""


def index_text(directory: str) -> "tuple[str, float]":
    """The index without frontmatter and HTML comments, and when it changed; "" without a readable one."""
    for name in (INDEX, INDEX.lower()):
        try:
            raw, stat = files.read_regular(os.path.join(directory, name), INDEX_READ)
        except OSError:
            continue
        return links.shown(raw.decode("utf-8", "replace")), stat.st_mtime
    return "", 0.0


def is_full(text: str) -> bool:
    """Whether the index `text` has hardly room for more pointers (`format.drift.is_full`)."""
    lines, size = text.rstrip("\n").count("\n") + 1, len(text.encode("utf-8", "surrogatepass"))
    return lines >= FULL_FROM * LOADED_LINES or size >= FULL_FROM * LOADED_BYTES


def loaded_part(text: str) -> int:
    """How many characters of an index a client that loads it itself puts before its model: whole lines."""
    end = lines = size = 0
    while end < len(text) and lines < LOADED_LINES:
        stop = text.find("\n", end) + 1 or len(text)
        size += len(text[end:stop].encode("utf-8", "surrogatepass"))
        if size > LOADED_BYTES:
            break
        end, lines = stop, lines + 1
    return end


def lines_of(text: str) -> list[str]:
    """The lines of `text` that say something."""
    return [line for line in text.split("\n") if line and not line.isspace()]


def targets(lines: list[str]) -> list[str]:
    """For each of the index's lines the topic file that it is a pointer to, or "" when it is none."""
    return _parsed(lines)[0]


class Contents:
    """What a session lacks of a memory directory: `lines` of the index and pointers to be made, `early` lines
    that are too many to be weighed, `gone` pointers that the client loads and that do not hold, how many
    memories are named by what it loads or by prose (`shown`), and all that are `there`, with their times."""

    __slots__ = ("early", "gone", "lines", "shown", "there")

    def __init__(
        self,
        lines: list[Pointer],
        early: list[str],
        gone: list[Pointer],
        shown: int,
        there: "dict[str, float]",
    ) -> None:
        self.lines = lines
        self.early = early
        self.gone = gone
        self.shown = shown
        self.there = there


def contents(directory: str, now: float, loaded: bool, redact: "Callable[[str], str]") -> Contents:
    """The lines of the index, less what the client has `loaded` by itself, and pointers to the newest
    memories that the index does not list. Raises OSError when the directory cannot be listed."""
    text, written = index_text(directory)
    there = _changed(directory)
    cut = loaded_part(text) if loaded else 0
    items, known = _parsed(lines_of(text[:cut]))
    seen = ranked(directory, [Pointer("", file) for file in {*items} - {""}], now, there)
    texts = lines_of(text[cut:])
    early, late = texts[:-RANKED_MAX], texts[-RANKED_MAX:]
    texts = redact("\n".join(late)).split("\n")
    # the name of a file can be a secret as well, but not when a secret that spans lines changed their number
    files_of, named = _parsed(late if len(late) == len(texts) else texts)
    lines = [Pointer(*pair) for pair in zip(texts, files_of, strict=True) if pair[0]]
    gone = [pointer for pointer in seen if pointer.reason and pointer.reason not in KEPT_OUT]
    kept = [line for line in lines if not line.file or line.file not in known]
    kept += [] if early else _unlisted(there, known | named, written if is_full(text) else 0.0)
    in_prose = named - {*files_of}
    return Contents(kept, early, gone, len(there.keys() & (known | in_prose)), there)


def _unlisted(there: "dict[str, float]", listed: "set[str]", since: float) -> list[Pointer]:
    """The newest memories that are not `listed`, as pointers to be made, of those that changed after `since`:
    what a full index did not list when it was written is warm, for a prompt to find."""
    missing = [file for file, changed in there.items() if file not in listed and changed > since]
    missing.sort(key=there.__getitem__, reverse=True)
    return [Pointer("", file) for file in missing[:HEADS_MAX]]


def _changed(directory: str) -> "dict[str, float]":
    """Every memory, and when its file changed. Raises OSError when the directory cannot be listed."""
    from memctl.store.memory import listing  # the block of a prompt needs no listing

    found = listing.columns(directory)
    return {file: time / 1e9 for file, time in zip(found.files, found.mtimes, strict=True)}


def _parsed(lines: list[str]) -> "tuple[list[str], set[str]]":
    """What `targets` gives, and every file that a link in `lines` names, in prose and tables too."""
    found, named = [""] * len(lines), set()
    for pointer in reversed(links.pointers("\n".join(lines))):
        named.add(pointer.file)
        if pointer.item:
            found[pointer.line - 1] = pointer.file
    return found, named


def ranked(directory: str, pointers: list[Pointer], now: float, changed: "dict[str, float]") -> list[Pointer]:
    """`pointers` with the highest priority first; dead and expired ones last, with a `reason`. `changed` says
    when a file changed, as far as that is known."""
    used = surfaced.used(directory)
    for pointer in pointers:
        _weigh(directory, pointer, used.get(pointer.file, 0.0), changed.get(pointer.file))
    order = sorted(pointers, key=lambda p: p.priority, reverse=True)
    for pointer in order[:HEADS_MAX]:
        if not pointer.reason:
            _look_inside(directory, pointer, now)
    order.sort(key=lambda p: (not p.reason, p.priority), reverse=True)
    return order


def _weigh(directory: str, pointer: Pointer, used: float, changed: "float | None") -> None:
    if changed is None:
        try:
            changed = os.stat(os.path.join(directory, pointer.file), follow_symlinks=False).st_mtime
        except (OSError, ValueError):
            pointer.reason = DEAD
            return
    pointer.priority = (1, used) if used else (0, changed)


def _look_inside(directory: str, pointer: Pointer, now: float) -> None:
    try:
        pointer.head = raw = _head(os.path.join(directory, pointer.file))
    except (OSError, ValueError):
        pointer.reason = UNREADABLE
        return
    if not any(key in raw for key in (b"pinned", b"expires", b"supersededBy", b"tier")):
        return
    metadata = header.read(raw).keys.get("metadata")
    if not isinstance(metadata, dict):
        return
    if pinned := relation.is_pinned(metadata):
        pointer.priority = (2, pointer.priority[1])
    tier = "" if pinned else str(metadata.get("tier", "")).strip().lower()
    pointer.reason = relation.header_state(metadata, now) or (tier if tier in KEPT_OUT else "")


def _head(path: str) -> bytes:
    """The beginning of a topic file, with all of its header. Raises OSError."""
    raw = files.read_start(path, _HEAD)
    if len(raw) == _HEAD and b"---" in raw[:6] and b"\n---" not in raw:
        raw, _ = files.read_regular(path, header.HEAD_MAX)
    return raw


def made(directory: str, pointer: Pointer) -> str:
    """The text of a pointer that the index does not hold, from the header of its file; "" with a reason when
    that cannot be read."""
    try:
        head = header.read(pointer.head or _head(os.path.join(directory, pointer.file)))
    except OSError:
        pointer.reason = UNREADABLE
        return ""
    name, about = head.keys.get("name"), head.keys.get("description")
    title = name if isinstance(name, str) and name else stem(pointer.file)
    said = about if isinstance(about, str) else ""
    if len(said) < TELLING:  # else the words that tell more need not be loaded
        from memctl.format.caption import caption

        said = caption(said, stem(pointer.file), head.body)
    return links.pointer_line(pointer.file, title, said)


def arranged(
    directory: str, now: float, found: Contents, room: int, whole: bool, redact: "Callable[[str], str]"
) -> list[Pointer]:
    """The pointers of `found` by priority, then its other lines; [] when all fit in their order into `room`
    characters.

    Of the pointers that have to be made, those that find no room are left without a text, unless the `whole`
    is to be accounted for.
    """
    listed = [pointer for pointer in found.lines if pointer.file]
    pointers = {_said(pointer): pointer for pointer in listed}
    twins = [(pointer, pointers[_said(pointer)]) for pointer in listed]
    order = ranked(directory, list(pointers.values()), now, found.there)
    _make(directory, order, -1 if whole else room, redact)
    for pointer, twin in twins:
        pointer.reason = twin.reason
    if not found.early and sum(_size(line) for line in found.lines if not line.reason) <= room:
        return []
    return order + [line for line in found.lines if not line.file]


def _said(pointer: Pointer) -> str:
    return pointer.text.rstrip() or pointer.file


def _make(directory: str, pointers: list[Pointer], room: int, redact: "Callable[[str], str]") -> None:
    """Give each pointer its text as long as there is room (-1: all of them)."""
    used = 0
    for pointer in pointers:
        if pointer.reason:
            continue
        if not pointer.text and 0 <= room < used:
            pointer.reason = FULL
            continue
        pointer.text = pointer.text or redact(made(directory, pointer))
        used += 0 if pointer.reason else _size(pointer)


def _size(line: Pointer) -> int:
    """Characters of a line, with its end, once it is made plain."""
    return len(line.text.rstrip()) + 1 + 3 * line.text.count("<")


def accounted(lines: "Iterable[tuple[str, str]]") -> int:
    """How many memories are shown, or left out because they are out of date, by the file and the reason of
    each line."""
    return len(
        {file for file, reason in lines if file and reason in ("", "superseded", "expired", *KEPT_OUT)}
    )


def more(count: int) -> str:
    """The line that says how many memories are not shown, and how to find them."""
    memories = "memories are" if count > 1 else "memory is"
    return f"{count:,} more {memories} not shown: `memctl list` names all, `memctl recall QUERY` finds them."
