"""Which projects use a memory directory, remembered before each write to it."""

from contextlib import suppress

from memctl import places
from memctl.services.ownership.identity import identify, plain_urls
from memctl.store.state import registry
from memctl.store.state.registry import Record
from memctl.store.state.resolve import Place


def register(place: Place) -> None:
    """Remember that `place.root` uses `place.directory`; a root that replaced a vanished one takes over.

    To be called before each write: another project may have come to the directory since it was opened, which
    raises Refused. A directory that the user named belongs to no project: only where it is is remembered.
    """
    if not place.by_slug:
        if place.rules:  # none where no user named it: a move goes through records of its own
            _remember(place.directory)
        return
    registry.check(place.directory, place.root)
    key = places.store_key(place.directory)
    record = registry.read(key)
    known = place.root in record.roots and record.directory == place.directory
    if known and (not record.remotes or plain_urls(record.remotes) == {*record.remotes}):
        return
    if record.is_orphan:
        record.roots = []
    record.directory = place.directory
    if place.root not in record.roots:
        record.roots.append(place.root)
    commits, remotes = identify(place.root)
    record.commits = sorted({*record.commits, *commits})
    record.remotes = sorted({*plain_urls(record.remotes), *remotes})
    _write(record)


def _remember(directory: str) -> None:
    record = registry.read(places.store_key(directory))
    if not record.directory:
        record.directory = directory
        _write(record)


def _write(record: Record) -> None:
    with suppress(OSError):  # the write that follows reports a state directory that cannot be written
        registry.write(record)


def share(place: Place) -> Record:
    """Let the project at `place.root` use a directory that another living project uses as well."""
    record = registry.read(places.store_key(place.directory))
    if place.root not in record.roots:
        record.roots.append(place.root)
        record.directory = place.directory
        registry.write(record)
    return record
