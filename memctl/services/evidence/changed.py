"""Whether the files that a memory rests on changed since: what a recall says beside its body.

A file that still has the recorded blob hash is seen at once; only a difference loads `verify`, which knows
about lines that moved and commits that are gone. On the hot path: imports nothing but os and hot modules.
"""

import os

from memctl.store.disk import files

HEAD_READ = 4096
"""Bytes of a topic file that are looked at for evidence; headers are seldom longer."""

FILE_MAX = 4 * 1024 * 1024
"""Bytes of all evidence files of one memory that are hashed; more is left to `memctl verify`."""

SECONDS = 0.5
"""How long it may take to say what exactly changed."""


def note(file: str, raw: bytes, metadata: "dict[str, object]", root: str) -> str:
    """A sentence when the evidence of a memory changed or is gone, else "".

    `file` and `raw` are the memory's own, `root` is the project's working tree. Never raises: what cannot
    be checked is not remarked on.
    """
    value = metadata.get("evidence")
    listed = [str(item) for item in value] if isinstance(value, list) else str(value or "").split(",")
    named = [text.strip() for text in listed if "@" in text]
    looked = _Looked(root)
    if not root or not named or all(looked.same(text) for text in named):
        return ""
    try:
        return _differing(file, raw, root)
    except Exception:  # noqa: BLE001 - no repository, no git: then nothing is known about evidence
        return ""


class _Looked:
    """The evidence files of one memory, each hashed once, and no more than FILE_MAX of them in all."""

    __slots__ = ("_left", "_names", "_root")

    def __init__(self, root: str) -> None:
        self._root = root
        self._left = FILE_MAX
        self._names: dict[str, str] = {}

    def same(self, text: str) -> bool:
        """Whether the file of one `path[:lines]@blob` is, byte for byte, the recorded blob, as far as was
        looked at."""
        place, _, blob = text.rpartition("@")
        path, colon, lines = place.rpartition(":")
        path = path if colon and lines.replace("-", "").isdigit() else place
        if os.path.isabs(path) or ".." in path.split("/") or len(blob) < 7:
            return False
        if path not in self._names:
            self._names[path] = self._name(os.path.join(self._root, path))
        name = self._names[path]
        return name == _UNREAD or name.startswith(blob)

    def _name(self, path: str) -> str:
        try:
            size = os.stat(path, follow_symlinks=False).st_size
            if size > self._left:
                return _UNREAD
            self._left -= size
            content, _ = files.read_regular(path, size)
        except (OSError, ValueError):
            return ""
        from memctl.domain.fingerprint import blob_id

        return blob_id(content)


_UNREAD = "unread"


def _differing(file: str, raw: bytes, root: str) -> str:
    from time import monotonic

    from memctl.format import topic
    from memctl.services.evidence.verification import verify

    found = [
        c
        for v in verify([topic.decode(raw, file)], root, until=monotonic() + SECONDS)
        for c in v.evidence
        if c.state in ("changed", "gone")
    ]
    if not found:
        return ""
    paths = ", ".join(dict.fromkeys(c.source.path or c.source.text for c in found[:3]))
    return f"Note: its evidence changed since ({paths}); check before relying on it."


def states(directory: str, found: list[str], root: str, *, until: "float | None" = None) -> dict[str, str]:
    """For each of the files `found` that names evidence, what became of it: valid, changed or gone.

    What is not looked at before `until` (of the monotonic clock) is not said to have changed.

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
        return {v.memory.file: v.state for v in verify(named, root, until=until)}
    except MemctlError:
        return {}
