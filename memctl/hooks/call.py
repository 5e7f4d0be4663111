"""The log of hook calls: one line each, rotated, never a word of a prompt or a memory.

On the hot path: imports nothing but os, time and `memctl.places`.
"""

import os
import time

from memctl import places

SIZE_MAX = 256 * 1024
"""Bytes after which the log becomes `hooks.log.1`; so at most twice as much is kept."""


def path() -> str:
    """The current log file."""
    return os.path.join(places.state_dir(), "hooks.log")


def write(fields: "dict[str, object]") -> None:
    """Append one line of `key=value`. Never raises: a log is no reason to fail."""
    try:
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        text += "".join(f" {key}={_word(value)}" for key, value in fields.items())
        _append(path(), text.encode("utf-8", "replace") + b"\n")
    except Exception:  # noqa: BLE001, S110 - whatever is wrong with the log, the hook goes on
        pass


def _word(value: object) -> str:
    text = str(value)[:120]
    return "".join(c if c.isalnum() or c in "-_.:/,+" else "?" for c in text) or "-"


def _append(file: str, line: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        handle = os.open(file, flags, 0o600)
    except FileNotFoundError:
        places.make_private(os.path.dirname(file))
        handle = os.open(file, flags, 0o600)
    try:
        os.write(handle, line)
        full = os.fstat(handle).st_size > SIZE_MAX
    finally:
        os.close(handle)
    if full:
        os.replace(file, file + ".1")
