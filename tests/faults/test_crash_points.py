"""Every point at which a writer can die or be refused, one after the other, none left out."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memctl.format import drift
from memctl.store.write import journal
from memctl.store.write.journal import kept
from memctl.store.write.recovery import apply_spooled
from tests.faults import ground
from tests.faults.scenes import NOW, Scene, index_of
from tests.faults.tripwire import KILLED, Tripwire, in_child

VERBS = ("save", "update", "forget", "move", "undo")

FULL = bool(os.environ.get("MEMCTL_FULL"))

GO_ON = 3
"""After each third point the next save is tried too. All that it builds on was compared at every point: the files,
the index, the journal, the history. MEMCTL_FULL=1 tries it after each."""


def run_wired(scene: Scene, work: Callable[[], int], wire: Tripwire) -> tuple[int, tuple[str, ...] | None]:
    """Run `work` in a child; returns its exit status, and its calls when the wire was not reached."""
    calls = Path(scene.root, "calls")
    calls.unlink(missing_ok=True)

    def watched() -> int:
        code = work()
        point, wire.at = wire.at, -1
        if wire.count <= point or point < 0:
            calls.write_text(" ".join(wire.log))
        return code

    status = in_child(watched, wire)
    return status, tuple(calls.read_text().split()) if calls.exists() else None


def every_point(
    scene: Scene, work: Callable[[], int], only: str = "", steps: Iterator[int] | None = None, **how
) -> Iterator[tuple[int, int]]:
    """Try `work` with the wire at 0, 1, 2, ... or at `steps`; yields (point, exit status) until it is never
    reached.

    With `only`, just the calls of that name. The caller resets the scene after each point.
    """
    names = run_wired(scene, work, Tripwire(reads=how.get("reads", False)))[1] if only else None
    for point in steps or itertools.count():
        if names is not None:
            if point >= len(names):
                return
            if names[point] != only:
                continue
        scene.reset()
        status, calls = run_wired(scene, work, Tripwire(at=point, **how))
        if calls is not None:
            assert status == 0
            return
        yield point, status


KILLS = [("kill", ""), ("torn", "write"), ("mid-git", "git"), ("orphan", "git")]


@pytest.mark.parametrize(
    ("verb", "how", "only"), [(v, *kill) for v in VERBS for kill in KILLS] + [("skill", *KILLS[0])]
)
def test_killed_at_every_point(
    scene: Scene, verb: str, how: str, only: str, capsys: pytest.CaptureFixture[str]
) -> None:
    new = scene.wanted(verb)
    scene.reset()
    tried = done = 0
    for _, status in every_point(scene, lambda: scene.try_verb(verb), only, how=how):
        assert status in (0, KILLED)
        scene.check_files(scene.start, new)
        assert scene.try_recover() == 0
        found = scene.check_whole(scene.start, new)
        assert status != 0 or found == new
        assert scene.changes() == (found == new), "finished as one change of memctl's own"
        assert kept(scene.directory) == []
        if FULL or tried % GO_ON == 0:
            scene.check_goes_on()
        tried += 1
        done += found == new
    assert tried > (20 if how == "kill" else 0)
    assert how != "kill" or 0 < done < tried
    with capsys.disabled():
        print(f"\n{verb}: {how} at {tried} points, {done} of them completed by the next command", end="")


@pytest.fixture(scope="module")
def crowded() -> Iterator[Scene]:
    """A scene whose index has no line left."""
    with ground.built(lambda root: Scene(root, prose=190)) as made:
        yield made


def test_killed_at_every_point_of_a_save_that_moves_a_pointer_out(
    crowded: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = ground.fresh(crowded, monkeypatch)
    before = index_of(scene.directory)
    new = scene.wanted("save")
    after = index_of(scene.directory)
    assert before.count("\n") == after.count("\n") == drift.LINES_MAX
    assert ("(alpha.md)" in after, "(new.md)" in after) == (False, True)
    scene.reset()
    steps = itertools.count(0, 1 if FULL else GO_ON)
    for _, _ in every_point(scene, lambda: scene.try_verb("save"), steps=steps, how="kill"):
        assert scene.try_recover() == 0
        found = scene.check_whole(scene.start, new)
        assert index_of(scene.directory) == (after if found == new else before)
        assert scene.changes() == (found == new)
        if found == new:
            scene.undo()
            assert index_of(scene.directory) == before


REFUSALS = [("ENOSPC", False, 0), ("ENOSPC", True, 1), ("EIO", False, 2), ("EACCES", False, 3)]
"""An error, whether it lasts, and at which of every four points it strikes: errors are handled alike, so
between them every point is tried. MEMCTL_FULL=1 tries every error both ways at every point."""

if FULL:
    REFUSALS += [("EIO", True, 0), ("EACCES", True, 0)]


@pytest.mark.parametrize(
    ("verb", "error", "forever", "begin"),
    [(v, *refusal) for v in VERBS for refusal in REFUSALS] + [("skill", *REFUSALS[0])],
)
def test_refused_at_every_point(
    scene: Scene, verb: str, error: str, forever: bool, begin: int, capsys: pytest.CaptureFixture[str]
) -> None:
    new = scene.wanted(verb)
    tried = refused = 0
    steps = itertools.count() if FULL else itertools.count(begin, 4)
    for _, status in every_point(
        scene, lambda: scene.try_verb(verb), steps=steps, how=error, forever=forever
    ):
        assert status in (0, 1, 7)
        scene.check_files(scene.start, new)
        assert scene.try_recover() == 0
        found = scene.check_whole(scene.start, new)
        assert status != 0 or found == new
        for entry in kept(scene.directory):
            assert status != 0
            apply_spooled(scene.directory, entry.id, now=NOW)
            scene.check_whole(new)
        assert journal.names(scene.directory, "spool") == []
        if FULL or tried % GO_ON == 0:
            scene.check_goes_on()
        tried += 1
        refused += status != 0
    assert refused > 4
    with capsys.disabled():
        print(f"\n{verb}: {error} at {tried} points, {refused} of them refused", end="")


@pytest.mark.parametrize("error", ["EIO", "EMFILE"])
def test_refused_at_every_point_reads_included(
    scene: Scene, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A read that fails is no reason to take a file for missing, changed or empty."""
    new = scene.wanted("move")
    scene.reset()
    tried = refused = 0
    steps = itertools.count() if FULL else itertools.count(error == "EIO", 4)
    for _, status in every_point(scene, lambda: scene.try_verb("move"), steps=steps, how=error, reads=True):
        assert status in (0, 1, 5, 7)
        scene.check_files(scene.start, new)
        assert scene.try_recover() == 0
        found = scene.check_whole(scene.start, new)
        assert status != 0 or found == new
        if FULL or tried % GO_ON == 0:
            scene.check_goes_on()
        tried += 1
        refused += status != 0
    assert refused > 10
    with capsys.disabled():
        print(f"\nmove: {error} at {tried} points, reads included, {refused} of them refused", end="")


STEP = 1 if FULL else 16
"""Recoveries from neighbouring deaths are much alike: each fails at every sixteenth point, begun one later each."""


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("verb", "how", "forever"),
    [("save", "kill", False), ("move", "kill", False), ("save", "ENOSPC", False), ("save", "EIO", True)],
)
def test_recovery_itself_fails_at_every_point(
    scene: Scene, verb: str, how: str, forever: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """The writer dies after each step that changed a name; its recovery then fails at every point."""
    new = scene.wanted(verb)
    scene.reset()
    names = run_wired(scene, lambda: scene.try_verb(verb), Tripwire())[1]
    assert names is not None
    first = names.index("rename")  # the journal entry is there from here on
    deaths = [
        n
        for n in range(first, len(names))
        if names[n] in ("rename", "link", "unlink", "exchange", "git-ended")
    ]
    tried = 0
    for number, death in enumerate(deaths):
        for point in itertools.count(number % STEP, STEP):
            scene.reset()
            run_wired(scene, lambda: scene.try_verb(verb), Tripwire(at=death))
            status, calls = run_wired(scene, scene.try_recover, Tripwire(at=point, how=how, forever=forever))
            if calls is not None:
                break
            assert status in (0, 1, 7, KILLED)
            scene.check_files(scene.start, new)
            assert scene.try_recover() == 0
            for entry in kept(scene.directory):
                apply_spooled(scene.directory, entry.id, now=NOW)
            scene.check_whole(new)
            tried += 1
    assert tried > 50 / STEP
    with capsys.disabled():
        print(f"\n{verb}: recovery hit by {how} at {tried} points after {len(deaths)} deaths", end="")
