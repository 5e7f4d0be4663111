"""Whether the files that a memory rests on changed since: what a recall says beside its body.

A file that still has the recorded blob hash is seen at once; only a difference loads `verify`, which knows
about lines that moved and commits that are gone. On the hot path: imports nothing but os and hot modules.
"""

import os

from memctl.store.disk import files

HEAD_READ = 4096
"""Bytes of a topic file that are looked at for evidence; headers are seldom longer."""

FILE_MAX = 4 * 1024 * 1024
"""Bytes of an evidence file that are hashed; a larger one is left to `memctl verify`."""


def note(file: str, raw: bytes, metadata: "dict[str, object]", root: str) -> str:
    """A sentence when the evidence of a memory changed or is gone, else "".

    `file` and `raw` are the memory's own, `root` is the project's working tree. Never raises: what cannot
    be checked is not remarked on.
    """
    value = metadata.get("evidence")
    listed = [str(item) for item in value] if isinstance(value, list) else str(value or "").split(",")
    named = [text.strip() for text in listed if "@" in text]
    if not root or not named or all(_same(text, root) for text in named):
        return ""
    try:
        return _differing(file, raw, root)
    except Exception:  # noqa: BLE001 - no repository, no git: then nothing is known about evidence
        return ""


def _same(text: str, root: str) -> bool:
    """Whether the file of one `path[:lines]@blob` is, byte for byte, the recorded blob."""
    place, _, blob = text.rpartition("@")
    path, colon, lines = place.rpartition(":")
    path = path if colon and lines.replace("-", "").isdigit() else place
    if os.path.isabs(path) or ".." in path.split("/") or len(blob) < 7:
        return False
    try:
        content, stat = files.read_regular(os.path.join(root, path), FILE_MAX)
    except (OSError, ValueError):
        return False
    if stat.st_size > FILE_MAX:
        return True
    from memctl.domain.fingerprint import blob_id

    return blob_id(content).startswith(blob)


def _differing(file: str, raw: bytes, root: str) -> str:
    from memctl.format import topic
    from memctl.services.evidence.verification import verify

    found = [
        c
        for v in verify([topic.decode(raw, file)], root)
        for c in v.evidence
        if c.state in ("changed", "gone")
    ]
    if not found:
        return ""
    paths = ", ".join(dict.fromkeys(c.source.path or c.source.text for c in found[:3]))
    return f"Note: its evidence changed since ({paths}); check before relying on it."


def states(directory: str, found: list[str], root: str) -> dict[str, str]:
    """For each of the files `found` that names evidence, what became of it: valid, changed or gone.

    The rest of a file is only read where its first bytes mention evidence. Where there is nothing to
    compare with (no repository, no git) the answer is empty.
    """
    from memctl.errors import MemctlError
    from memctl.store.memory.memories import MemoryStore

    store = MemoryStore(directory)
    named = []
    for file in found:
        try:
            if b"evidence" in files.read_regular(store.path(file), HEAD_READ)[0]:
                named.append(store.read(file))
        except (OSError, MemctlError):
            continue
    if not named:
        return {}
    from memctl.services.evidence.verification import verify

    try:
        return {v.memory.file: v.state for v in verify(named, root)}
    except MemctlError:
        return {}
