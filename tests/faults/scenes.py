"""The verbs that the fault tests run, as changes, on a small memory directory with a past."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from memctl.domain import fingerprint as digest
from memctl.domain.change import Change, Remove, Write
from memctl.domain.skill_file import in_change, is_skill, path_of
from memctl.errors import MemctlError
from memctl.format import drift, topic
from memctl.services.write import undo as going_back
from memctl.store.history import records as history
from memctl.store.history import repair
from memctl.store.history.commits import git_dir
from memctl.store.memory.listing import scan
from memctl.store.write import journal
from memctl.store.write.apply import apply
from memctl.store.write.recovery import finish
from tests.kit import loose
from tests.kit.doors import door

NOW = 1_790_000_000.0


def memory(name: str, body: str = "The fact.\n", description: str = "") -> bytes:
    return topic.encode(name, description or f"what {name} is about", body, {"type": "project"})


def fingerprint(directory: str, file: str) -> str:
    with open(os.path.join(directory, file), "rb") as opened:
        return digest.fingerprint(opened.read())


def skill_of(directory: str) -> str:
    """The file of the one skill beside the memories, as a change names it."""
    return in_change(
        os.path.join(os.path.realpath(os.path.dirname(directory)), "skills", "tides", "SKILL.md")
    )


def files_of(directory: str) -> dict[str, bytes]:
    """Every topic file and its bytes, and the skill's."""
    found = {}
    skill = Path(path_of(skill_of(directory)))
    if skill.exists():
        found[skill_of(directory)] = skill.read_bytes()
    for file, *_ in scan(directory)[0]:
        with open(os.path.join(directory, file), "rb") as opened:
            found[file] = opened.read()
    return found


def topics(found: dict[str, bytes]) -> dict[str, bytes]:
    """Those of the files that an index points to."""
    return {file: content for file, content in found.items() if not is_skill(file)}


def index_of(directory: str) -> str:
    try:
        with open(os.path.join(directory, "MEMORY.md"), encoding="utf-8", newline="") as opened:
            return opened.read()
    except FileNotFoundError:
        return ""


@dataclass
class Scene:
    """A template directory that is copied afresh for each try, always to the same place."""

    root: str
    start: dict[str, bytes] = field(default_factory=dict)
    recorded: int = 0  # commits in the history at the start
    prose: int = 0  # lines of a person's own in the index

    @property
    def directory(self) -> str:
        return os.path.join(self.root, "now", "memory")

    @property
    def state(self) -> str:
        return os.path.join(self.root, "now", "state")

    def build(self) -> None:
        """Three memories saved by memctl, one by hand, an index with a heading of its own."""
        os.makedirs(os.path.join(self.root, "now"))
        for name in ("alpha", "beta", "gamma"):
            self.change("save", Write(f"{name}.md", memory(name)))
        with open(os.path.join(self.directory, "MEMORY.md"), "a") as opened:
            opened.write("\n" + "A line of mine.\n" * self.prose)
            opened.write("## By hand\n\n- [Hand](hand.md) — written by a person\n")
        with open(os.path.join(self.directory, "hand.md"), "wb") as opened:
            opened.write(memory("hand"))
        self.change("save", Write("delta.md", memory("delta")))
        self.start, self.recorded = files_of(self.directory), len(history.log(self.directory))
        shutil.copytree(os.path.join(self.root, "now"), os.path.join(self.root, "template"))

    def reset(self) -> None:
        shutil.rmtree(os.path.join(self.root, "now"))
        shutil.copytree(os.path.join(self.root, "template"), os.path.join(self.root, "now"))

    def change(self, verb: str, *operations: Write | Remove, renames=()) -> None:
        apply(self.directory, Change(verb, operations, tuple(renames)), now=NOW, wait=10)

    def save(self) -> None:
        self.change("save", Write("new.md", memory("new")))

    def update(self) -> None:
        old = fingerprint(self.directory, "alpha.md")
        self.change("save", Write("alpha.md", memory("alpha", "Another fact.\n", "changed"), old))

    def forget(self) -> None:
        self.change("forget", Remove("beta.md", fingerprint(self.directory, "beta.md")))

    def move(self) -> None:
        """mv gamma renamed: the new file, a link to it in alpha, the old file gone."""
        old, linking = fingerprint(self.directory, "gamma.md"), fingerprint(self.directory, "alpha.md")
        self.change(
            "mv",
            Write("renamed.md", memory("renamed")),
            Write("alpha.md", memory("alpha", "See [[renamed]].\n"), linking),
            Remove("gamma.md", old),
            renames=[("gamma.md", "renamed.md")],
        )

    def skill(self) -> None:
        """A skill, which lies beside the memories."""
        self.change("review", Write(skill_of(self.directory), b"A skill.\n"))

    def undo(self) -> None:
        going_back.undo(door(self.directory), 1, now=NOW)

    def verbs(self) -> dict[str, Callable[[], None]]:
        return {v.__name__: v for v in self._verbs()}

    def _verbs(self) -> tuple[Callable[[], None], ...]:
        return (self.save, self.update, self.forget, self.move, self.skill, self.undo)

    def wanted(self, verb: str) -> dict[str, bytes]:
        """The topic files after `verb` has been done."""
        self.reset()
        self.verbs()[verb]()
        found = files_of(self.directory)
        assert found != self.start
        return found

    def try_verb(self, verb: str) -> int:
        """For a child: do it; 0 when it was acknowledged, else the exit code of its error."""
        try:
            self.verbs()[verb]()
        except MemctlError as error:
            return error.code if error.message else 70
        return 0

    def try_recover(self) -> int:
        try:
            finish(self.directory, now=NOW, wait=10)
        except MemctlError as error:
            return error.code
        return 0

    def check_files(self, *allowed: dict[str, bytes]) -> None:
        """No pointer to nothing, no file that is neither old nor new; `allowed` are the whole states."""
        found = files_of(self.directory)
        for file, content in found.items():
            assert any(state.get(file) == content for state in allowed), f"{file} is torn"
        for file in set.intersection(*(set(state) for state in allowed)):
            assert file in found, f"{file} is lost"
        text = index_of(self.directory)
        dead = [f for f in drift.check(text, topics(found)) if f.id == "index.dead-pointer"]
        assert not dead, dead
        assert "## By hand" in text

    def check_whole(self, *allowed: dict[str, bytes]) -> dict[str, bytes]:
        """After recovery: one of the whole states, index in line, nothing left over, history whole."""
        found = files_of(self.directory)
        assert found in allowed, {f for state in allowed for f in state.keys() ^ found.keys()}
        text = index_of(self.directory)
        assert [f.message for f in drift.check(text, topics(found))] == []
        left = [path.name for path in Path(self.directory).parent.rglob(".memctl-*")]
        assert left == [], left
        assert journal.names(self.directory) == []
        assert repair.verify(self.directory) == []
        return found

    def changes(self) -> int:
        """How many commits the history has since the start."""
        return len(history.log(self.directory)) - self.recorded

    def check_goes_on(self) -> None:
        """The next save works, and what is on disk is what the history holds."""
        self.change("save", Write("later.md", memory("later")))
        found = files_of(self.directory)
        held = loose.held(git_dir(self.directory), history.tip(self.directory))
        assert held == found | {"MEMORY.md": index_of(self.directory).encode()}
