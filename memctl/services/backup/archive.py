"""The file of a backup: a tar archive, gzip by its name, whose last member says what every other one is.

`manifest.json` lists the size and the SHA-256 of each member. An archive is read whole and compared with that
list before anything of it is used; what is no plain file of a plain name, stands twice, is not listed, or
larger than anything that memctl writes, is refused.
"""

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Any

from memctl.errors import MemctlError
from memctl.store.disk import files

MANIFEST = "manifest.json"
BUNDLE = "history.bundle"
SCHEMA = 1
MEMBER_MAX = 4 * 1024 * 1024 * 1024
"""Bytes of one member: a history bundle; everything else is far smaller."""
STATE_MAX = 64 * 1024 * 1024
"""Bytes of one file of the state."""
MEMBERS_MAX = 1_000_000
MANIFEST_MAX = 64 * 1024 * 1024
_READ_MAX = 8 * 1024 * 1024
"""Bytes that the tar reader may ask for at once: it would read a header of any length into memory."""

_BROKEN = (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, zlib.error)
"""What reading an archive that is cut or was changed raises."""

Member = tuple[str, bytes]
"""A name, with `/` between folders, and its content."""


def write(handle: IO[bytes], members: Iterable[Member], about: dict[str, Any], *, packed: bool) -> None:
    """Write an archive of `members` to `handle`; `about` is what the manifest says besides."""
    listed: dict[str, dict[str, Any]] = {}
    stream: Any = gzip.GzipFile("", "wb", 6, handle, mtime=0) if packed else handle
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in members:
            listed[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            _add(tar, name, content)
        manifest = {"schema": SCHEMA, **about, "members": listed}
        _add(tar, MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode("ascii") + b"\n")
    if packed:
        stream.close()


def _most(parts: list[str]) -> int:
    """Bytes that memctl gives at most to the member whose name has these `parts`."""
    if parts == [MANIFEST]:
        return MANIFEST_MAX
    if parts[0] == "projects" and parts[2:] == [BUNDLE]:
        return MEMBER_MAX
    return files.BODY_MAX if parts[2:3] == ["memory"] else STATE_MAX


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


class Archive:
    """A verified archive. Raises MemctlError (slug `backup`) for anything that is not one."""

    def __init__(self, handle: IO[bytes], name: str) -> None:
        self._handle = handle
        self._name = name
        self.about: dict[str, Any] = {}
        self._done = "nothing was changed"
        self._verify()
        self._done = "it changed while it was read, and what was restored of it before stays"

    def _verify(self) -> None:
        found: dict[str, dict[str, Any]] = {}
        manifest = b""
        for name, parts in self._walk():
            digest, size, kept = hashlib.sha256(), 0, []
            for part in parts:
                digest.update(part)
                size += len(part)
                if name == MANIFEST:
                    kept.append(part)
            if name == MANIFEST:
                manifest = b"".join(kept)
            else:
                found[name] = {"size": size, "sha256": digest.hexdigest()}
        try:
            self.about = json.loads(manifest)
            listed, schema = self.about["members"], self.about["schema"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise self._bad("it has no manifest") from None
        if schema != SCHEMA:
            raise self._bad("a later memctl wrote it")
        if not _is_shaped(self.about):
            raise self._bad("what its manifest says of the projects makes no sense")
        if found != listed:
            names = {*found, *listed} if isinstance(listed, dict) else {*found}
            wrong = sorted(n for n in names if not isinstance(listed, dict) or found.get(n) != listed.get(n))
            raise self._bad(f"{wrong[0] if wrong else MANIFEST} is not what the manifest says")

    def read(self, prefix: str = "", bundle: str = "") -> Iterator[Member]:
        """The members whose names begin with `prefix`, compared once more with the manifest.

        A history may be large: it is written to the file `bundle`, and its content is given as empty.
        """
        for name, parts in self._walk():
            if name == MANIFEST or not name.startswith(prefix):
                continue
            digest, kept = hashlib.sha256(), io.BytesIO()
            with open(bundle, "wb") if name.endswith("/" + BUNDLE) else kept as target:
                for part in parts:
                    digest.update(part)
                    target.write(part)
                content = b"" if target is not kept else kept.getvalue()
            if digest.hexdigest() != self.about["members"][name]["sha256"]:
                raise self._bad(f"{name} changed while it was read")
            yield name, content

    def _walk(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        self._handle.seek(0)
        packed = self._handle.read(2) == b"\x1f\x8b"
        self._handle.seek(0)
        stream: Any = gzip.GzipFile("", "rb", fileobj=self._handle) if packed else self._handle
        seen: set[str] = set()
        try:
            bounded: Any = _Bounded(stream)
            with tarfile.open(fileobj=bounded, mode="r:", errorlevel=2) as opened:
                tar: Any = opened
                for info in tar:
                    self._check(info, seen)
                    yield info.name, self._parts(tar, info)
                    tar.members = []  # it would remember each
        except _BROKEN as error:
            raise self._bad(str(error) or type(error).__name__) from None

    def _parts(self, tar: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
        try:
            content = tar.extractfile(info)
            begun = not info.name.endswith("/" + BUNDLE)
            while content is not None and (part := content.read(1 << 20)):
                if not begun and not part.startswith(b"# v"):
                    raise self._bad(f"{info.name} is no git bundle")
                begun = True
                yield part
        except _BROKEN as error:
            raise self._bad(str(error) or type(error).__name__) from None

    def _check(self, info: tarfile.TarInfo, seen: set[str]) -> None:
        parts = info.name.split("/")
        plain = info.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not info.issparse()
        if not plain:
            raise self._bad(f"{info.name} is no plain file")
        if any(part in ("", ".", "..") for part in parts) or "\\" in info.name or "\0" in info.name:
            raise self._bad(f"{info.name} leads outside")
        if info.name in seen or len(seen) >= MEMBERS_MAX:
            raise self._bad(f"{info.name} stands twice" if info.name in seen else "it has too many members")
        if info.size > _most(parts):
            raise self._bad(f"{info.name} is larger than anything that memctl writes")
        seen.add(info.name)

    def _bad(self, why: str) -> MemctlError:
        return MemctlError(
            f"{self._name} is no whole backup of memctl: {why}; {self._done}",
            hint="use another copy of it",
            slug="backup",
        )


def _is_shaped(about: dict[str, Any]) -> bool:
    """Whether a manifest says of its projects what `packing` does, or less."""
    projects, made = about.setdefault("projects", {}), about.get("made", "")
    if (
        not isinstance(projects, dict)
        or not isinstance(made, str)
        or not (made.isprintable() and len(made) < 64)
    ):
        return False
    for project in projects.values():
        if not isinstance(project, dict) or not isinstance(project.setdefault("directory", ""), str):
            return False
        lists = [project.get(name, []) for name in ("roots", "commits", "remotes")]
        if not all(isinstance(found, list) and all(isinstance(one, str) for one in found) for found in lists):
            return False
    return True


class _Bounded:
    """A stream that gives no more at once than any part of an honest archive needs."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.seek = stream.seek
        self.tell = stream.tell

    def read(self, size: int = -1) -> bytes:
        """As `IO.read`, in bytes. Raises tarfile.ReadError for all that is left, or over `_READ_MAX`."""
        if not 0 <= size <= _READ_MAX:
            raise tarfile.ReadError("a header is too long")
        return self._stream.read(size)


def is_packed(path: str) -> bool:
    """Whether a file of this name is compressed."""
    return os.path.basename(path).lower().endswith((".gz", ".tgz"))
