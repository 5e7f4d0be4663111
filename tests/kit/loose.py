"""What a repository holds, read mostly without git: for tests that ask hundreds of times."""

import hashlib
import subprocess
import zlib
from pathlib import Path


def held(repository: str, commit: str) -> dict[str, bytes]:
    """Every file of `commit` and its bytes. Most of its objects are loose, and those are compared with
    their names."""
    tree = _object(repository, commit).split(b"\n", 1)[0].removeprefix(b"tree ").decode()
    return dict(_files(repository, tree, ""))


def _files(repository: str, tree: str, folder: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    rest = _object(repository, tree)
    while rest:
        about, rest = rest.split(b"\0", 1)
        mode, name = about.split(b" ", 1)
        path, entry, rest = folder + name.decode(), rest[:20].hex(), rest[20:]
        if mode == b"40000":
            found += _files(repository, entry, path + "/")
        else:
            found.append((path, _object(repository, entry)))
    return found


def _object(repository: str, name: str) -> bytes:
    path = Path(repository, "objects", name[:2], name[2:])
    if not path.exists():  # a history that was written anew is packed
        return _packed(repository, name)
    whole = zlib.decompress(path.read_bytes())
    assert hashlib.sha1(whole).hexdigest() == name
    return whole.split(b"\0", 1)[1]


def _packed(repository: str, name: str) -> bytes:
    line = ["git", "--git-dir", repository, "cat-file", "--batch"]
    out = subprocess.run(line, input=f"{name}\n".encode(), capture_output=True, check=True).stdout
    return out.split(b"\n", 1)[1][:-1]
