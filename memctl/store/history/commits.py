"""Writing the history: what changed outside memctl, and each change of memctl's own, as git commits.

Commits are fed to one `git fast-import` process with their blobs in line: no index file, no filters, no
attributes, no ignore rules, any file name, raw bytes. The repository is bare and lies in the state directory;
the memory directory never learns of it. Every method is called under the lock.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from memctl import places
from memctl.domain.change import Change
from memctl.domain.fingerprint import blob_id
from memctl.domain.skill_file import is_skill
from memctl.errors import Damaged
from memctl.store.disk import files
from memctl.store.history import bulk, frame, git
from memctl.store.history.frame import BRANCH, read_tip
from memctl.store.history.seen import Present, Seen, Stat
from memctl.store.memory.listing import Listing

OUTSIDE = "outside"
"""Verb and actor of a commit that records what somebody else did."""

LOST = b"memctl: this version was lost when the history was damaged (a3d6c1f07e5b)\n"
"""What stands in the history for a version that is lost; the number makes it nobody's own text."""
ERASE = "erase"
"""Verb of the commit that says that something was erased for good."""

LOOSE_SAMPLE = 7
"""Objects in one of git's 256 folders from which on `git gc --auto` is asked (it decides at 1 500)."""

Sure = dict[str, bytes | None]
Source = Callable[[], "tuple[bytes, Stat] | None"]
"""Gives a file's bytes and stat when they are needed; None when it cannot be read any more."""


def git_dir(directory: str) -> str:
    """The repository that holds the history of the memory directory."""
    return os.path.join(places.store_state(directory), "history.git")


@dataclass(frozen=True)
class Note:
    """What a commit says about itself."""

    verb: str
    files: tuple[str, ...]
    actor: str = OUTSIDE
    session: str | None = None
    why: str = ""
    change: str = ""  # the change's id, so that no change is recorded twice
    undoes: tuple[str, ...] = ()  # ids of changes, as in `Change`
    redoes: tuple[str, ...] = ()

    def message(self) -> bytes:
        """The commit message: a subject for people, trailers for `log`."""
        more = f" and {len(self.files) - 3} more" if len(self.files) > 3 else ""
        lines = [f"{_line(self.verb)}: {_line(', '.join(self.files[:3]) + more)[:200]}", ""]
        pairs = (("Verb", self.verb), ("Actor", self.actor), ("Session", self.session or ""),
                 ("Why", self.why), ("Change", self.change),
                 ("Undoes", " ".join(self.undoes)), ("Redoes", " ".join(self.redoes)))  # fmt: skip
        lines += [f"Memctl-{key}: {_line(value)}" for key, value in pairs if value]
        return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


def of_change(change: Change, change_id: str, touched: tuple[str, ...], came: str = "") -> Note:
    """The note of a change of memctl's own, and of what `came` of it besides."""
    return Note(
        change.verb,
        touched,
        change.actor,
        change.session,
        "; ".join(part for part in (change.why, came) if part),
        change_id,
        change.undoes,
        change.redoes,
    )


def _line(text: str) -> str:
    """One line: nothing in a value can begin a trailer of its own."""
    return " ".join("".join(c if c.isprintable() or "\udc80" <= c <= "\udcff" else " " for c in text).split())


class Recorder:
    """Records changes of one memory directory. `lock` is the descriptor of the held lock."""

    def __init__(self, directory: str, lock: int | None) -> None:
        self.directory = directory
        self.git_dir, self._lock = git_dir(directory), lock
        self._seen = Seen(os.path.join(places.store_state(directory), "seen"))
        self._ready = False

    def open(self) -> None:
        """Make the repository when there is none, and learn what it holds. Raises Damaged, OSError."""
        if self._ready:
            return
        if not os.path.isdir(self.git_dir):
            self._init()
        frame.mend(self.git_dir)
        tip = frame.written_tip(self.git_dir)
        if not tip or not self._seen.load(tip):
            tip = frame.mend_tip(self.git_dir, tip, self._seen.last())
            self._seen.start(tip, git.tree(self.git_dir, tip))
        self._ready = True

    def _init(self) -> None:
        """A repository appears whole: made under another name, then renamed."""
        made = f"{self.git_dir}.{os.urandom(6).hex()}.tmp"
        os.mkdir(made, 0o700)
        git.feed(made, git.NEW, [], self._lock)
        frame.sync(made)
        os.rename(made, self.git_dir)
        places.sync_folder(os.path.dirname(self.git_dir))

    def skills(self) -> list[str]:
        """The skills that the history holds, once it is open: files outside of the memory directory."""
        return [file for file in self._seen.blobs if is_skill(file)]

    def holds(self, file: str, content: bytes | None) -> bool:
        """Whether the tip of the history has `file` with these bytes (None: no such file)."""
        return self._seen.blobs.get(file) == (None if content is None else blob_id(content))

    def holds_empty(self, file: str) -> bool:
        """Whether the history has `file` without a byte in it, or does not have it."""
        self.open()
        return self._seen.blobs.get(file) in (None, blob_id(b""))

    def outside(
        self, now: float, sure: Sure, own: tuple[str, ...] = (), listing: Listing | None = None
    ) -> tuple[str, ...]:
        """Record what changed outside memctl since the last commit, or until `listing`; returns the files.
        `sure` are bytes (None: missing) that the caller has read itself and is about to replace: for them
        no stat is trusted. `own` are files that memctl wrote and has yet to record.
        """
        self.open()
        present = Present(self.directory, listing)
        changed, gone = self._changed(present, sure, own), self._gone(present, sure, own)
        if not changed and not gone:
            self._seen.save(self._seen.tip)
            return ()
        note = Note(OUTSIDE, tuple(sorted([*changed, *gone])))
        self._commit(note, now, {f: self._source(f, sure.get(f)) for f in sorted(changed)}, gone)
        return note.files

    def _changed(self, present: Present, sure: Sure, own: tuple[str, ...]) -> list[str]:
        """The files that are there and that the history has not, or has with other bytes."""
        known, doubtful = {*sure, *own}, self._seen.doubtful(present)
        new = [file for file, stat in doubtful if file not in known and self._is_new(file, stat)]
        return new + [f for f, raw in sure.items() if raw is not None and not self.holds(f, raw)]

    def _gone(self, present: Present, sure: Sure, own: tuple[str, ...]) -> list[str]:
        """The files that the history has and that are no longer there; a skill only where it is `sure`."""
        missing = [f for f in self._seen.missing(present).difference(own) if f in sure or not is_skill(f)]
        return [f for f in missing if sure.get(f) is None and self._is_gone(f)]

    def _is_new(self, file: str, stat: Stat) -> bool:
        if stat[0] > files.BODY_MAX:
            return False
        if file not in self._seen.blobs:  # it is read once, when it is recorded
            return os.access(os.path.join(self.directory, file), os.R_OK)
        if (found := self._read(file)) is None:
            return False  # unreadable or gone again: nothing can be recorded now
        if self._seen.blobs[file] != blob_id(found[0]):
            return True
        self._seen.record(file, found[1], self._seen.blobs[file])
        return False

    def _is_gone(self, file: str) -> bool:
        """A folder that cannot be looked into hides its files; it does not remove them."""
        try:
            os.stat(os.path.join(self.directory, file), follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False
        return os.path.islink(os.path.join(self.directory, file))

    def _read(self, file: str) -> tuple[bytes, Stat] | None:
        try:
            content, stat = files.read_regular(os.path.join(self.directory, file), files.BODY_MAX + 1)
        except OSError:
            return None
        return content, (stat.st_size, stat.st_mtime_ns, stat.st_ino)

    def _source(self, file: str, content: bytes | None) -> Source:
        return lambda: self._read(file) if content is None else (content, self._read_stat(file, content))

    def _read_stat(self, file: str, content: bytes) -> Stat:
        found = self._read(file)
        return found[1] if found and found[0] == content else (-1, 1 << 62, 0)

    def change(self, note: Note, now: float, after: dict[str, bytes | None]) -> str:
        """Record a change of memctl's own: file -> its new bytes, or None where it was removed."""
        self.open()
        sources = {f: self._source(f, c) for f, c in sorted(after.items()) if c is not None}
        gone = [f for f, c in after.items() if c is None and f in self._seen.blobs]
        return self._commit(note, now, sources, gone)

    def _commit(self, note: Note, now: float, sources: dict[str, Source], gone: Iterable[str]) -> str:
        new: set[str] = set()
        stream = self._stream if len(sources) < bulk.MANY else self._stream_many
        parts = stream(note, now, sources, list(gone), new)
        try:
            said = git.feed(self.git_dir, bulk.importing(len(sources)), parts, self._lock)
        except BaseException:
            self._ready = False
            git.sweep_crash_reports(self.git_dir)
            raise
        names = [word for word in said.decode("ascii", "replace").split() if len(word) == 40]
        commit = next(iter(names), "")
        if read_tip(self.git_dir) != commit:
            raise Damaged(f"the history in {self.git_dir} does not hold the commit that git just made")
        frame.sync_new(self.git_dir, {*names, *new})
        self._seen.save(commit)
        return commit

    def _stream(
        self, note: Note, now: float, sources: dict[str, Source], gone: list[str], new: set[str]
    ) -> Iterator[bytes]:
        """What `git fast-import` is told, and asked: the ids of the commit and of its lists of files; those
        of the files' bytes are added to `new`."""
        yield from signed(note, now)
        if self._seen.tip:
            yield b"from %s\n" % self._seen.tip.encode()
        for file in gone:
            self._seen.forget(file)
            yield b"D %s\n" % quoted(file)
        for file, content in self._contents(sources, new):
            yield b"M 100644 inline %s\ndata %d\n" % (quoted(file), len(content))
            yield content
            yield b"\n"
        yield b"\nget-mark :1\n"
        for folder in _folders((*sources, *gone)):
            yield b"ls :1 %s\n" % quoted(folder)
        yield b"done\n"

    def _stream_many(
        self, note: Note, now: float, sources: dict[str, Source], gone: list[str], new: set[str]
    ) -> Iterator[bytes]:
        """As `_stream`, where there are so many `sources` that they must not go file by file."""
        for file in gone:
            self._seen.forget(file)
        bulk.send(self.git_dir, (content for _, content in self._contents(sources, new)), self._lock)
        lists = bulk.trees(self.git_dir, self._seen.blobs, self._lock)
        new.update(lists.values())
        yield from signed(note, now)
        if self._seen.tip:
            yield b"from %s\n" % self._seen.tip.encode()
        yield b'M 040000 %s ""\n' % lists[""].encode()
        yield b"\nget-mark :1\ndone\n"

    def _contents(self, sources: dict[str, Source], new: set[str]) -> Iterator[tuple[str, bytes]]:
        """Each file that can still be read with its bytes, noted as what the history holds from now on."""
        for file, source in sources.items():
            if (found := source()) is not None:
                content, stat = found
                blob = blob_id(content)
                new.add(blob)
                self._seen.record(file, stat, blob)
                yield file, content

    def maintain(self) -> None:
        """Let git pack what has gathered, in the background, when a look at one folder says it is time."""
        with contextlib.suppress(OSError):
            if len(files.names(os.path.join(self.git_dir, "objects", "17"))) >= LOOSE_SAMPLE:
                git.start_detached(self.git_dir, ["gc", "--auto", "--quiet"])


def _folders(touched: Iterable[str]) -> set[str]:
    """The folders of `touched` and those that they are in, down to "", the memory directory itself."""
    found = {""}
    for file in touched:
        while file:
            file = file.rpartition("/")[0]
            found.add(file)
    return found


def signed(note: Note, now: float, mark: int = 1) -> Iterator[bytes]:
    """The head of a commit as fast-import reads it: who, when, and what `note` says."""
    who = f"{int(max(0.0, now))} +0000\n".encode()
    message = note.message()
    author = _line(note.actor).translate({ord("<"): " ", ord(">"): " "}) or "memctl"
    yield b"commit %s\nmark :%d\n" % (BRANCH.encode(), mark)
    yield b"author %s <memctl@localhost> " % author.encode("utf-8", "surrogateescape") + who
    yield b"committer memctl <memctl@localhost> " + who
    yield b"data %d\n%s\n" % (len(message), message)


def quoted(file: str) -> bytes:
    """A path as fast-import reads it: in quotes, with what would end them escaped."""
    raw = os.fsencode(file)
    for plain, escaped in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        raw = raw.replace(plain, escaped)
    return b'"' + raw + b'"'
