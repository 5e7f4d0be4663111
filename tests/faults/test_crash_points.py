"""Every point at which a writer can die or be refused, one after the other, none left out."""

import os
from pathlib import Path

import pytest

from memctl.store import journal
from memctl.store.apply import apply_spooled, spooled
from tests.faults.scenes import NOW, Scene
from tests.faults.tripwire import KILLED, Tripwire, in_child

VERBS = ("save", "update", "forget", "move", "undo")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory):
    before = os.environ.get("MEMCTL_STATE_DIR")
    made = Scene(str(tmp_path_factory.mktemp("faults")))
    made.build()
    yield made
    os.environ.pop("MEMCTL_STATE_DIR")
    if before is not None:
        os.environ["MEMCTL_STATE_DIR"] = before


def every_point(scene: Scene, verb: str, **how):
    """Try `verb` with the wire at 0, 1, 2, ...; yields (point, exit status) until it is never reached."""
    point = 0
    while True:
        scene.reset()
        wire = Tripwire(at=point, **how)
        reached = Path(scene.root, "reached")
        reached.unlink(missing_ok=True)

        def work(wire=wire, point=point, reached=reached) -> int:
            code = scene.try_verb(verb)
            wire.at = -1
            if wire.count <= point:
                reached.touch()
            return code

        status = in_child(work, wire)
        if reached.exists():
            assert status == 0
            return
        yield point, status
        point += 1


@pytest.mark.parametrize("how", ["kill", "torn", "mid-git"])
@pytest.mark.parametrize("verb", VERBS)
def test_killed_at_every_point(scene: Scene, verb: str, how: str, capsys: pytest.CaptureFixture[str]) -> None:
    new = scene.wanted(verb)
    tried = done = 0
    for _, status in every_point(scene, verb, how=how):
        assert status in (0, KILLED)
        scene.check_files(scene.start, new)
        assert scene.try_recover() == 0
        found = scene.check_whole(scene.start, new)
        assert status != 0 or found == new
        assert spooled(scene.directory) == []
        scene.check_goes_on()
        tried += 1
        done += found == new
    assert tried > 20
    assert 0 < done < tried
    with capsys.disabled():
        print(f"\n{verb}: {how} at {tried} points, {done} of them completed by the next command", end="")


@pytest.mark.parametrize("forever", [False, True], ids=["once", "forever"])
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EACCES"])
@pytest.mark.parametrize("verb", VERBS)
def test_refused_at_every_point(
    scene: Scene, verb: str, error: str, forever: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    new = scene.wanted(verb)
    tried = refused = 0
    for _, status in every_point(scene, verb, how=error, forever=forever):
        assert status in (0, 1, 7)
        scene.check_files(scene.start, new)
        assert scene.try_recover() == 0
        found = scene.check_whole(scene.start, new)
        assert status != 0 or found == new
        for entry in spooled(scene.directory):
            assert status != 0
            apply_spooled(scene.directory, entry.id, now=NOW)
            scene.check_whole(new)
        assert journal.names(scene.directory, "spool") == []
        scene.check_goes_on()
        tried += 1
        refused += status != 0
    assert refused > 10
    with capsys.disabled():
        print(f"\n{verb}: {error} at {tried} points, {refused} of them refused", end="")
