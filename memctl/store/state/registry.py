"""Which project a memory directory belongs to, so that a renamed folder keeps its memory and two projects
whose paths give the same slug do not share one silently.

Each store in the state directory holds a small text file `project`, one `key value` a line: `directory` (of
the memories), `root` (of the project, several when sharing was asked for), `commit` (its first) and `remote`.
On the hot path (`open_place` runs at every prompt): imports nothing but os and hot modules.
"""

import os

from memctl import places
from memctl.store.disk.files import read_regular, write_private
from memctl.store.state.resolve import Place, resolve

FILE = "project"
_KEYS = ("directory", "moving", "root", "commit", "remote")
"""In the order of the file: what a move depends on comes before what may be long."""

_MAX = 1024 * 1024
"""Bytes of a record that are read."""


class Record:
    """What is known about the project of one memory directory."""

    __slots__ = ("commits", "directory", "key", "moving", "remotes", "roots")

    def __init__(self, key: str) -> None:
        self.key = key  # folder name below `stores/`
        self.directory = ""
        self.roots: list[str] = []
        self.commits: list[str] = []
        self.remotes: list[str] = []
        self.moving = ""  # where the memories are being moved to; set while a move is under way

    @property
    def is_orphan(self) -> bool:
        """Whether every root of the project is gone, so that nobody finds this memory by its path."""
        return bool(self.roots) and not any(os.path.isdir(root) for root in self.roots)


def stores() -> str:
    """The folder that holds one folder per memory directory."""
    return os.path.join(places.state_dir(), "stores")


def read(key: str) -> Record:
    """The record of the store `key`; an empty one when there is none."""
    record = Record(key)
    try:
        raw, _ = read_regular(os.path.join(stores(), key, FILE), _MAX)
    except OSError:
        return record
    for line in raw.decode("utf-8", "surrogateescape").split("\n"):
        name, _, value = line.partition(" ")
        if name in ("directory", "moving"):
            setattr(record, name, value)
        elif name in ("root", "commit", "remote") and value:
            getattr(record, name + "s").append(value)
    return record


def open_place(cwd: str, directory: str | None = None) -> Place:
    """Find the memory directory for a command started in `cwd`, and make sure that it may be used.

    Every reader and writer of memories comes through here; `directory` is `--dir`. Raises NotFound and
    MemctlError as `resolve`, Refused as `check`. Who writes calls `register` of `services.ownership`
    first.
    """
    place = resolve(cwd, directory)
    if place.by_slug:
        check(place.directory, place.root)
    return place


def check(directory: str, root: str) -> None:
    """Refuse to use `directory`, found by its slug, for `root` when it is another living project's.

    Raises Refused (slug `shared-slug`) with the ways out.
    """
    record = read(places.store_key(directory))
    if not record.roots or root in record.roots or record.is_orphan:
        return
    other = next(r for r in record.roots if os.path.isdir(r))
    if os.path.realpath(other) == os.path.realpath(root):
        return
    from memctl.errors import Refused

    raise Refused(
        f"{directory} belongs to {other}, whose path gives the same folder name as {root}",
        hint="`memctl project adopt --share` lets both use it; MEMCTL_DIR gives this project its own",
        slug="shared-slug",
    )


def every() -> list[Record]:
    """The records of every store, in order of their keys; those set aside (`KEY.before-...`) are none."""
    try:
        keys = sorted(key for key in os.listdir(stores()) if "." not in key)
    except OSError:
        return []
    return [record for record in map(read, keys) if record.directory]


def write(record: Record) -> None:
    """Replace the record's file, durably. Raises OSError."""
    folder = places.make_private(os.path.join(stores(), record.key))
    values = {
        "directory": [record.directory],
        "root": record.roots,
        "commit": record.commits,
        "remote": record.remotes,
        "moving": [record.moving] if record.moving else [],
    }
    lines = [f"{key} {value}" for key in _KEYS for value in values[key] if "\n" not in value]
    write_private(os.path.join(folder, FILE), ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
