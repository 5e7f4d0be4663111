"""Making a backup: what goes into it, under the lock, and a second look at what was written."""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from memctl import __version__, settings
from memctl.domain import INDEX, times
from memctl.errors import MemctlError, NotFound, Refused
from memctl.places import store_key
from memctl.services.backup import archive
from memctl.services.backup.archive import Archive, Member
from memctl.services.projects import roster
from memctl.services.write.door import WriteDoor
from memctl.store.disk import files, lock
from memctl.store.disk.oserrors import write_failed
from memctl.store.history import bundle, git
from memctl.store.memory.listing import scan
from memctl.store.state import holdings, registry
from memctl.store.state.resolve import Place

CONFIG = "config.toml"


def places_of_all(now: float, here: Place) -> tuple[list[Place], list[str]]:
    """Every memory directory that memctl wrote to, `here` too; and those that are gone. Raises NotFound."""
    found, gone = [], []
    for known in roster.known(now=now):
        if known.state != "missing":
            record = known.record
            found.append(Place(record.directory, record.roots[0] if record.roots else record.directory, []))
        else:
            gone.append(known.record.directory)
    if os.path.isdir(here.directory) and here.directory not in (place.directory for place in found):
        found.append(here)
    if not found:
        raise NotFound(
            "no memory directory is known here, so there is nothing to back up", hint="memctl path"
        )
    return found, gone


def write_file(path: str, places: Sequence[Place], now: float) -> int:
    """Write a backup of `places` to `path`, verified before it gets that name; returns its size.

    Raises Refused where something stands there that is no backup, WriteFailed, and what reading raises.
    """
    if os.path.islink(path) and not os.path.exists(path):
        raise Refused(f"{path} is a link that leads nowhere", hint="name another file", slug="exists")
    if os.path.exists(path) and os.path.getsize(path):
        _check_replaceable(path)
    temporary = f"{path}.{os.urandom(6).hex()}.tmp"
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(temporary, flags, 0o600), "w+b") as handle:
            write(handle, path, places, now, packed=archive.is_packed(path))
            size = handle.tell()
        os.rename(temporary, path)
        folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise write_failed(error, path) from error
    finally:
        files.discard(temporary)
    return size


def _check_replaceable(path: str) -> None:
    try:
        with open(path, "rb") as handle:
            Archive(handle, path)
    except (OSError, MemctlError):
        raise Refused(
            f"{path} exists and is no backup of memctl", hint="name another file", slug="exists"
        ) from None


def write(handle: IO[bytes], name: str, places: Sequence[Place], now: float, *, packed: bool) -> None:
    """Write a backup to the open file `handle` and verify what stands there then."""
    about: dict[str, Any] = {"memctl": __version__, "made": times.write_second(now), "projects": {}}
    archive.write(handle, _members(places, about["projects"], now), about, packed=packed)
    handle.flush()
    os.fsync(handle.fileno())
    Archive(handle, name)
    handle.seek(0, os.SEEK_END)


def _members(places: Sequence[Place], about: dict[str, Any], now: float) -> Iterator[Member]:
    for place in sorted(places, key=lambda p: p.directory):
        yield from _project(place, about, now)
    with contextlib.suppress(FileNotFoundError):
        yield CONFIG, files.read_regular(settings.config_file(), 1 << 20)[0]


def _project(place: Place, about: dict[str, Any], now: float) -> Iterator[Member]:
    """What one memory directory holds and what is kept about it, as one moment saw it."""
    door = WriteDoor(place)
    directory = place.directory
    if git.program() and os.path.isdir(directory):
        door.record_outside(now=now)
    key = store_key(directory)
    with tempfile.TemporaryFile() as kept:
        with lock.held(directory, "backup"):  # no longer than it takes to copy: to pack it takes longer
            sizes = []
            for name, content in _held(place, key, about):
                kept.write(content)
                sizes.append((name, len(content)))
        kept.seek(0)
        for name, size in sizes:
            yield f"projects/{key}/{name}", kept.read(size)


def _held(place: Place, key: str, about: dict[str, Any]) -> Iterator[Member]:
    directory = place.directory
    record = registry.read(key)
    about[key] = {
        "directory": directory,
        "roots": record.roots or ([place.root] if place.by_slug else []),
        "commits": record.commits,
        "remotes": record.remotes,
    }
    for file in sorted([*(item[0] for item in scan(directory)[0]), *_index(directory)]):
        with contextlib.suppress(FileNotFoundError):
            yield f"memory/{file}", files.read_regular(os.path.join(directory, file))[0]
    made = bundle.make(directory) if git.program() else None
    if made is not None:
        yield "history.bundle", made
    for path, content in holdings.held(directory):
        yield f"state/{path}", content


def _index(directory: str) -> list[str]:
    return [INDEX] if os.path.exists(os.path.join(directory, INDEX)) else []
