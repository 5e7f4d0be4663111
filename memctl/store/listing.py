"""Which files a memory directory holds, and what is odd about them. Only names and stats: nothing is opened.

On the hot path: imports nothing but os.
"""

import os

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


def scan(directory: str) -> tuple[list[Entry], list[Problem]]:
    """List every topic file below `directory`, nested folders included, the index (`MEMORY.md`) left out.

    A directory that does not exist is empty. Symbolic links are never followed, neither to files nor to
    folders. Names that start with a dot are skipped, as temporary files and editors' leavings are.
    Raises OSError when the directory itself cannot be read.
    """
    entries: list[Entry] = []
    problems: list[Problem] = []
    folders = [("", 0)]
    while folders:
        prefix, depth = folders.pop()
        try:
            with os.scandir(os.path.join(directory, prefix) if prefix else directory) as found:
                for item in found:
                    _place(item, prefix, depth, entries, problems, folders)
        except FileNotFoundError:
            continue  # removed while we looked, or not made yet
        except OSError as error:
            if not prefix:
                raise
            problems.append((prefix.rstrip("/"), error.strerror or "cannot be read"))
    return entries, problems


def _place(
    item: "os.DirEntry[str]",
    prefix: str,
    depth: int,
    entries: list[Entry],
    problems: list[Problem],
    folders: list[tuple[str, int]],
) -> None:
    name = item.name
    if name[0] == ".":
        return
    is_topic = name[-3:].lower() == ".md"
    if not is_topic:
        if item.is_dir(follow_symlinks=False):
            if depth < DEPTH:
                folders.append((prefix + name + "/", depth + 1))
            else:
                problems.append((prefix + name, f"folders more than {DEPTH} deep are not read"))
        return
    try:
        stat = item.stat(follow_symlinks=False)
    except OSError:
        return  # removed while we looked
    kind = stat.st_mode & _FORMAT
    if kind != _REGULAR:
        problems.append((prefix + name, f"is {_KINDS.get(kind, 'not a regular file')}, not a file; not read"))
    elif prefix or name.lower() != "memory.md":
        entries.append((prefix + name, stat.st_size, stat.st_mtime_ns, stat.st_ino))
