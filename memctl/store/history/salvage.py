"""What can be read of a damaged history, as a history that is whole again.

Every object that is whole is copied to a new repository; what the memory directory still holds is put back.
A version that is lost is replaced by `LOST` where it stood, so that the history knows of it and never gives
it for the text. Where a commit or a list of files is lost, the history goes on with what is older, and the
first change after the gap is recorded as one from outside, which no undo takes back. Ids of changes stay;
those of the commits after the damage are new.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from memctl.domain import times
from memctl.domain.fingerprint import blob_id
from memctl.store.disk import files
from memctl.store.history import git, objects, plumbing
from memctl.store.history.commits import LOST, OUTSIDE, Note, quoted
from memctl.store.history.frame import BRANCH
from memctl.store.history.seen import stats

GAP = "a part of the history is lost here"
"""What the record says that follows on a lost one."""

Files = dict[str, tuple[str, str]]
"""file -> (mode, id of its bytes)"""


@dataclass
class Commit:
    """A commit as git keeps it: the lines of its head, its message, and its id in the new history."""

    name: str
    tree: str
    parents: list[str]
    head: list[bytes]  # the lines "author ..." and "committer ..."
    message: bytes
    when: int

    @classmethod
    def parse(cls, name: str, raw: bytes) -> "Commit":
        """The commit `name` from its content."""
        head, _, message = raw.partition(b"\n\n")
        lines = head.split(b"\n")
        said = {line.split(b" ", 1)[0]: line for line in lines}
        parents = [line.split()[1].decode() for line in lines if line.startswith(b"parent ")]
        kept = [line for line in lines if line.startswith((b"author ", b"committer "))]
        when = int(said[b"committer"].rsplit(b" ", 2)[1])
        return cls(name, said[b"tree"].split()[1].decode(), parents, kept, message, when)

    def named(self) -> str:
        """The commit for people: `save 1234abcd of 2026-11-20T02:31:00Z`."""
        verb = self.message.split(b":", 1)[0].decode("utf-8", "replace")
        return f"{verb} {self.name[:8]} of {times.write_second(self.when)}"


@dataclass
class Salvaged:
    """What became of a history: how many commits it has now, and a sentence for each thing that is lost."""

    commits: int = 0
    lost: list[str] = field(default_factory=list)


def salvage(damaged: str, target: str, directory: str, known: tuple[str, ...]) -> Salvaged:
    """Fill the empty repository `target` with what can be read of the repository `damaged`.

    `known` are commits that may be the last one, the likeliest first; `directory` is the memory directory.
    Raises Damaged, WriteFailed, OSError.
    """
    objects.copy(damaged, target)
    there = {name for name, _ in plumbing.listed(target)}
    for file in stats(directory):
        try:
            content = files.read_regular(os.path.join(directory, file), files.BODY_MAX)[0]
        except OSError:
            continue
        if blob_id(content) not in there:
            objects.put_blob(target, content)
    done = _Salvage(target, known).run()
    if done.commits:  # what nothing leads to any more would be taken for the end of the history one day
        git.feed(target, ["repack", "-a", "-d", "-q"], [], None)
        git.feed(target, ["prune", "--expire=now"], [], None)
    return done


class _Salvage:
    def __init__(self, target: str, known: tuple[str, ...]) -> None:
        self.target = target
        self.done = Salvaged()
        kinds = dict(plumbing.listed(target))
        self.blobs = {name for name, kind in kinds.items() if kind == "blob"}
        self.reader = objects.Reader(target)
        names = [name for name, kind in kinds.items() if kind == "commit"]
        self.commits = {name: Commit.parse(name, self.reader.read(name) or b"") for name in names}
        self.known = known
        self.new: dict[str, str] = {}  # commit -> what it is in the new history: an id, a mark, or ""
        self.marks = 1
        self.told: set[tuple[str, str]] = set()  # lost versions that are in `lost`, by file and id
        self.files: tuple[str, Files] = ("", {})  # of the newest commit that was made anew

    def run(self) -> Salvaged:
        """Make the branch of the new history."""
        try:
            segments = self._segments()
            if segments:
                arguments = ["fast-import", "--quiet", "--done", "--force", "--date-format=raw"]
                git.feed(self.target, arguments, self._stream(segments), None)
        finally:
            self.reader.close()
        self.done.commits = sum(bool(name) for name in self.new.values())
        if not self.done.commits:
            self.done.lost = ["all of it"]
        return self.done

    def _segments(self) -> list[list[Commit]]:
        """The commits, the oldest first; a new list begins where older ones are lost."""
        newest = self._heads()
        last = next((name for name in (*self.known, *newest) if name in self.commits), "")
        if self.known and last != self.known[0] and self.commits:
            self.done.lost.append(f"the last change, {self.known[0][:8]}")
        found: list[list[Commit]] = []
        seen: set[str] = set()
        while last:
            found.insert(0, self._back(last, seen))
            lost = [p for commit in found[0] for p in commit.parents if p not in self.commits]
            self.done.lost += [f"the change {name[:8]}" for name in dict.fromkeys(lost)]
            last = next((name for name in newest if name not in seen), "") if lost else ""
        return found

    def _heads(self) -> list[str]:
        """The commits that no other one follows, the newest first."""
        heads = set(self.commits) - {p for commit in self.commits.values() for p in commit.parents}
        return sorted(heads, key=lambda name: self.commits[name].when, reverse=True)

    def _back(self, head: str, seen: set[str]) -> list[Commit]:
        """`head` and everything before it that can be read, parents first."""
        order: list[Commit] = []
        waiting = [(head, False)]
        while waiting:
            name, ready = waiting.pop()
            if ready:
                order.append(self.commits[name])
            elif name in self.commits and name not in seen:
                seen.add(name)
                waiting.append((name, True))
                waiting += [(parent, False) for parent in self.commits[name].parents]
        return order

    def _stream(self, segments: list[list[Commit]]) -> Iterator[bytes]:
        yield b"blob\nmark :1\ndata %d\n%s\n" % (len(LOST), LOST)
        older = ""  # the end of the segment before
        for segment in segments:
            for commit in segment:
                yield from self._renewed(commit, older)
                older = self.new[commit.name] or older
        if older:
            yield b"reset %s\nfrom %s\n\n" % (BRANCH.encode(), older.encode())
        yield b"done\n"

    def _renewed(self, commit: Commit, older: str) -> Iterator[bytes]:
        there = self._flat(commit.tree)
        if there is None:
            self.new[commit.name] = ""
            self.done.lost.append(f"what the files were at {commit.named()}")
            return
        lost = {file: blob for file, (_, blob) in there.items() if blob not in self.blobs}
        parents = [self.new.get(parent, "") for parent in commit.parents]
        gap = "" in parents
        if not lost and not gap and parents == commit.parents:
            self.new[commit.name] = commit.name
            return
        self._tell(commit, lost)
        wanted = {f: (mode, ":1" if f in lost else blob) for f, (mode, blob) in there.items()}
        message = commit.message
        if gap:  # what this change did to the files cannot be told from what the lost ones did
            parents = list(dict.fromkeys(filter(None, (older, *parents))))
            message = Note(OUTSIDE, tuple(there), why=f"{GAP}, up to {commit.named()}").message()
        yield from self._commit(commit, parents, wanted, message)
        self.new[commit.name] = f":{self.marks}"

    def _tell(self, commit: Commit, lost: dict[str, str]) -> None:
        new = set(lost.items()) - self.told
        self.told |= new
        self.done.lost += [f"the version of {file} at {commit.named()}" for file, _ in sorted(new)]

    def _commit(self, commit: Commit, parents: list[str], wanted: Files, message: bytes) -> Iterator[bytes]:
        self.marks += 1
        if not parents:  # else the commit would follow the one before it in the stream
            yield b"reset %s\n\n" % BRANCH.encode()
        yield b"commit %s\nmark :%d\n" % (BRANCH.encode(), self.marks)
        yield from (line + b"\n" for line in commit.head)
        yield b"data %d\n%s\n" % (len(message), message)
        for word, parent in zip((b"from", *[b"merge"] * len(parents)), parents, strict=False):
            yield b"%s %s\n" % (word, parent.encode())
        before: Files = self.files[1] if parents and parents[0] == self.files[0] else {}
        if not before:
            yield b"deleteall\n"
        for file in before.keys() - wanted.keys():
            yield b"D %s\n" % quoted(file)
        for file, (mode, blob) in wanted.items():
            if before.get(file) != (mode, blob):
                yield b"M %s %s %s\n" % (mode.encode(), blob.encode(), quoted(file))
        yield b"\n"
        self.files = (f":{self.marks}", wanted)

    def _flat(self, tree: str) -> Files | None:
        """Every file of a tree; None where a part of it is lost."""
        found: Files = {}
        waiting = [("", tree)]
        while waiting:
            folder, name = waiting.pop()
            raw = self.reader.read(name)
            if raw is None:
                return None
            while raw:
                head, _, rest = raw.partition(b"\0")
                mode, file = head.split(b" ", 1)
                entry, raw = rest[:20].hex(), rest[20:]
                if mode == b"40000":
                    waiting.append((f"{folder}{os.fsdecode(file)}/", entry))
                else:
                    found[folder + os.fsdecode(file)] = (mode.decode(), entry)
        return found
