"""Very many files in one commit: their bytes go ahead of it, and the lists of files are made of ids.

`git fast-import` looks for each file of a commit among all that are in its folder, one after the other: with
100 000 files in one folder that takes a minute. `git mktree` is given each list as a whole.
"""

import os
from collections.abc import Iterable, Iterator, Mapping

from memctl.store.history import git

MANY = 2_000
"""Files of one commit from which this is the shorter way."""

QUICK = ("-c", "pack.compression=1")
"""Small texts do not get smaller by trying harder, and git packs all of it again later."""


FEW, APART = 50, ("-c", "pack.compression=0")
"""Files of one commit up to which git takes the pack that it made apart at once, so that it need not be
small: half of what a commit costs among 10,000 files."""


def importing(count: int) -> list[str]:
    """The git command that reads a commit with so many files."""
    return [*(APART if count <= FEW else ()), "fast-import", "--quiet", "--done", "--date-format=raw"]


def send(git_dir: str, contents: Iterable[bytes], lock: int | None) -> None:
    """Have git take in `contents`, which belong to no commit yet. Raises as `git.feed` does."""
    git.feed(git_dir, [*QUICK, "fast-import", "--quiet", "--done"], _blobs(contents), lock)


def _blobs(contents: Iterable[bytes]) -> Iterator[bytes]:
    for content in contents:
        yield b"blob\ndata %d\n" % len(content)
        yield content
        yield b"\n"
    yield b"done\n"


def trees(git_dir: str, held: Mapping[str, str], lock: int | None) -> dict[str, str]:
    """Make the list of each folder; returns their ids, "" being the memory directory itself.

    `held` is every file with the id of its bytes. Raises as `git.feed` does.
    """
    lists: dict[str, list[bytes]] = {"": []}
    for file, blob in held.items():
        folder, _, name = file.rpartition("/")
        while folder not in lists:
            lists[folder] = []
            folder = folder.rpartition("/")[0]
        lists[file.rpartition("/")[0]].append(_entry("100644 blob", blob, name))
    made: dict[str, str] = {}
    for depth in sorted({_depth(folder) for folder in lists}, reverse=True):  # a list names the deeper ones
        level = [folder for folder in lists if _depth(folder) == depth]
        parts = (b"".join([*lists[folder], b"\0"]) for folder in level)
        said = git.feed(git_dir, ["mktree", "-z", "--missing", "--batch"], parts, lock)
        made.update(zip(level, said.decode("ascii", "replace").split(), strict=True))
        for folder in level:
            if folder:
                above, _, name = folder.rpartition("/")
                lists[above].append(_entry("040000 tree", made[folder], name))
    return made


def _entry(kind: str, name: str, file: str) -> bytes:
    return f"{kind} {name}\t".encode() + os.fsencode(file) + b"\0"


def _depth(folder: str) -> int:
    return folder.count("/") + 1 if folder else 0
