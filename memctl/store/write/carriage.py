"""The files of one memory directory carried into another: nothing is overwritten, nothing is left out.

First everything has a name in both, then it loses the one where it was, so that a carriage that was
killed is simply begun again. What has a name of its own in the target stays there; the other one comes
under a free name.
"""

import contextlib
import errno
import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from memctl import places
from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import INDEX
from memctl.errors import Refused
from memctl.format import sections
from memctl.store.disk import files
from memctl.store.disk.folder import Folder, Moved
from memctl.store.history.seen import stats
from memctl.store.write.load import everything, free_names

ODD = (errno.EINVAL, errno.ENXIO, errno.ELOOP, errno.ENOTDIR)
"""What the system says of something that is no file and that only a person can move."""

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
    carried: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)

    def load(self) -> tuple[str, ...]:
        """Let the target hold everything, durably; returns what of it the history records."""
        for file in everything(self.source):
            if file != INDEX:
                self._carry(file)
        for folder in {file.rpartition("/")[0] for file in self.carried}:
            places.sync_folder(os.path.join(self.folder.directory, *folder.split("/")))
        if self._join_index():
            self.carried.append(INDEX)
        known = stats(self.folder.directory)
        return tuple(sorted(file for file in self.carried if file in known))

    def _carry(self, file: str) -> None:
        source = os.path.join(self.source, *file.split("/"))
        if file in self.settled and _fingerprint(source) == self.settled[file]:
            return
        try:
            self.carried.append(self._named(file, source))
        except OSError as error:
            if error.errno not in ODD:
                raise
            self.left[source] = error.strerror or str(error)
        except Refused as error:
            self.left[source] = error.message

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

    def _join_index(self) -> bool:
        """Whether the index of the target says what the other one said; False where there is no other one."""
        try:
            theirs, _ = files.read_regular(os.path.join(self.source, INDEX))
        except OSError:
            return False
        for _ in range(TRIES):
            found = self.folder.read(INDEX)
            ours = b"" if found is None else found.content
            joined = sections.join(_text(ours), _text(theirs), self.names).encode("utf-8", "surrogateescape")
            with contextlib.suppress(Moved):
                if found is None:
                    self.folder.create(INDEX, joined)
                elif joined != ours:
                    self.folder.replace(INDEX, joined, found)
                return True
        raise OSError(f"{INDEX} is written by another program again and again")

    def unload(self) -> None:
        """Take from the source what the target has by now, the index first; then the folders that are empty.

        What was written there meanwhile is carried too.
        """
        rest = [file for file in everything(self.source) if file != INDEX]
        if self._join_index():
            os.unlink(os.path.join(self.source, INDEX))
        for file in rest:
            self._carry(file)
            source = os.path.join(self.source, *file.split("/"))
            if source not in self.left:
                os.unlink(source)
        for folder, _, _ in os.walk(self.source, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        above = os.path.dirname(self.source)
        with contextlib.suppress(OSError):
            os.rmdir(above)  # the project's own folder, where nothing else has come into it
            above = os.path.dirname(above)
        with contextlib.suppress(OSError):
            places.sync_folder(above)


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
