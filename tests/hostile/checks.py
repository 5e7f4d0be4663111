"""What must hold of every command on every input: a list of complaints, empty when all is well."""

import os
import stat
import unicodedata
from pathlib import Path

from tests.kit.cli import Result

MIB = 250
"""Peak memory of any command (the limit that is promised)."""

SECONDS = 8.0
"""What any command may take (the limit that is promised), in processor time."""

CANARY = "canary-7f3a-outside-the-directory"
"""Text of files outside the memory directory: it must never be printed."""

_JOINERS = "\u200c\u200d"


def hidden(text: str, keep: str = "\n\t") -> list[str]:
    """Characters of `text` that steer or hide, judged from the Unicode database alone."""
    found = []
    for index, char in enumerate(text):
        if char in keep or (char.isascii() and char.isprintable()):
            continue
        category = unicodedata.category(char)
        code = ord(char)
        if char in _JOINERS or 0xFE00 <= code <= 0xFE0F or 0xE0020 <= code <= 0xE007F:
            if not _honest(text, index):
                found.append(f"U+{code:04X}")
        elif category in ("Cc", "Cf", "Zl", "Zp", "Cs") or code in (0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0):
            if unicodedata.bidirectional(char) != "AN":  # Arabic number signs are visible
                found.append(f"U+{code:04X}")
        elif 0xE0000 <= code <= 0xE0FFF and not 0xE0100 <= code <= 0xE010F:
            found.append(f"U+{code:04X}")
    return found


def _honest(text: str, index: int) -> bool:
    """Whether a joiner, a variation selector or a tag stands where honest text has one."""
    before = text[index - 1] if index else " "
    code = ord(text[index])
    if 0xE0020 <= code <= 0xE007F:
        return "\U0001f3f4" in text[max(0, index - 6) : index]
    if 0xFE00 <= code <= 0xFE0F:
        return unicodedata.category(before) in ("So", "Sm", "Po", "Nd", "Sk") and not before.isalpha()
    return (unicodedata.category(before)[0] in "LM" and not before.isascii()) or unicodedata.category(
        before
    ) in ("So", "Sk", "Mn")


def complaints(done: Result, codes: tuple[int, ...] = (0,), *, raw: bool = False) -> list[str]:
    """What is wrong with how a command ended and with what it printed. `raw` output is bytes as they are."""
    found = []
    if done.code not in codes:
        found.append(f"exit {done.code}, not {codes}: {done.raw_err[-300:]!r}")
    for word in (b"Traceback (most recent", b"a defect of memctl", b"Fatal Python"):
        if word in done.raw + done.raw_err:
            found.append(f"{word!r}: {done.raw_err[-600:]!r}")
    if CANARY.encode() in done.raw + done.raw_err:
        found.append("printed what lies outside the directory")
    if done.cpu > SECONDS:
        found.append(f"took {done.cpu:.1f} s")
    if done.peak_mib > MIB:
        found.append(f"used {done.peak_mib:.0f} MiB")
    for stream, data in ([] if raw else [("stdout", done.raw)]) + [("stderr", done.raw_err)]:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            found.append(f"{stream} is no UTF-8: {error}")
            continue
        bad = hidden(text)
        if bad:
            found.append(f"{stream} holds {sorted(set(bad))[:8]}: {text[:200]!r}")
    if done.code != 0 and done.code not in (1,) and "--json" in done.arguments and done.raw:
        found.append("stdout is not empty on a failure with --json")
    return found


def snapshot(root: Path) -> dict[bytes, tuple[object, ...]]:
    """Every entry below `root`: kind, size, times, inode, link target, and the bytes of small files."""
    found: dict[bytes, tuple[object, ...]] = {}
    base = os.fsencode(root)
    for folder, folders, files in os.walk(base):
        for name in [*folders, *files]:
            path = os.path.join(folder, name)
            seen = os.lstat(path)
            content: object = None
            if stat.S_ISLNK(seen.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(seen.st_mode) and seen.st_size < 200_000:
                with open(path, "rb") as handle:
                    content = handle.read()
            found[path[len(base) + 1 :]] = (
                seen.st_mode,
                seen.st_size,
                seen.st_mtime_ns,
                seen.st_ino,
                content,
            )
    return found


def changed(before: dict[bytes, tuple[object, ...]], after: dict[bytes, tuple[object, ...]]) -> list[str]:
    """Which entries differ."""
    return sorted(repr(k) for k in before.keys() | after.keys() if before.get(k) != after.get(k))


def memories_of(directory: Path) -> set[str]:
    """What `list` must name: everything that looks like a memory, the index and dot-files left out."""
    found = set()
    for name in os.listdir(directory):
        if name.lower().endswith(".md") and not name.startswith(".") and name.lower() != "memory.md":
            found.add(name)
    return found
