"""The objects of a repository that may be damaged: whatever of them is still whole, copied to a new one.

Every object's name is the hash of its bytes, so that what is whole can be told from what is not.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import zlib
from collections.abc import Iterator

from memctl import places
from memctl.errors import MemctlError
from memctl.store.disk import files
from memctl.store.history import git, plumbing

OBJECT_MAX = 64 * 1024 * 1024
"""Bytes of a loose object that are read: files over 16 MiB are not recorded."""


def copy(source: str, target: str) -> None:
    """Copy every object of the repository `source` that can be read to the repository `target`."""
    folder = os.path.join(source, "objects")
    for part in _names(folder):
        for name in _names(os.path.join(folder, part)) if len(part) == 2 else ():
            _copy_loose(os.path.join(folder, part, name), part + name, target)
    for pack in _names(os.path.join(folder, "pack")):
        if pack.endswith(".pack"):
            _copy_pack(source, os.path.join(folder, "pack", pack), target)


def _names(folder: str) -> list[str]:
    try:
        return sorted(files.names(folder))
    except OSError:
        return []


def _copy_loose(path: str, name: str, target: str) -> None:
    try:
        unpacked = zlib.decompress(files.read_regular(path, OBJECT_MAX)[0])
    except (OSError, zlib.error):
        return
    if _name(unpacked) == name:
        _put(target, name, unpacked)


def _name(unpacked: bytes) -> str:
    return hashlib.sha1(unpacked, usedforsecurity=False).hexdigest()


def _put(target: str, name: str, unpacked: bytes) -> None:
    folder = places.make_private(os.path.join(target, "objects", name[:2]))
    files.write_private(os.path.join(folder, name[2:]), zlib.compress(unpacked))


def put_blob(target: str, content: bytes) -> str:
    """Give the repository `target` a blob; returns its id."""
    unpacked = b"blob %d\0" % len(content) + content
    name = _name(unpacked)
    _put(target, name, unpacked)
    return name


def _copy_pack(source: str, pack: str, target: str) -> None:
    """A whole pack is taken as it is, whatever its index says; else what its index still leads to, and
    what stands before the damage."""
    if _pour(target, pack, "index-pack", "--stdin"):
        return
    _pour(target, pack, "unpack-objects", "-r", "-q")
    with contextlib.suppress(MemctlError, OSError):
        with open(pack.removesuffix(".pack") + ".idx", "rb") as index:
            said = git.run(source, "show-index", stdin=index.read())
        wanted = [line.split()[1].decode() for line in said.splitlines()]
        there = {name for name, _ in plumbing.listed(target)}
        for name, unpacked in _read(source, [name for name in wanted if name not in there]):
            _put(target, name, unpacked)


def _pour(target: str, pack: str, *arguments: str) -> bool:
    with open(pack, "rb") as stream:
        return (
            subprocess.run(
                git.command(target, arguments), stdin=stream, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env=git.environment(), umask=git.PRIVATE, cwd=os.sep, check=False,
            ).returncode == 0
        )  # fmt: skip


def _read(source: str, wanted: list[str]) -> Iterator[tuple[str, bytes]]:
    """Each object of `wanted` that git can read. It gives up at one that it cannot, so it is asked again."""
    while wanted:
        answer = git.run_all(source, "cat-file", "--batch", stdin=plumbing.request(wanted))
        done = 0
        for name, kind, content in plumbing.objects(answer, wanted):
            done += 1
            unpacked = b"%s %d\0" % (kind, len(content)) + content if content is not None else b""
            if _name(unpacked) == name:
                yield name, unpacked
        wanted = wanted[done + 1 :]


class Reader:
    """Reads objects of a whole repository one after the other, through one process."""

    def __init__(self, repository: str) -> None:
        self._git = subprocess.Popen(
            git.command(repository, ["cat-file", "--batch"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=git.environment(), umask=git.PRIVATE, cwd=os.sep,
        )  # fmt: skip

    def read(self, name: str) -> bytes | None:
        """The content of an object, or None where there is none of that name."""
        assert self._git.stdin is not None
        assert self._git.stdout is not None
        self._git.stdin.write(name.encode() + b"\n")
        self._git.stdin.flush()
        about = self._git.stdout.readline().split()
        return self._git.stdout.read(int(about[2]) + 1)[:-1] if len(about) == 3 else None

    def close(self) -> None:
        """End the process."""
        self._git.communicate()


def discard(repository: str) -> None:
    """Remove a repository that was made for a look. Never raises."""
    shutil.rmtree(repository, ignore_errors=True)
