"""Anticipated queries: prompts in which a memory would help, kept by the memory's content.

One JSON Lines file in the state directory of a memory directory, `anticipated.jsonl`. A line is

    {"key": "sha256:…", "queries": ["…", …], "model": "…", "at": "2026-11-20T02:31:58.282Z"}

where `key` is `content_key(description, body)`: a memory that is renamed, pinned or given an expiry keeps
its queries. More keys are there where they say something: `given` (those of the queries that a person or an
agent gave), `languages` (in which a model was asked for some), `earlier` (true: they were written for an
earlier text of the memory), and `file` with `words` (which memory it was, and a sketch of its text: a file
that is edited by other means than memctl keeps its queries by these while the edit is small, `followed`),
and `parts` (checksums of its description and its body). The three stay those of the text that the queries
were written for, however often the file is edited.
The last line of a key counts; an empty list forgets. Lines are appended whole under a lock, so that
concurrent writers lose nothing and a reader at worst meets an unfinished last line, which it skips. When
most lines are outdated the file is rewritten and renamed.

A memory of the same content in another memory directory, as in a copy of the folder, has the same queries:
`inherited` finds them in the other state directories.

On the hot path: imports nothing but os and hot modules.
"""

import os

from memctl.places import make_private
from memctl.store.disk.files import read_regular, write_all, write_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Line = dict[str, Any]
    """One line of the file: `key` is a text, `queries`, and `given` and `languages` where they are there, a
    list of texts."""

NAME = "anticipated.jsonl"

KEY_LENGTH = len("sha256:") + 64
"""Characters of a content key."""

_BEGINNING = b'{"key": "'

SIZE_MAX = 256 * 1024 * 1024
"""Bytes of the file that are read: far above 100 000 memories with six queries each."""

LOCK_WAIT = 30.0
"""Seconds to wait for another process that writes; each takes a moment."""

COMPACT_MIN = 200
"""Outdated lines that are always kept; the file is rewritten when they outnumber the rest as well."""


def content_key(description: str, body: str) -> str:
    """What anticipated queries are filed under: the description and the body of a memory."""
    from memctl.domain.fingerprint import fingerprint

    text = description + "\0" + body.strip()
    return fingerprint(text.encode("utf-8", "replace"))


def followed(
    path: str, files: "dict[str, str]", text_of: "Callable[[str], tuple[str, str]]"
) -> "dict[str, Line]":
    """New lines by content key for edited memories: `files` holds the keys that have no queries by file, and
    `text_of(file)` is its description and body.

    A line follows when it was kept for that file, and what is there is like the text that the queries were
    written for: small edits add up to another text.
    """
    from memctl.store.search.likeness import is_like

    raw = _raw(path)
    if not any(b'"file": ' + _json(file) in raw for file in files):
        return {}
    known = parse(raw)
    latest = {line["file"]: line for line in known.values() if line.get("file") in files and line["queries"]}
    found = {}
    for file, line in latest.items():
        if files[file] not in known and is_like(*text_of(file), line):
            found[files[file]] = {**line, "key": files[file], "earlier": True}
    return found


def known_keys(path: str, most: int) -> "dict[bytes, bool] | None":
    """Content key -> whether queries are kept for it, as its last line says; None where the file has over
    `most` bytes. Of a line only its beginning is looked at, as `put` writes it: JSON would cost a hook more
    than the rest of its work."""
    try:
        raw, stat = read_regular(path, most)
    except OSError:
        return {}
    if stat.st_size > len(raw):
        return None
    found = {}
    for line in raw.split(b"\n"):
        if line.startswith(_BEGINNING):
            key, _, rest = line[len(_BEGINNING) :].partition(b'"')
            found[key] = not rest.startswith(b', "queries": []')
    return found


def read(path: str) -> dict[str, list[str]]:
    """Content key -> queries. A missing, unreadable or foreign file has none; damaged lines are skipped."""
    return {key: line["queries"] for key, line in lines(path).items() if line["queries"]}


def lines(path: str) -> "dict[str, Line]":
    """Content key -> its line, that of a forgotten one included. Reads as `read` does."""
    return _lines(path)[0]


def inherited(path: str, keys: "set[str]") -> "dict[str, Line]":
    """The lines of `keys` that other memory directories keep, for the directory whose file is `path`.

    Each file is looked through for the keys before it is parsed: most hold none of them.
    """
    found: dict[str, Line] = {}
    for other in _others(path) if keys else ():
        try:
            raw, _ = read_regular(other, SIZE_MAX)
        except OSError:
            continue
        # as `append` writes it; the key of a line is told by its hash, so no other text passes for it
        if keys.isdisjoint({part[:KEY_LENGTH].decode("ascii", "replace") for part in raw.split(b'"key": "')}):
            continue
        for key, line in _parsed(raw)[0].items():
            if key in keys and line["queries"]:
                found.setdefault(key, line)
    return found


def _others(path: str) -> "Iterator[str]":
    """The files of the same kind of other memory directories."""
    own = os.path.dirname(path)
    stores = os.path.dirname(own)
    if os.path.basename(stores) != "stores":
        return
    try:
        names = sorted(os.listdir(stores))
    except OSError:
        return
    for name in names:
        if name != os.path.basename(own):
            yield os.path.join(stores, name, NAME)


def append(path: str, entries: "dict[str, list[str]]", *, model: str = "", at: str = "") -> None:
    """Add or replace the queries of each content key in `entries`; an empty list forgets them.

    Durable when it returns (fsync). Raises OSError when it cannot be written.
    """
    put(
        path, [{"key": key, "queries": list(said), "model": model, "at": at} for key, said in entries.items()]
    )


def put(path: str, new: "list[Line]") -> None:
    """Add these lines, durably as `append` does."""
    if not new:
        return
    make_private(os.path.dirname(path))
    lock = _lock(path)
    try:
        _append_text(path, _text(new))
        known, total = _lines(path)
        if total - len(known) > max(COMPACT_MIN, len(known)):
            _rewrite(path, known)
    finally:
        os.close(lock)


def keep(path: str, wanted: "Callable[[str, list[str]], bool]") -> None:
    """Write the file anew with the lines alone of which `wanted(key, queries)` holds. Raises OSError."""
    lock = _lock(path)
    try:
        known = lines(path)
        _rewrite(path, {key: line for key, line in known.items() if wanted(key, line["queries"])})
    finally:
        os.close(lock)


def _lock(path: str) -> int:
    from memctl.store.disk import flock

    lock = flock.take(path + ".lock", LOCK_WAIT)
    if lock is None:
        raise TimeoutError(f"{path} is being written by another process")
    return lock


def _rewrite(path: str, known: "dict[str, Line]") -> None:
    write_private(path, _bytes(_text(known.values())))


def _text(lines: "Iterable[Line]") -> str:
    import json

    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _lines(path: str) -> "tuple[dict[str, Line], int]":
    """The last line of every key, and how many well-formed lines there are."""
    return _parsed(_raw(path))


def _raw(path: str) -> bytes:
    try:
        return read_regular(path, SIZE_MAX)[0]
    except OSError:
        return b""


def _json(text: str) -> bytes:
    import json

    return _bytes(json.dumps(text, ensure_ascii=False))


def parse(raw: bytes) -> "dict[str, Line]":
    """Content key -> its line, of the lines `raw`."""
    return _parsed(raw)[0]


def _parsed(raw: bytes) -> "tuple[dict[str, Line], int]":
    import json

    found: dict[str, Line] = {}
    total = 0
    for line in raw.decode("utf-8", "replace").split("\n"):
        try:
            value = json.loads(line) if line else None
        except (ValueError, RecursionError):
            continue
        if not isinstance(value, dict) or not _is_entry(value) or not _is_text(line, value):
            continue
        total += 1
        found.pop(value["key"], None)
        found[value["key"]] = value
    return found, total


def _is_entry(value: "dict[str, object]") -> bool:
    if not isinstance(value.get("key"), str):
        return False
    if not isinstance(value.get("file", ""), str):
        return False
    if not all(_is_numbers(value[key]) for key in ("words", "parts") if key in value):
        return False
    return _is_texts(value.get("queries")) and all(
        _is_texts(value[key]) for key in ("given", "languages") if key in value
    )


def _is_text(line: str, value: object) -> bool:
    """Whether what `line` stands for can be written: JSON can name half a character, UTF-8 cannot."""
    import json

    if "\\u" not in line:
        return True
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_numbers(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, int) for item in value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _append_text(path: str, text: str) -> None:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(path, flags, 0o600)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            text = "\n" + text  # a killed writer left an unfinished line: it must not swallow this one
        write_all(handle, _bytes(text))
        os.fsync(handle)
    finally:
        os.close(handle)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
