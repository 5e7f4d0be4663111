"""All that lies in a memory directory, by names and stats: on what the doctor's findings rest beside bytes.

More than the listing of a recall: also what is no memory (leavings of editors, links, hidden files), and of
each memory the time of its last change (ctime), which nobody can set back, its permissions and its links.
"""

import os
import stat
from dataclasses import dataclass, field

from memctl.places import blake2b
from memctl.store.memory.listing import DEPTH

Looks = tuple[int, int, int, int, int, int]
"""(size, mtime in ns, ctime in ns, inode, mode, links) of one entry, itself and not what it links to."""


@dataclass(frozen=True)
class Inventory:
    """What was found; `looks` are those of every entry whose name ends in `.md`, in any case, by path.

    `entries` are the names of each folder (relative, "" first), sorted. `odd` is what lies
    there and of which names and stats do not say all: links, devices, folders that cannot be read.
    """

    looks: dict[str, Looks] = field(default_factory=dict)
    entries: dict[str, list[str]] = field(default_factory=dict)
    folders: list[Looks] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        """Whether names and stats say all there is."""
        return not self.odd

    def digest(self) -> str:
        """One value for all of it, equal as long as nothing changed; the times of folders do not count."""
        names = "\0".join(f"{folder}\0{name}" for folder, found in self.entries.items() for name in found)
        modes = [looks[4] for looks in self.folders]
        said = blake2b(os.fsencode(names), digest_size=16).hexdigest()
        return f"{said} {hash(tuple(self.looks.values()))} {modes}"

    def since(self, edge: int) -> set[str]:
        """The files that changed, or say that they did, at the moment `edge` in ns or after it."""
        return {file for file, looks in self.looks.items() if looks[1] >= edge or looks[2] >= edge}


def take(directory: str) -> Inventory:
    """The inventory of `directory`. What cannot be looked at is in `odd`; never raises OSError."""
    found = Inventory()
    pending = [("", 0)]
    while pending:
        prefix, depth = pending.pop()
        try:
            _read_folder(os.path.join(directory, prefix), prefix, depth, found, pending)
        except OSError:
            found.odd.append(prefix)
    return found


def _read_folder(
    path: str, prefix: str, depth: int, found: Inventory, pending: list[tuple[str, int]]
) -> None:
    found.folders.append(_looks(os.stat(path)))
    with os.scandir(path) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    found.entries[prefix] = [entry.name for entry in listed]
    for entry in listed:
        name = entry.name
        if name[-3:].lower() == ".md":
            looks = _looks(entry.stat(follow_symlinks=False))
            found.looks[prefix + name] = looks
            if not stat.S_ISREG(looks[4]) and name[0] != ".":
                found.odd.append(prefix + name)
        elif entry.is_symlink():
            found.odd.append(prefix + name)
        elif entry.is_dir(follow_symlinks=False) and name[0] != ".":
            if depth < DEPTH:
                pending.append((f"{prefix}{name}/", depth + 1))
            else:
                found.odd.append(prefix + name)


def _looks(found: os.stat_result) -> Looks:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_mode, found.st_nlink
