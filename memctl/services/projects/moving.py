"""One memory directory brought into another, with everything that is kept about it.

A file that only one of them has comes as it is, with its age; what both have with the same bytes stays
once. Of two texts under one name this directory's stays, and the other one waits in the inbox for the
person; what cannot wait there (the guard refuses it, it is no memory) comes under a free name. Nothing is
left behind.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from memctl import places
from memctl.domain.change import Change
from memctl.domain.memory import INDEX, TYPES, Memory
from memctl.domain.proposal import ORIGINS, Proposal, Target
from memctl.errors import Refused
from memctl.services.inbox.door import InboxDoor
from memctl.services.inbox.provenance import Stated
from memctl.services.inbox.reasons import Dropped
from memctl.services.ownership.identity import identify, plain_urls
from memctl.services.write.door import WriteDoor
from memctl.store.disk import files
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import registry
from memctl.store.state.resolve import Place
from memctl.store.write.load import Load, everything, free_names

DECIDED = ("known", "rejected")
"""Why a text need not come although the inbox does not take it: it waits there already, or was rejected."""


@dataclass(frozen=True)
class Brought:
    """What came of it: where the memory is now, and what became of the files that were brought."""

    directory: str
    commit: str | None = None
    change: str | None = None  # its id in the history
    files: tuple[str, ...] = ()  # of those that the history records, as they are called now
    offered: tuple[str, ...] = ()  # whose text waits in the inbox
    renamed: dict[str, str] = field(default_factory=dict)  # those that came under another name
    warnings: tuple[str, ...] = ()


def bring(
    source: str,
    target: str,
    root: str,
    *,
    now: float,
    by: str = "",
    why: str = "",
    turn: Change | None = None,
) -> Brought:
    """Bring the memory directory `source` and its state into `target`, which belongs to the project at
    `root`.

    Either may be missing, empty or full, on any file system; where they are one directory only the record
    of the project changes. The root "" leaves `target` without a project. `by` is who acts, as in
    `WriteDoor`, `turn` as in its `bring`; `now` is in seconds since the epoch. Killed anywhere, it is
    finished by the next command that opens either place, or never began. Raises Refused (one lies in the
    other, or the target is another project's), Locked, WriteFailed, Damaged.
    """
    if places.store_key(source) == places.store_key(target):
        _reassign(target, root)
        return Brought(target)
    _check_apart(source, target)
    if root:
        registry.check(target, root)
    place = Place(target, root, [])
    plan = _Plan(source, place, now)
    plan.make()
    commits, remotes = identify(root) if root else ([], [])
    load = Load(
        source,
        places.store_state(source),
        plan.settled,
        plan.inbox.sealed(),
        plan.names,
        (root,) if root else (),
        tuple(commits),
        tuple(sorted(plain_urls(remotes))),
    )
    arrived = WriteDoor(place, by).bring(load, why=why or f"from {source}", now=now, turn=turn)
    came = tuple(file for file in arrived.files if file not in plan.same)
    return Brought(
        target, arrived.commit, arrived.change, came, tuple(plan.offered), plan.names, arrived.warnings
    )


def _check_apart(source: str, target: str) -> None:
    one, other = os.path.realpath(source), os.path.realpath(target)
    if os.path.commonpath([one, other]) in (one, other):
        raise Refused(
            f"{source} and {target} lie in one another", hint="move one of them first", slug="outside"
        )


def _reassign(directory: str, root: str) -> None:
    """The directory stays where it is, and belongs to the project at `root`."""
    record = registry.read(places.store_key(directory))
    commits, remotes = identify(root)
    record.directory, record.moving, record.roots = directory, "", [root]
    record.commits, record.remotes = commits or record.commits, remotes or record.remotes
    registry.write(record)


class _Plan:
    """What becomes of each file of `source` in the directory of `place`."""

    def __init__(self, source: str, place: Place, now: float) -> None:
        self.source = source
        self.target = place.directory
        self.inbox = InboxDoor(place, now, limit=None)
        self.settled: dict[str, str] = {}  # files that need not come, with their fingerprints
        self.offered: list[str] = []  # those of them whose text waits in the inbox
        self.names: dict[str, str] = {}
        self.same: set[str] = set()
        self._known = {memory.file: memory for memory in self.inbox.memories}
        self._memories = {memory.file: memory for memory in MemoryStore(source).memories()[0]}

    def make(self) -> None:
        """Decide on every file of the source."""
        for file in everything(self.source):
            blocked = self._blocked(file)
            if blocked:
                self.names[file] = self._free(blocked) + file[len(blocked) :]
            elif file == INDEX or not os.path.lexists(self._path(self.target, file)):
                continue
            elif not self._differs(file):
                self.same.add(file)
            elif not self._offer(file):
                self.names[file] = self._free(file)

    def _blocked(self, file: str) -> str:
        """The folder of `file` that cannot be the same one in the target; "" when there is none.

        A file has its name there; or it is a whole of its own, such as a repository, which no other is
        mixed with.
        """
        for folder in _above(file):
            there = self._path(self.target, folder)
            hidden = folder.rpartition("/")[2].startswith(".")
            if os.path.lexists(there) and (hidden or os.path.islink(there) or not os.path.isdir(there)):
                return folder
        return ""

    def _differs(self, file: str) -> bool:
        """Whether the target has something else under that name."""
        ours, theirs = (self._path(place, file) for place in (self.target, self.source))
        try:
            return b"".join(files.parts(ours)) != b"".join(files.parts(theirs))
        except OSError:
            return True

    def _offer(self, file: str) -> bool:
        """Whether the text of `file` waits in the inbox from now on, or need not because it is known."""
        memory = self._memories.get(file)
        if memory is None or memory.warnings or memory.cut:
            return False
        known = self._known.get(file)
        if known and (known.body.strip(), known.description, known.type) == (
            memory.body.strip(),
            memory.description,
            memory.type,
        ):  # only the header says something else, which the history keeps
            self.settled[file] = memory.fingerprint
            return True
        result = self.inbox.take(
            _draft(memory), Stated(_origin(memory), f"in {self.source} under the same name")
        )
        reason = result.reason if isinstance(result, Dropped) else "taken"
        if reason not in ("taken", *DECIDED):
            return False
        self.settled[file] = memory.fingerprint
        if reason != "rejected":
            self.offered.append(file)
        return True

    def _path(self, place: str, file: str) -> str:
        return os.path.join(place, *file.split("/"))

    def _free(self, file: str) -> str:
        taken = set(self.names.values())
        for name in free_names(file):
            paths = [self._path(place, name) for place in (self.target, self.source)]
            if name not in taken and not any(map(os.path.lexists, paths)):
                return name
        raise AssertionError("there is always a free name")


def _above(file: str) -> Iterator[str]:
    """The folders that `file` lies in, the outermost first."""
    parts = file.split("/")[:-1]
    for number in range(1, len(parts) + 1):
        yield "/".join(parts[:number])


def _origin(memory: Memory) -> str:
    """Whose words a memory is: what it says itself, else those of whoever wrote the file."""
    said = memory.metadata.get("origin")
    return said if isinstance(said, str) and said in ORIGINS else "import"


def _draft(memory: Memory) -> Proposal:
    """An update of the memory of that name, to what the other one says."""
    return Proposal(
        id="",
        operation="update",
        name=memory.stem,
        type=memory.type if memory.type in TYPES else "project",
        description=memory.description,
        body=memory.body,
        evidence=(),
        origin="",
        targets=(Target(memory.stem),),
        engine="adopt",
    )
