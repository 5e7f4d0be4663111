"""Anticipated queries: prompts in which a memory would help, kept by the memory's content.

One JSON Lines file in the state directory of a memory directory, `anticipated.jsonl`. A line is

    {"key": "sha256:…", "queries": ["…", …], "model": "…", "at": "2026-11-20T02:31:58.282Z"}

where `key` is `content_key(description, body)`: a memory that is renamed, pinned or given an expiry keeps
its queries, one whose fact changes loses them. The last line of a key counts; an empty list forgets. Lines
are appended whole under a lock, so that concurrent writers lose nothing and a reader at worst meets an
unfinished last line, which it skips. When most lines are outdated the file is rewritten and renamed.
On the hot path: imports nothing but os and hot modules.
"""

import os

from memctl.places import make_private
from memctl.store.disk.files import read_regular, write_all, write_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

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


def read(path: str) -> dict[str, list[str]]:
    """Content key -> queries. A missing, unreadable or foreign file has none; damaged lines are skipped."""
    return {key: line["queries"] for key, line in _lines(path)[0].items() if line["queries"]}


def append(path: str, entries: "dict[str, list[str]]", *, model: str = "", at: str = "") -> None:
    """Add or replace the queries of each content key in `entries`; an empty list forgets them.

    Durable when it returns (fsync). Raises OSError when it cannot be written.
    """
    import json

    make_private(os.path.dirname(path))
    text = "".join(
        json.dumps({"key": key, "queries": queries, "model": model, "at": at}, ensure_ascii=False) + "\n"
        for key, queries in entries.items()
    )
    lock = _lock(path)
    try:
        _append_text(path, text)
        lines, total = _lines(path)
        if total - len(lines) > max(COMPACT_MIN, len(lines)):
            _rewrite(path, lines)
    finally:
        os.close(lock)


def keep(path: str, wanted: "Callable[[str, list[str]], bool]") -> None:
    """Write the file anew with the lines alone of which `wanted(key, queries)` holds. Raises OSError."""
    lock = _lock(path)
    try:
        lines = _lines(path)[0]
        _rewrite(path, {key: line for key, line in lines.items() if wanted(key, line["queries"])})
    finally:
        os.close(lock)


def _lock(path: str) -> int:
    from memctl.store.disk import flock

    lock = flock.take(path + ".lock", LOCK_WAIT)
    if lock is None:
        raise TimeoutError(f"{path} is being written by another process")
    return lock


def _rewrite(path: str, lines: "dict[str, dict[str, list[str]]]") -> None:
    import json

    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines.values())
    write_private(path, _bytes(text))


def _lines(path: str) -> "tuple[dict[str, dict[str, list[str]]], int]":
    """The last line of every key, and how many well-formed lines there are."""
    try:
        raw, _ = read_regular(path, SIZE_MAX)
    except OSError:
        return {}, 0
    return _parsed(raw)


def keys(raw: bytes) -> "set[str]":
    """The content keys of the lines `raw`."""
    return set(_parsed(raw)[0])


def _parsed(raw: bytes) -> "tuple[dict[str, dict[str, list[str]]], int]":
    import json

    found: dict[str, dict[str, list[str]]] = {}
    total = 0
    for line in raw.decode("utf-8", "replace").split("\n"):
        try:
            value = json.loads(line) if line else None
        except (ValueError, RecursionError):
            continue
        if not isinstance(value, dict) or not _is_entry(value):
            continue
        total += 1
        found.pop(value["key"], None)
        found[value["key"]] = value
    return found, total


def _is_entry(value: "dict[str, object]") -> bool:
    if not isinstance(value.get("key"), str):
        return False
    queries = value.get("queries")
    return isinstance(queries, list) and all(isinstance(query, str) for query in queries)


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
