"""A memory is copied into another project and killed at every call: it is there whole or not, and lies nowhere else."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from memctl.domain.change import Change, Write
from memctl.errors import MemctlError
from memctl.services.erase import elsewhere, subject
from memctl.services.projects.copying import copy
from memctl.store.history import records
from memctl.store.memory.memories import MemoryStore
from memctl.store.write import copies, journal
from memctl.store.write.apply import apply
from tests.faults import ground
from tests.faults.scenes import NOW, files_of, memory
from tests.faults.test_bringing import points
from tests.faults.tripwire import KILLED, Tripwire, in_child
from tests.kit.doors import door, place
from tests.kit.traces import holds

TOKEN = "QUOKKA7731ZEBU"
STEP = 1 if os.environ.get("MEMCTL_FULL") else 9
"""Every how many of the calls a try is made."""


class Shelves:
    """Two memory directories, of which one has what is copied to the other."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.source, self.target = (os.path.join(root, "now", name, "memory") for name in ("from", "to"))
        self.state = os.path.join(root, "now", "state")

    def build(self) -> None:
        for directory, name in ((self.source, "word"), (self.target, "ours")):
            said = TOKEN if name == "word" else "nothing"
            for body in ("At first it is unknown.\n", f"The launch word is {said} today.\n"):
                seen = files_of(directory).get(f"{name}.md") if os.path.isdir(directory) else None
                expect = None if seen is None else MemoryStore(directory).read(f"{name}.md").fingerprint
                apply(directory, Change("save", (Write(f"{name}.md", memory(name, body), expect),)), now=NOW)
        shutil.copytree(os.path.join(self.root, "now"), os.path.join(self.root, "template"))

    def reset(self) -> None:
        shutil.rmtree(os.path.join(self.root, "now"))
        shutil.copytree(os.path.join(self.root, "template"), os.path.join(self.root, "now"))

    def copy(self) -> int:
        try:
            copy(MemoryStore(self.source), ["word"], place(self.target), now=NOW, why="word")
        except MemctlError as error:
            return error.code
        return 0

    def erase(self) -> list[str]:
        """Erase what was copied where it came from; what is left of it, as a person is told."""
        where = self.source
        done = door(where).erase(lambda: subject.of_names(where, ["word.md"], "memctl"), now=NOW)
        return elsewhere.left(place(where), done.erasure)


@pytest.fixture(scope="module")
def built() -> Iterator[Shelves]:
    with ground.built(Shelves) as made:
        yield made


@pytest.fixture
def shelves(built: Shelves, monkeypatch: pytest.MonkeyPatch) -> Shelves:
    return ground.fresh(built, monkeypatch)


def check_whole(shelves: Shelves) -> bool:
    """Whether the copy is there: then once, with its past, else nothing of it is. No third place has any."""
    assert copies.left() == []
    door(shelves.target).finish(now=NOW)
    assert journal.names(shelves.target) == []
    assert len(os.listdir(os.path.join(shelves.state, "stores"))) == 2
    if "word.md" not in files_of(shelves.target):
        assert holds(TOKEN, shelves.target) == []
        return False
    assert [r.verb for r in records.log(shelves.target, file="word.md")].count("save") == 2
    assert Path(shelves.target, "MEMORY.md").read_text().count("(word.md)") == 1
    return True


def test_killed_at_any_call_the_copy_is_there_or_not_and_erased_for_good_from_where_it_came(
    shelves: Shelves,
) -> None:
    outcomes = []
    for number, point in enumerate(points(shelves, shelves.copy)[::STEP]):
        shelves.reset()
        assert in_child(shelves.copy, Tripwire(at=point)) in (0, KILLED)
        if number % 2:
            assert shelves.erase() == []
            outcomes.append(check_whole(shelves))
            assert holds(TOKEN, shelves.source) == []
            assert bool(holds(TOKEN, os.path.dirname(shelves.state))) == outcomes[-1]
        else:
            door(shelves.source).repair(now=NOW)
            outcomes.append(check_whole(shelves))
            assert shelves.copy() == 0
            assert check_whole(shelves)
    assert {True, False} == {*outcomes}


@pytest.mark.parametrize("error", ["ENOSPC", "EACCES"])
def test_what_the_system_refuses_leaves_nothing_laid_out(shelves: Shelves, error: str) -> None:
    for point in points(shelves, shelves.copy)[:: 3 * STEP]:
        shelves.reset()
        assert in_child(shelves.copy, Tripwire(at=point, how=error)) in (0, 1, 7)
        door(shelves.target).repair(now=NOW)
        check_whole(shelves)


def test_what_is_at_work_is_left_alone_and_named_by_an_erasure(shelves: Shelves) -> None:
    with copies.laid_out() as directory:
        Path(directory, "word.md").write_text(TOKEN)
        assert door(shelves.source).repair(now=NOW) == []
        assert [sentence for sentence in shelves.erase() if os.path.dirname(directory) in sentence]
        assert os.path.exists(os.path.join(directory, "word.md"))
    assert copies.left() == []
