"""Save, update, mv, forget, restore, undo, redo and edits by others, in any order, against a dictionary."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from memctl.domain.change import Change, Remove, Write
from memctl.domain.fingerprint import fingerprint
from memctl.errors import Conflict, NotFound, Refused
from memctl.format import drift
from memctl.services.write import undo as going_back
from memctl.store.history import records as history
from memctl.store.write import journal
from memctl.store.write.apply import apply
from tests.faults import ground
from tests.faults.scenes import NOW, files_of, index_of, memory
from tests.kit.doors import door

NAMES = ("ant", "bee", "cat", "dög", "猫 舎")
names = st.sampled_from(NAMES)
Turn = Callable[..., object]
bodies = st.just("") | st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


class Store(RuleBasedStateMachine):
    """`files` is what should be on disk; `past` what each memctl change that stands found and left."""

    def __init__(self) -> None:
        super().__init__()
        self.root = ground.folder()
        self.patch = pytest.MonkeyPatch()
        self.patch.setenv("MEMCTL_STATE_DIR", os.path.join(self.root.name, "state"))
        self.directory = os.path.join(self.root.name, "memory")
        self.files: dict[str, bytes] = {}
        self.past: list[tuple[dict[str, bytes], dict[str, bytes]]] = []
        self.undone: list[tuple[dict[str, bytes], dict[str, bytes]]] = []  # what a redo would bring back
        self.seen: dict[str, bytes] = {}  # the last version of each file that memctl has had before it

    def teardown(self) -> None:
        self.patch.undo()
        self.root.cleanup()

    @initialize()
    def begin(self) -> None:
        os.makedirs(self.directory)

    def _apply(self, verb: str, after: dict[str, bytes], *operations: Write | Remove, renames=()) -> None:
        before, index = dict(self.files), index_of(self.directory)
        apply(self.directory, Change(verb, operations, tuple(renames)), now=NOW)
        if (before, index) != (after, index_of(self.directory)):  # what changes nothing is no change
            self._done(before, after)
        self.seen.update(before)

    def _done(self, before: dict[str, bytes], after: dict[str, bytes]) -> None:
        self.seen.update(before)
        self.seen.update(after)
        self.past.append((before, dict(after)))
        self.undone.clear()
        self.files = after

    @rule(name=names, body=bodies)
    def save(self, name: str, body: str) -> None:
        file, content = f"{name}.md", memory(name, body)
        if file in self.files:
            with pytest.raises(Conflict):
                apply(self.directory, Change("save", (Write(file, content),)), now=NOW)
            self.seen.update(self.files)
            return
        self._apply("save", {**self.files, file: content}, Write(file, content))

    @rule(name=names, body=bodies, stale=st.booleans())
    def update(self, name: str, body: str, stale: bool) -> None:
        file, content = f"{name}.md", memory(name, body)
        old = self.files.get(file)
        if old is None or stale:
            wrong = fingerprint(b"something else")
            with pytest.raises(Conflict):
                apply(self.directory, Change("save", (Write(file, content, wrong),)), now=NOW)
            self.seen.update(self.files)
            return
        self._apply("save", {**self.files, file: content}, Write(file, content, fingerprint(old)))

    @rule(name=names)
    def forget(self, name: str) -> None:
        file = f"{name}.md"
        if file in self.files:
            after = {f: c for f, c in self.files.items() if f != file}
            self._apply("forget", after, Remove(file, fingerprint(self.files[file])))

    @rule(old=names, new=names)
    def move(self, old: str, new: str) -> None:
        source, target = f"{old}.md", f"{new}.md"
        if source not in self.files or target in self.files:
            return
        content = memory(new, "moved\n")
        after = {f: c for f, c in self.files.items() if f != source} | {target: content}
        remove = Remove(source, fingerprint(self.files[source]))
        self._apply("mv", after, Write(target, content), remove, renames=[(source, target)])

    @rule(name=names, body=bodies)
    def edit_outside(self, name: str, body: str) -> None:
        content = memory(name, "by hand " + body)
        Path(self.directory, f"{name}.md").write_bytes(content)
        self.files[f"{name}.md"] = content

    @rule(name=names)
    def remove_outside(self, name: str) -> None:
        if self.files.pop(f"{name}.md", None) is not None:
            Path(self.directory, f"{name}.md").unlink()

    @precondition(lambda self: self.past)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        steps = data.draw(st.integers(1, min(3, len(self.past))))
        if self._turn(going_back.undo, list(reversed(self.past[-steps:]))):
            self.undone += [self.past.pop() for _ in range(steps)]

    @precondition(lambda self: self.undone)
    @rule(data=st.data())
    def redo(self, data: st.DataObject) -> None:
        steps = data.draw(st.integers(1, min(3, len(self.undone))))
        if self._turn(going_back.redo, [(after, before) for before, after in reversed(self.undone[-steps:])]):
            self.past += [self.undone.pop() for _ in range(steps)]

    @precondition(lambda self: not self.undone)
    @rule()
    def there_is_nothing_to_redo(self) -> None:
        with pytest.raises(NotFound):
            going_back.redo(door(self.directory), now=NOW)
        self.seen.update(self.files)

    def _turn(self, turn: Turn, changes: list[tuple[dict[str, bytes], dict[str, bytes]]]) -> bool:
        """Whether it was done; it is refused where somebody else's later version would be lost."""
        wanted, lost = self._led_to(changes)
        if lost:
            with pytest.raises(Conflict) as error:
                turn(door(self.directory), len(changes), now=NOW)
            assert "diff --git" in error.value.message
            self.seen.update(self.files)
            return False
        turn(door(self.directory), len(changes), now=NOW)
        self.seen.update(self.files)
        self.seen.update(wanted)
        self.files = wanted
        return True

    def _led_to(
        self, changes: list[tuple[dict[str, bytes], dict[str, bytes]]]
    ) -> tuple[dict[str, bytes], bool]:
        """The state after `changes` (what it leads to, what it comes from), and whether a version is lost."""
        after, clashes = dict(self.files), set()
        for target, source in changes:
            for file in {f for f in target.keys() | source.keys() if target.get(f) != source.get(f)}:
                if after.get(file) not in (target.get(file), source.get(file)):
                    clashes.add(file)
                after.pop(file, None)
                if file in target:
                    after[file] = target[file]
        return after, any(after.get(file) != self.files.get(file) for file in clashes)

    @rule(name=names)
    def restore(self, name: str) -> None:
        file = f"{name}.md"
        self.seen.update(self.files)
        before = dict(self.files)
        if file in self.files:
            with pytest.raises(Refused):
                going_back.restore(door(self.directory), [name], now=NOW)
        elif file not in self.seen:
            with pytest.raises(NotFound):
                going_back.restore(door(self.directory), [name], now=NOW)
        else:
            going_back.restore(door(self.directory), [name], now=NOW)
            self._done(before, {**before, file: self.seen[file]})

    @invariant()
    def disk_is_the_dictionary(self) -> None:
        assert files_of(self.directory) == self.files
        assert journal.names(self.directory) == []

    @invariant()
    def every_change_left_the_index_without_dead_pointers_of_its_own(self) -> None:
        if self.past and self.past[-1][1] == self.files:
            dead = [
                f for f in drift.check(index_of(self.directory), self.files) if f.id == "index.dead-pointer"
            ]
            gone = {f"{name}.md" for name in NAMES} - self.files.keys()
            assert not [f for f in dead if any(name in f.message for name in gone & self._own_removals())]

    def _own_removals(self) -> set[str]:
        before, after = self.past[-1]
        return before.keys() - after.keys()

    @invariant()
    def every_version_that_memctl_met_is_in_the_history(self) -> None:
        for content in self.seen.values():
            assert history.has_blob(self.directory, content)


TestStore = Store.TestCase
TestStore.settings = settings(
    max_examples=40 if os.environ.get("MEMCTL_FULL") else 20,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
