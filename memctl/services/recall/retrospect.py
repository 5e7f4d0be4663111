"""The memories of a directory as they were at a moment: by the history, and by what their headers say.

A version that the history holds of that moment is taken as it is, also of a memory that was changed or
forgotten since. What came into the history later may have been there before it was recorded (written by
another tool, imported): then its header's dates decide, and its first recorded version is taken.
"""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from memctl.domain.fingerprint import blob_id
from memctl.domain.memory import Memory, is_index, stem
from memctl.domain.skill_file import is_skill
from memctl.domain.times import end_of_day, write_second
from memctl.errors import MemctlError, NotFound
from memctl.format import summary, topic
from memctl.places import queries_file
from memctl.store.history import records, versions
from memctl.store.memory.memories import MemoryStore
from memctl.store.search import bygone
from memctl.store.search.bygone import Version
from memctl.store.search.cache import Cache

MOVED = "mv"
"""Verb of a change by which a memory got another name: under the new one it was not there before."""


@dataclass(frozen=True)
class Retrospect:
    """What was there at `moment` (seconds since the epoch).

    `later` are the files that came afterwards, `since` says what became of a file: changed, gone, or "".
    """

    directory: str
    moment: float
    versions: Mapping[str, Version]
    since: Mapping[str, str]
    later: frozenset[str]
    index: bytes

    def opened(self) -> Cache:
        """A search index of it, in memory. Close it after use."""
        queries = queries_file(self.directory)
        return bygone.opened(self.versions, self.index, queries, self.moment, self.later)

    def memory(self, file: str) -> Memory:
        """One memory as it was. Raises NotFound."""
        version = self.versions.get(file)
        if version is None:
            raise NotFound(f"{file} was not there then")
        return topic.decode(version.raw, file, version.written)

    def find(self, name: str) -> Memory:
        """The memory that `name` meant: by file, by its last part, or by the name in its header. Raises
        NotFound, also where several did."""
        wanted = stem(name).casefold()
        whole = [file for file in self.versions if stem(file).casefold() == wanted]
        last = [file for file in self.versions if stem(file).casefold().rsplit("/", 1)[-1] == wanted]
        named = [file for file in self.versions if self.memory(file).name == name]
        for found in (whole, last, named):
            if len(found) == 1:
                return self.memory(found[0])
        day = write_second(self.moment)
        day = day[:10] if end_of_day(day[:10]) == self.moment else day
        hint = f"memctl list --as-of {day} shows what was there"
        raise NotFound(f"no memory was called {name!r} then", hint=hint)


def recorded(directory: str, ref: str) -> frozenset[str]:
    """The files of which the history holds a version at `ref`, a date or commit: those that `show --at` can
    show."""
    try:
        return frozenset(versions.blobs(directory, records.resolve(directory, ref)))
    except NotFound:  # the history begins afterwards
        return frozenset()


def at(directory: str, moment: float) -> Retrospect:
    """What was in `directory` at `moment`. Raises Damaged, and MemctlError where git is not installed."""
    now = _Now(MemoryStore(directory))
    past = _Past(directory, moment)
    found = {**past.there, **now.written_since(past.last, moment)}
    for file, version in {**now.unrecorded(past.known), **past.first_after()}.items():
        if _was_there(file, version, now.files.get(file), moment):
            found[file] = version
    since = {file: _since(version, now.files.get(file)) for file, version in found.items()}
    later = frozenset({*now.files, *past.known} - found.keys())
    return Retrospect(directory, moment, found, since, later, past.index or now.index)


class _Now:
    """The directory as it is."""

    def __init__(self, store: MemoryStore) -> None:
        self.files: dict[str, Version] = {}
        for file, _, mtime, _ in store.listing()[0]:
            with contextlib.suppress(MemctlError):  # unreadable, which `list` and `recall` say of now
                self.files[file] = Version(store.read(file).raw, mtime / 1e9)
        self.index = store.index_bytes() or b""

    def written_since(self, recorded: Mapping[str, str], moment: float) -> dict[str, Version]:
        """What another tool wrote over a recorded version (file -> its id) by `moment`, and is not recorded
        yet."""
        return {
            file: version
            for file, version in self.files.items()
            if file in recorded and version.written <= moment and blob_id(version.raw) != recorded[file]
        }

    def unrecorded(self, known: Iterable[str]) -> dict[str, Version]:
        """The files that the history does not know."""
        return {file: version for file, version in self.files.items() if file not in {*known}}


class _Past:
    """The history up to a moment, and what came into it first afterwards."""

    def __init__(self, directory: str, moment: float) -> None:
        self._directory = directory
        log = records.log(directory)
        self._commit = records.at(directory, moment)
        cut = next((n for n, record in enumerate(log) if record.commit == self._commit), len(log))
        self._after, self._before = log[:cut][::-1], log[cut:]
        self.known = frozenset(file for record in log for file in record.files if _is_topic(file))

    @cached_property
    def _blobs(self) -> dict[str, str]:
        return versions.blobs(self._directory, self._commit) if self._commit else {}

    @cached_property
    def last(self) -> dict[str, str]:
        """Every file that the history holds last, with the id of its bytes."""
        tip = records.tip(self._directory)
        return versions.blobs(self._directory, tip) if tip else {}

    @cached_property
    def there(self) -> dict[str, Version]:
        """What the history held then."""
        wanted = {file: blob for file, blob in self._blobs.items() if _is_topic(file)}
        written: dict[str, float] = {}
        for record in self._before:
            for file in record.files:
                written.setdefault(file, record.when)
        texts = versions.read(self._directory, wanted)
        return {file: Version(raw, written.get(file, 0.0)) for file, raw in texts.items()}

    @cached_property
    def index(self) -> bytes:
        """The index that the history held then."""
        wanted = {file: blob for file, blob in self._blobs.items() if is_index(file) and "/" not in file}
        return b"".join(versions.read(self._directory, wanted).values())

    def first_after(self) -> dict[str, Version]:
        """The first version of each file that the history got to know after that moment."""
        earlier = {file for record in self._before for file in record.files} | self._blobs.keys()
        first: dict[str, Version] = {}
        for record in self._after:
            came = tuple(file for file in record.files if _is_topic(file) and file not in earlier)
            earlier.update(came)
            if came and record.verb != MOVED:
                texts = records.contents(self._directory, record.commit, came)
                first |= {file: Version(raw, record.when) for file, raw in texts.items() if raw is not None}
        return first


def _was_there(file: str, version: Version, now: Version | None, moment: float) -> bool:
    """Whether a version that was recorded later, or never, was there at `moment`: by what its header or its
    text says, else by when its bytes were written."""
    known = summary.read(version.raw, file, version.written).since
    unchanged = now is not None and now.raw == version.raw
    return (known or (min(version.written, now.written) if now and unchanged else version.written)) <= moment


def _since(version: Version, now: Version | None) -> str:
    return "gone" if now is None else "" if now.raw == version.raw else "changed"


def _is_topic(file: str) -> bool:
    return file.lower().endswith(".md") and not is_index(file) and not is_skill(file)
