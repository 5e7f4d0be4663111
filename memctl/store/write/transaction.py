"""One change on its way to disk: compare, write the files and the index, record, or put everything back.

Used under the lock, by `apply` and by the recovery of what was interrupted.
"""

import contextlib
import time

from memctl.domain.change import Applied, Change, Remove, Write
from memctl.domain.fingerprint import fingerprint
from memctl.domain.memory import INDEX, is_index
from memctl.domain.skill_file import is_skill, path_of
from memctl.domain.tier import full
from memctl.errors import Conflict, MemctlError, Refused, WriteFailed
from memctl.format import pointers
from memctl.store.disk import files
from memctl.store.disk.folder import Found
from memctl.store.disk.oserrors import write_failed
from memctl.store.disk.renaming import Moved
from memctl.store.history import git, records
from memctl.store.history.commits import Recorder, of_change
from memctl.store.memory.listing import Listing, recent
from memctl.store.state import standings
from memctl.store.write import journal
from memctl.store.write.opened import Opened
from memctl.store.write.skill_writing import Folders

RECENT, RECENT_COMMITS = 600.0, 1000
"""Seconds and commits in which an editor may still hold an index from before a save."""

TRIES, HURRY = 50, 3
"""How often the index is read and derived again when somebody writes it between reading and replacing it,
and from which time on the disk is waited for after replacing it rather than before."""


class Transaction:
    """One change on its way to disk."""

    def __init__(self, at: Opened, change: Change, listing: Listing | None = None) -> None:
        self.at, self.listing = at, listing
        self.directory = at.directory
        self.folders, self.change = Folders(at.folder, at.skills), change
        self.now = at.now
        self.recorder = Recorder(at.directory, at.lock) if git.program() else None
        self.found: dict[str, Found | None] = {}
        self.before: pointers.Versions = {}  # the bytes that the change is about to replace
        self.after: dict[str, bytes | None] = {}  # what is on disk now that was not before
        self.old: dict[str, Found | None] = {}  # what to put back when the change fails
        self.recent: dict[str, None] | None = None  # set once somebody else has written the index
        self.raced: bytes | None = None  # an index that somebody wrote while the change was on its way
        self.outside: set[str] = set()
        self.left: tuple[str, ...] = ()  # files of the memories that found no room in the index
        self.warnings: list[str] = []

    def run(self) -> Applied:
        """Compare, journal, write, record. Raises as `apply` does, with the old files put back."""
        self.read()
        self.record_outside(())
        self._compare()
        entry = journal.new(self.change, self.now)
        try:
            journal.put(self.directory, entry)
        except OSError as error:
            raise write_failed(error, "the journal") from error
        try:
            return self.perform(entry)
        except BaseException as error:
            self._give_up(entry, error)
            raise
        finally:
            self.folders.tidy(self.found)

    def read(self) -> None:
        """Read every file that the change is about, and the index. Refused where one is no file."""
        for operation in self.change.operations:
            self.found[operation.file] = self._read_one(operation.file)
        if INDEX not in self.found:
            self.found[INDEX] = self._read_index()
        self.before = {file: _bytes(found) for file, found in self.found.items()}

    def _read_one(self, file: str) -> Found | None:
        found = self.folders.of(file).read(file)
        if found is not None and found.stat.st_size > files.BODY_MAX:
            raise Refused(f"{file} is larger than {files.BODY_MAX >> 20} MiB and is not touched", slug="size")
        return found

    def _read_index(self) -> Found | None:
        """The index; an editor that empties it before writing it is given a moment to write."""
        found = self._read_one(INDEX)
        for _ in range(10):
            if found is None or found.content or self.recorder is None or self.recorder.holds_empty(INDEX):
                break
            time.sleep(0.01)
            found = self._read_one(INDEX)
        return found

    def record_outside(self, own: tuple[str, ...]) -> None:
        """What is about to be replaced is in the history, durably, before it is replaced.

        `own` are files that an interrupted try of this very change has written already.
        """
        if self.recorder is not None:
            sure = {file: _bytes(found) for file, found in self.found.items() if file not in own}
            outside = self.recorder.outside(self.now, sure, own, recent(self.listing))
            self.outside |= set(outside)
            if INDEX in outside:
                self.look_for_recent()

    def look_for_recent(self) -> None:
        """Learn which memories were saved within RECENT: their pointer must not go unseen.

        Whoever edits the index from a copy read before a save overwrites its pointer. Older pointers that
        are gone were taken out on purpose.
        """
        if self.recorder is None or self.recent is not None:
            return
        self.recent = {
            file: None
            for record in reversed(records.log(self.directory, RECENT_COMMITS))
            if not record.is_outside and 0 <= self.now - record.when <= RECENT
            for file in record.files
            if not is_index(file) and not is_skill(file) and file not in self.found
        }

    def _lost(self, index: Found | None) -> dict[str, bytes]:
        """The recent memories that have no pointer in `index`, with their bytes."""
        if not self.recent:
            return {}
        listed = pointers.listed(_bytes(index))
        found = {file: self._read_one(file) for file in self.recent if file not in listed}
        return {file: there.content for file, there in found.items() if there is not None}

    def _compare(self) -> None:
        for operation in self.change.operations:
            found = self.found[operation.file]
            if operation.expect is None and found is not None:
                raise Conflict(
                    f"{path_of(operation.file)} exists already", hint="update it, or take another name"
                )
            if operation.expect is not None and found is None:
                raise Conflict(f"{path_of(operation.file)} is gone since it was read")
            if found is not None and fingerprint(found.content) != operation.expect:
                raise _changed(operation.file)

    def perform(self, entry: journal.Entry) -> Applied:
        """Bring files, index and history to the new state, then drop the entry; recovery does this too."""
        try:
            self._write_files()
        except Moved as moved:
            raise _changed(str(moved)) from None
        commit = self._commit(entry)
        warnings = list(self.warnings)
        try:
            journal.drop(self.directory, entry)
        except OSError as error:  # the change's id in the history says that it is done
            warnings.append(f"a journal entry could not be removed: {error.strerror}")
        done, outside = tuple(sorted(self.after)), tuple(sorted(self.outside))
        return Applied(commit, done, outside, tuple(warnings), self.left)

    def _commit(self, entry: journal.Entry) -> str | None:
        if self.recorder is None:
            return None
        note = of_change(self.change, entry.id, tuple(sorted(self.after)), full(self.left))
        try:
            if self.raced is not None:  # all its lines are in the index derived from it: none waited on this
                self.outside |= set(self.recorder.outside(self.now, {INDEX: self.raced}, tuple(self.after)))
            return self.recorder.change(note, self.now, self.after)
        except MemctlError:
            commit = self._commit_after_all(entry)
            if commit is None:
                raise
            return commit

    def _write_files(self) -> None:
        operations = self.change.operations
        for operation in operations:
            if isinstance(operation, Write) and not is_index(operation.file):
                self._put(operation.file, operation.content)
        if pointers.derives(self.change):
            self._put_index()
        for operation in operations:
            if isinstance(operation, Write) and is_index(operation.file):
                self._put(operation.file, operation.content)
        for operation in sorted(operations, key=lambda o: not is_index(o.file)):
            if isinstance(operation, Remove):
                self._put(operation.file, None)

    def _put(self, file: str, content: bytes | None, *, hurry: bool = False) -> None:
        """Bring one file to its new bytes (None: gone) unless it has them already."""
        found = self.found[file]
        if _bytes(found) == content:
            self.after[file] = content
            return
        self.old[file] = found  # noted before the attempt: a rename may succeed and report a failure
        self.after[file] = content
        folder = self.folders.of(file)
        if content is None:
            assert found is not None
            folder.remove(file, found)
        elif found is None:
            folder.create(file, content)
        else:
            folder.replace(file, content, found, hurry=hurry)

    def _put_index(self) -> None:
        """Derive the index from what it says now; when somebody writes it meanwhile, derive it again."""
        for tried in range(TRIES):
            found = self.found[INDEX]
            order = standings.order(self.directory, self.now, self.at.redact)
            given = _bytes(found), self.change, self.before, self.at.redact, order
            hurry = tried >= HURRY
            derived = pointers.after_quickly(*given) if hurry else pointers.after(*given, self._lost(found))
            content = derived.content
            if content == _bytes(found):
                if self.recorder is not None and not self.recorder.holds(INDEX, content):
                    self.after[INDEX] = content  # an interrupted try wrote it; its commit is still to come
                break
            try:
                self._put(INDEX, content, hurry=hurry)
                break
            except Moved:
                del self.old[INDEX], self.after[INDEX]
                self.found[INDEX] = self._read_index()
                self.raced = _bytes(self.found[INDEX])
                self.look_for_recent()
        else:
            raise _changed(INDEX)
        self.warnings += derived.warnings
        self.left = derived.left

    def _commit_after_all(self, entry: journal.Entry) -> str | None:
        """A git that failed may have failed after its commit was made."""
        with contextlib.suppress(MemctlError):
            return records.knows(self.directory, entry.id)
        return None

    def _give_up(self, entry: journal.Entry, error: BaseException) -> None:
        """Put the old files back; what the system would not write is kept in the spool."""
        interrupted = not isinstance(error, Exception)
        if interrupted and self.recorder is not None and self._commit_after_all(entry) is not None:
            return  # the change is complete; the next command drops its journal entry
        failed = write_failed(error, self.directory) if isinstance(error, OSError) else error
        if not self.put_back():
            return  # the journal entry stays, and the next command finishes the change
        if not isinstance(failed, WriteFailed):
            with contextlib.suppress(OSError):
                journal.drop(self.directory, entry)
            return
        if not any(isinstance(operation, Write) for operation in entry.change.operations):
            with contextlib.suppress(OSError):
                journal.drop(self.directory, entry)
            return  # a removal that failed is said and is over: nothing of it could be lost
        try:
            journal.set_aside(self.directory, entry, failed.slug)
        except OSError:
            return
        raise WriteFailed(failed.message, hint=_kept_hint(failed), slug=failed.slug) from error

    def put_back(self) -> bool:
        """Give every file that this try replaced its old bytes; False when the system does not let us."""
        done = True
        for file, found in reversed(self.old.items()):
            try:
                self._put_one_back(file, found)
            except (OSError, MemctlError, Moved):
                done = False
        return done

    def _put_one_back(self, file: str, old: Found | None) -> None:
        folder = self.folders.of(file)
        now = folder.read(file)
        if _bytes(now) == _bytes(old) or _bytes(now) != self.after[file]:
            return  # never replaced, or somebody else's by now
        if old is None:
            assert now is not None
            folder.remove(file, now)
        elif now is None:
            folder.create(file, old.content, old.stat.st_mode & 0o777)
        else:
            folder.replace(file, old.content, now)

    def maintain(self) -> None:
        """Let git tidy up, after the lock is released."""
        if self.recorder is not None:
            self.recorder.maintain()


def _bytes(found: Found | None) -> bytes | None:
    return None if found is None else found.content


def _changed(file: str) -> Conflict:
    return Conflict(
        f"{path_of(file)} was changed by someone else since it was read", hint="read it again, then repeat"
    )


def _kept_hint(failed: WriteFailed) -> str:
    first = f"{failed.hint}; " if failed.hint else ""
    return f"{first}nothing was changed; what was to be saved is kept, and memctl doctor --fix applies it"
