"""The files of one memory directory carried into another: nothing is overwritten, nothing is left out.

First everything has a name in both, then it loses the one where it was, so that a carriage that was
killed is simply begun again. What has a name of its own in the target stays there; the other one comes
under a free name.
"""

import contextlib
import errno
import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from memctl import places
from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import INDEX
from memctl.errors import Refused
from memctl.format import drift, room, sections
from memctl.store.disk import files
from memctl.store.disk.folder import Folder
from memctl.store.disk.renaming import OLD, Moved
from memctl.store.history.seen import stats
from memctl.store.state import standings
from memctl.store.write.load import everything, free_names

ODD = (errno.EINVAL, errno.ENXIO, errno.ELOOP, errno.ENOTDIR)
"""What the system says of something that is no file and that only a person can move."""

ASIDE = f"{OLD}0-carried"
"""The folder of the source into which a file goes before it is removed, under its path."""

TRIES = 50
"""How often the index is joined again when somebody writes it meanwhile."""


@dataclass
class Carriage:
    """The way of the files below `source` into the opened `folder`.

    `settled` are files that need not come (their text waits in the inbox), with their fingerprints;
    `names` says what is called otherwise in the target. `left` is what could not be carried, with the
    reason.
    """

    source: str
    folder: Folder
    settled: Mapping[str, str]
    names: dict[str, str]
    now: float = 0.0  # seconds since the epoch
    carried: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)

    def load(self) -> tuple[str, ...]:
        """Let the target hold everything, durably; returns what of it the history records."""
        there = list(self._there())
        for file, path in there:
            if file != INDEX:
                self._carry(file, path)
        for folder in {file.rpartition("/")[0] for file in self.carried}:
            places.sync_folder(os.path.join(self.folder.directory, *folder.split("/")))
        joined = [self._join_index(path) for file, path in there if file == INDEX]
        if any(joined):
            self.carried.append(INDEX)
        known = stats(self.folder.directory)
        return tuple(sorted(file for file in self.carried if file in known))

    def _there(self) -> Iterator[tuple[str, str]]:
        """Every file of the source and its path; those too that a killed carriage had put aside."""
        for path in everything(self.source):
            yield path.removeprefix(ASIDE + "/"), os.path.join(self.source, *path.split("/"))

    def _carry(self, file: str, source: str) -> bool:
        """Whether the target has what is at the path `source`, by now."""
        if file in self.settled and _fingerprint(source) == self.settled[file]:
            return True
        try:
            self.carried.append(self._named(file, source))
            return True
        except OSError as error:
            if error.errno not in ODD:
                raise
            self.left[source] = error.strerror or str(error)
        except Refused as error:
            self.left[source] = error.message
        return False

    def _named(self, file: str, source: str) -> str:
        """The name under which the target has what is at `source`, which is given one where it has none."""
        wanted = self.names.get(file, file)
        for name in itertools.chain((wanted,), free_names(wanted)):
            try:
                self.folder.take_in(name, source)
            except Moved:
                if not _same(source, os.path.join(self.folder.directory, *name.split("/"))):
                    continue
            if name != file:
                self.names[file] = name
            return name
        raise AssertionError("there is always a free name")

    def _join_index(self, path: str) -> bool:
        """Whether the index of the target says what the one at `path` says; False where there is none."""
        try:
            theirs, _ = files.read_regular(path)
        except OSError:
            return False
        for _ in range(TRIES):
            found = self.folder.read(INDEX)
            ours = b"" if found is None else found.content
            joined = self._fitted(sections.join(_text(ours), _text(theirs), self.names))
            with contextlib.suppress(Moved):
                if found is None:
                    self.folder.create(INDEX, joined)
                elif joined != ours:
                    self.folder.replace(INDEX, joined, found)
                return True
        raise OSError(f"{INDEX} is written by another program again and again")

    def _fitted(self, text: str) -> bytes:
        """The joined index, with as many pointers as a session loads."""
        if not drift.is_foreign(text):
            text, _ = room.fit(text, standings.order(self.folder.directory, self.now))
        return text.encode("utf-8", "surrogateescape")

    def unload(self) -> None:
        """Take from the source what the target has by now, the index first; then the folders that are empty.

        What was written there meanwhile is carried too.
        """
        for file, path in sorted(self._there(), key=lambda there: there[0] != INDEX):
            carry = self._join_index if file == INDEX else partial(self._carry, file)
            with contextlib.suppress(FileNotFoundError):  # somebody removed it
                self._let_go(file, path, carry)
        for folder, _, _ in os.walk(self.source, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        above = os.path.dirname(self.source)
        with contextlib.suppress(OSError):
            os.rmdir(above)  # the project's own folder, where nothing else has come into it
            above = os.path.dirname(above)
        with contextlib.suppress(OSError):
            places.sync_folder(above)

    def _let_go(self, file: str, path: str, carry: Callable[[str], bool]) -> None:
        """Remove what is at `path` once `carry` has seen to it; what a program puts there meanwhile is
        carried too. Raises FileNotFoundError when nothing is there."""
        before = _identity(path)
        if not carry(path):
            return
        aside = os.path.join(self.source, ASIDE, *file.split("/"))
        if path != aside:
            os.makedirs(os.path.dirname(aside), mode=0o700, exist_ok=True)
            os.rename(path, aside)
        if _identity(aside) == before or carry(aside):
            os.unlink(aside)


def _identity(path: str) -> tuple[int, int, int, int]:
    found = os.lstat(path)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _fingerprint(path: str) -> str:
    try:
        return fingerprint(b"", files.parts(path))
    except OSError:
        return ""


def _same(one: str, other: str) -> bool:
    """Whether two names are for one file, for the same bytes, or for links to the same place."""
    with contextlib.suppress(OSError):
        if os.path.samestat(os.lstat(one), os.lstat(other)):
            return True
        if os.path.islink(one) and os.path.islink(other):
            return os.readlink(one) == os.readlink(other)
    found = _fingerprint(one)
    return found != "" and found == _fingerprint(other)
