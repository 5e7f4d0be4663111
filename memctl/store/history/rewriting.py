"""Writing the history anew without what is to be gone for good.

Every commit is made again in a fresh repository, which then takes the place of the old one in one step: no
object of the old one is in it that is not reachable, and no commit that held the text. What others changed,
who did it and when stays, and why, with a mark where a reason names or quotes what is erased; a change that
touched that as well keeps its reason where it is of a move, an undo or a redo. A commit that did nothing else
is left out.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator

from memctl import places
from memctl.domain.erasure import KNOWN_FROM, Erasure
from memctl.domain.fingerprint import blob_id
from memctl.domain.memory import INDEX, stem
from memctl.errors import Damaged
from memctl.format import index
from memctl.store.disk import exchange
from memctl.store.history import aliases, collecting, git, graph
from memctl.store.history.commits import ERASE, Note, quoted
from memctl.store.history.frame import BRANCH, sync
from memctl.store.history.graph import Step
from memctl.store.history.records import LEFT

GONE = b"(erased)"
"""What a message says in the place of an erased memory's name or words."""

_TAKEN_BACK = re.compile(rb"(?:takes|brings) back (?:[\w -]+ [0-9a-f]{8}(?:, )?)+(?: and \d+ more)?")
_OF_FOLDERS = (b"adopt", LEFT.encode())
"""Verbs of changes whose reason names folders and no memory."""
_WHY = b"Memctl-Why"
_MACHINE = tuple(b"Memctl-" + key for key in (b"Verb", b"Actor", b"Change", b"Undoes", b"Redoes"))
"""What undo and redo go by: a memory or a value may be called like a verb or a program, and is not meant."""
_ID = re.compile(rb"\b[0-9a-f]{8,40}\b")

Version = bytes | str | None
"""A file in a commit: new bytes, the blob that it has already, or None for no file."""


def rewrite(repository: str, erasure: Erasure, lock: int, now: float) -> dict[str, str]:
    """Take what `erasure` says out of every version; returns the old commits with the new ones.

    Does nothing when that was done already. Raises Damaged, WriteFailed, OSError; the old history stands
    until the new one is whole, durable and looked at.
    """
    clear_leavings(repository)
    if not os.path.isdir(repository):
        return {}
    steps = graph.read(repository)
    if not steps or any(step.says(b"Change").decode() == erasure.id for step in steps):
        return {}
    with collecting.kept_out(repository):
        made = _fresh(repository, lock)
        commits = _Rewriting(repository, steps, erasure).run(made, lock, now)
        git.feed(made, ["repack", "-a", "-d", "-q"], [], lock)
        os.unlink(os.path.join(made, "objects", "info", "alternates"))
        git.check(made)
        sync(made)
        _swap(repository, made)
    return commits


def clear_leavings(repository: str) -> None:
    """Bring back a history that was between two names when memctl was killed; remove what is left over."""
    folder, name = os.path.split(repository)
    aside = repository + ".erased"
    if os.path.isdir(aside) and not os.path.isdir(repository):
        os.rename(aside, repository)  # the new one had not got its name yet
    for found in os.listdir(folder) if os.path.isdir(folder) else ():
        if found.startswith(name + ".") and found.endswith((".tmp", ".erased")):
            shutil.rmtree(os.path.join(folder, found))


def _fresh(repository: str, lock: int) -> str:
    """An empty repository beside the old one, which it borrows objects from until it has its own."""
    made = f"{repository}.{os.urandom(6).hex()}.tmp"
    os.mkdir(made, 0o700)
    git.feed(made, ["init", "--quiet", "--bare", "--template=", "--initial-branch=main"], [], lock)
    places.make_private(os.path.join(made, "objects", "info"))
    with open(os.path.join(made, "objects", "info", "alternates"), "w", encoding="utf-8") as handle:
        handle.write(os.path.join(os.path.abspath(repository), "objects") + "\n")
    return made


def _swap(repository: str, made: str) -> None:
    folder, name = os.path.split(repository)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if exchange.exchange(handle, os.path.basename(made), name):
            old = made
        else:
            old = repository + ".erased"
            os.rename(repository, old)
            os.rename(made, repository)
        os.fsync(handle)
        shutil.rmtree(old)
        os.fsync(handle)
    finally:
        os.close(handle)


class _Rewriting:
    """One pass over the old history."""

    def __init__(self, repository: str, steps: list[Step], erasure: Erasure) -> None:
        self._repository = repository
        self._steps = steps
        self._erasure = erasure
        self._names = aliases.names_at(repository, steps, erasure.names)
        self._every = frozenset(erasure.files).union(*self._names.values()) if erasure.names else frozenset()
        self._present: dict[str, frozenset[str]] = {"": frozenset()}  # of all names, those with a file
        self._index: dict[str, str] = {"": ""}  # commit -> blob of its index
        self._made: dict[str, str] = {"": ""}  # old commit -> new one
        self._marks: dict[str, int] = {}  # new commit -> what fast-import calls it until it ends
        self._short: dict[str, list[str]] = {}  # the first eight digits of an old commit that has a new one
        self._indexes: dict[tuple[str, frozenset[str]], Version] = {}
        self._cleaned = self._clean() if erasure.values else {}

    def _clean(self) -> dict[str, bytes]:
        """Blob -> its bytes without the values, for each that holds one."""
        blobs = {blob for step in self._steps for change in step.changes for blob in change[1:] if blob}
        found = {}
        for name, raw in graph.contents(self._repository, sorted(blobs)):
            clean = self._erasure.clean(raw)
            if clean != raw:
                found[name] = clean
        return found

    def run(self, made: str, lock: int, now: float) -> dict[str, str]:
        """Make every commit again in the repository `made`; returns old commit -> new commit."""
        ends = graph.references(self._repository)
        line = git.command(made, ["fast-import", "--quiet", "--force", "--done", "--date-format=raw"])
        process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=os.sep,
            env=git.environment(), umask=git.PRIVATE, pass_fds=(lock,),
        )  # fmt: skip
        with process:
            try:
                self._feed(process, ends, now)
            except BaseException as error:
                process.kill()
                if not isinstance(error, (BrokenPipeError, Damaged)):
                    raise
            _, said = process.communicate()
        if process.returncode != 0:
            raise git.failure(made, said)
        return {old: self._made[old] for olds in self._short.values() for old in olds}

    def _feed(self, process: "subprocess.Popen[bytes]", ends: dict[str, str], now: float) -> None:
        assert process.stdin is not None
        assert process.stdout is not None

        def commit(parts: list[bytes]) -> str:
            """Send one commit, `parts` of a fast-import stream; returns its id, 40 hexadecimal digits, as git
            says it. Raises Damaged, BrokenPipeError."""
            mark = len(self._marks) + 1
            process.stdin.write(b"".join([*parts, b"\nget-mark :%d\n" % mark]))  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            said = process.stdout.readline().decode("ascii", "replace").strip()  # type: ignore[union-attr]
            if len(said) != 40:
                raise Damaged(f"git could not write the history {self._repository} anew")
            self._marks[said] = mark
            return said

        for step in self._steps:
            parts = self._commit(step)
            self._made[step.commit] = commit(parts) if parts else self._made[step.first]
            if parts:
                self._short.setdefault(step.commit[:8], []).append(step.commit)
        last = self._made[ends[BRANCH]] if BRANCH in ends else ""
        note = Note(ERASE, (), self._erasure.actor, None, "something was erased for good", self._erasure.id)
        who = b"memctl <memctl@localhost> %d +0000\n" % max(0, int(now))
        head = b"author " + who + b"committer " + who
        commit(self._opening(head, note.message(), [last] if last else []))
        for name, old in ends.items():
            if name != BRANCH and self._made[old]:
                process.stdin.write(b"reset %s\nfrom :%d\n\n" % (name.encode(), self._marks[self._made[old]]))
        process.stdin.write(b"done\n")
        process.stdin.flush()

    def _commit(self, step: Step) -> list[bytes]:
        """What makes `step` again; nothing for one of which nothing is left."""
        gone = sorted({f for f, *_ in step.changes if f in self._names_of(step)})
        last = sorted(self._changes(step), key=lambda change: change[1] is not None)
        changes = list(dict(last).items())  # a file that gets its new name here is there, and did not go
        parents = list(dict.fromkeys(new for new in (self._made[p] for p in step.parents) if new))
        if not changes and step.changes and len(parents) < 2:
            return []
        parts = self._opening(step.head, self._message(step, gone, [file for file, _ in changes]), parents)
        for file, version in changes:
            name = quoted(file)
            if version is None:
                parts.append(b"D %s\n" % name)
            elif isinstance(version, str):
                parts.append(b"M 100644 %s %s\n" % (version.encode(), name))
            else:
                parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (name, len(version), version))
        return parts

    def _opening(self, head: bytes, message: bytes, parents: list[str]) -> list[bytes]:
        branch = BRANCH.encode()
        parts = [] if parents else [b"reset %s\n\n" % branch]
        parts += [b"commit %s\nmark :%d\n" % (branch, len(self._marks) + 1), head]
        parts.append(b"data %d\n%s\n" % (len(message), message))
        for word, parent in zip((b"from", *[b"merge"] * len(parents)), parents, strict=False):
            parts.append(b"%s :%d\n" % (word, self._marks[parent]))
        return parts

    def _names_of(self, step: Step) -> frozenset[str]:
        """What the memory is called before or after `step`."""
        return self._names[step.commit] | self._names.get(step.first, frozenset())

    def _changes(self, step: Step) -> Iterator[tuple[str, Version]]:
        before, here = self._names.get(step.first, frozenset()), self._names[step.commit]
        present = set(self._present[step.first])
        self._index[step.commit] = self._index[step.first]
        for file, old, new in step.changes:
            if file in self._every:
                (present.add if new else present.discard)(file)
            if file == INDEX:
                self._index[step.commit] = new
                continue
            was = None if file in before else self._version(old)
            will = None if file in here else self._version(new)
            if _blob(was) != _blob(will):
                yield self._erasure.renamed(file), will
        self._present[step.commit] = frozenset(present)
        was, will = self._index_at(step.first), self._index_at(step.commit)
        if _blob(was) != _blob(will):
            yield INDEX, will

    def _version(self, blob: str) -> Version:
        return self._cleaned.get(blob, blob) if blob else None

    def _index_at(self, commit: str) -> Version:
        """The index of a commit, without the pointers of the memory under any name that is its own."""
        blob = self._index[commit]
        unlisted = self._names.get(commit, frozenset()) | (self._every - self._present[commit])
        key = (blob, unlisted)
        if key not in self._indexes:
            self._indexes[key] = self._unlisted(blob, unlisted)
        return self._indexes[key]

    def _unlisted(self, blob: str, files: frozenset[str]) -> Version:
        version = self._version(blob)
        if version is None or not files:
            return version
        raw = version if isinstance(version, bytes) else next(graph.contents(self._repository, [blob]))[1]
        text = raw.decode("utf-8", "surrogateescape")
        kept = index.remove(text, *files)
        return version if kept == text else kept.encode("utf-8", "surrogateescape")

    def _message(self, step: Step, gone: list[str], left: list[str]) -> bytes:
        subject, *trailers = step.message.split(b"\n")
        if gone:
            shown = ", ".join(stem(file) for file in left if file != INDEX) or "an erased memory"
            subject = b"%s: %s" % (step.says(b"Verb") or b"change", shown.encode("utf-8", "surrogateescape"))
        verb, colon, about = subject.partition(b": ")
        own = step.says(b"Verb") in _OF_FOLDERS
        lines = [verb + colon + (about if own else self._unnamed(about))]
        for line in trailers:
            key, colon, value = line.partition(b": ")
            if key == _WHY and not (own or _TAKEN_BACK.fullmatch(value)):
                if gone:
                    continue
                value = self._unsaid(self._unnamed(value))
            if key == _WHY or key not in _MACHINE:
                value = self._erasure.clean(value)
            lines.append(key + colon + value)
        return _ID.sub(self._new_id, b"\n".join(lines))

    def _unnamed(self, text: bytes) -> bytes:
        """`text`, a list of files or a reason, without the names of what is erased."""
        for file in sorted(self._every, key=len, reverse=True):
            for name in (file, stem(file)):
                word = re.escape(name.encode("utf-8", "surrogateescape"))
                text = re.sub(rb"(?<![\w-])%s(?![\w-])" % word, GONE, text)
        return self._erasure.clean(text)

    def _unsaid(self, reason: bytes) -> bytes:
        """A reason without the lines of what is erased; a short one is no more than a phrase of others."""
        for text in self._erasure.texts:
            said = text.encode("utf-8", "surrogateescape")
            if len(said) >= KNOWN_FROM or said == reason:
                reason = reason.replace(said, GONE)
        return reason

    def _new_id(self, match: "re.Match[bytes]") -> bytes:
        """The new name of a commit that a message mentions by its old one, as long as that was."""
        said = match[0].decode()
        news = [self._made[old] for old in self._short.get(said[:8], ()) if old.startswith(said)]
        return news[0][: len(said)].encode() if len(news) == 1 else match[0]


def _blob(version: Version) -> str:
    return blob_id(version) if isinstance(version, bytes) else version or ""
