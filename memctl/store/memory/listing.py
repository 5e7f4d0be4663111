"""Which files a memory directory holds, and what is odd about them. Only names and stats: nothing is opened.

On the hot path: imports nothing but os.
"""

import os
from time import monotonic

TYPE_CHECKING = False  # type checkers know the name; typing itself costs a hook its time
if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH = 8
"""Folders below the memory directory that are read; deeper ones are reported, since a loop of mounts or a
checked-out repository is more likely than memories nine folders down."""

_REGULAR = 0o100000
_FORMAT = 0o170000

Entry = tuple[str, int, int, int]
"""(relative path with `/`, size in bytes, mtime in ns, inode) of one regular `.md` file."""

Problem = tuple[str, str]
"""(relative path, what is wrong with it) of something that looks like a memory and cannot be read as one."""

_KINDS = {0o120000: "a symbolic link", 0o040000: "a directory", 0o010000: "a FIFO", 0o140000: "a socket",
          0o020000: "a character device", 0o060000: "a block device"}  # fmt: skip


class Listing:
    """The regular topic files as columns (one list per property, in readdir order), and the problems.

    Columns, because at 10 000 files the tuples alone would cost as much as a query. `folders` are the
    folders that were read (relative, "" first) with their own mtime in ns.
    """

    __slots__ = ("files", "folders", "inodes", "mtimes", "problems", "sizes", "taken")

    def __init__(self) -> None:
        self.taken = monotonic()  # when it was begun
        self.files: list[str] = []
        self.sizes: list[int] = []
        self.mtimes: list[int] = []
        self.inodes: list[int] = []
        self.problems: list[Problem] = []
        self.folders: list[tuple[str, int]] = []


RECENT = 10.0
"""Seconds for which the listing of a large directory stands for what is there in a write that follows from
it: what somebody else changes meanwhile, elsewhere in it, is recorded by the next command."""

LARGE = 2_000
"""Files from which it may; below, looking again takes some 10 ms and leaves nothing to the next command."""


def recent(listing: "Listing | None") -> "Listing | None":
    """`listing` where it is of a large directory and was taken a moment ago."""
    if listing is None or len(listing.files) < LARGE or monotonic() - listing.taken >= RECENT:
        return None
    return listing


def names(directory: str) -> list[str]:
    """What in the folders of `directory` is called as a topic file is, whatever it be. No file is looked at,
    so this costs a fourth of `columns`. A directory that cannot be read is empty."""
    found: list[str] = []
    pending = [("", 0)]
    while pending:
        prefix, depth = pending.pop()
        try:
            with os.scandir(os.path.join(directory, prefix)) as items:
                for item in items:
                    name = item.name
                    if name[-3:].lower() == ".md" and name[0] != ".":
                        found.append(prefix + name)
                    elif depth < DEPTH and name[0] != "." and item.is_dir(follow_symlinks=False):
                        pending.append((f"{prefix}{name}/", depth + 1))
        except OSError:
            continue
    return [file for file in found if "/" in file or file.lower() != "memory.md"]


def scan(directory: str) -> tuple[list[Entry], list[Problem]]:
    """List every topic file below `directory`, nested folders included, the index (`MEMORY.md`) left out.

    A directory that does not exist is empty. Symbolic links are never followed, neither to files nor to
    folders. Names that start with a dot are skipped, as temporary files and editors' leavings are.
    Raises OSError when the directory itself cannot be read.
    """
    found = columns(directory)
    return list(zip(found.files, found.sizes, found.mtimes, found.inodes, strict=True)), found.problems


def columns(directory: str) -> Listing:
    """The same listing as columns. Raises OSError as `scan` does."""
    listing = Listing()
    pending = [("", 0)]
    while pending:
        prefix, depth = pending.pop()
        try:
            _read_folder(directory, prefix, depth, listing, pending)
        except FileNotFoundError:
            continue  # removed while we looked, or not made yet
        except OSError as error:
            if not prefix:
                raise
            listing.problems.append((prefix.rstrip("/"), error.strerror or "cannot be read"))
    return listing


def _read_folder(
    directory: str, prefix: str, depth: int, listing: Listing, pending: list[tuple[str, int]]
) -> None:
    """Add one folder's files. Relative to a descriptor, a stat costs four fifths of one by path."""
    path = os.path.join(directory, prefix[:-1]) if prefix else directory
    follow = os.O_NOFOLLOW if prefix else 0  # the memory directory itself may be reached through a link
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | follow)
    try:
        listing.folders.append((prefix, os.fstat(handle).st_mtime_ns))
        with os.scandir(handle) as found:
            _read_items(found, prefix, depth, listing, pending)
    finally:
        os.close(handle)


def _read_items(
    found: "Iterator[os.DirEntry[str]]",
    prefix: str,
    depth: int,
    listing: Listing,
    pending: list[tuple[str, int]],
) -> None:
    """This loop runs once per file at every recall, so it calls as little as it can."""
    add_file, add_size = listing.files.append, listing.sizes.append
    add_mtime, add_inode = listing.mtimes.append, listing.inodes.append
    for item in found:
        name = item.name
        if name[-3:] != ".md" or name[0] == ".":
            _place_odd(item, prefix, depth, listing, pending)
            continue
        try:
            stat = item.stat(follow_symlinks=False)
        except OSError:
            continue  # removed while we looked
        if stat.st_mode & _FORMAT != _REGULAR:
            listing.problems.append((prefix + name, _not_a_file(stat.st_mode)))
        elif prefix or name.lower() != "memory.md":
            add_file(prefix + name)
            add_size(stat.st_size)
            add_mtime(stat.st_mtime_ns)
            add_inode(stat.st_ino)


def _not_a_file(mode: int) -> str:
    return f"is {_KINDS.get(mode & _FORMAT, 'not a regular file')}, not a file; not read"


def _place_odd(
    item: "os.DirEntry[str]", prefix: str, depth: int, listing: Listing, pending: list[tuple[str, int]]
) -> None:
    """What does not end in a lowercase `.md`: folders, other files, `NOTES.MD`."""
    name = item.name
    if name[0] == ".":
        return
    if name[-3:].lower() != ".md":
        if item.is_dir(follow_symlinks=False):
            if depth < DEPTH:
                pending.append((prefix + name + "/", depth + 1))
            else:
                listing.problems.append((prefix + name, f"folders more than {DEPTH} deep are not read"))
        return
    try:
        stat = item.stat(follow_symlinks=False)
    except OSError:
        return  # removed while we looked
    if stat.st_mode & _FORMAT != _REGULAR:
        listing.problems.append((prefix + name, _not_a_file(stat.st_mode)))
    elif prefix or name.lower() != "memory.md":
        listing.files.append(prefix + name)
        listing.sizes.append(stat.st_size)
        listing.mtimes.append(stat.st_mtime_ns)
        listing.inodes.append(stat.st_ino)
