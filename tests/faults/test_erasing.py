"""Killed anywhere, an erasure for good is finished by the next command, or it had not begun."""

import os

import pytest

from memctl.domain.change import Write
from memctl.errors import MemctlError
from memctl.services.erase import subject
from memctl.store.history import repair
from memctl.store.write import journal
from tests.faults.scenes import NOW, Scene, files_of, memory
from tests.faults.test_crash_points import run_wired
from tests.faults.tripwire import KILLED, Tripwire
from tests.kit.doors import door
from tests.kit.traces import holds

TOKEN = "QUOKKA7731ZEBU"
TRIES = 5 if os.environ.get("MEMCTL_FULL") else 3
"""Points at which it is killed, spread over all of them."""


def grow(scene: Scene) -> None:
    scene.reset()
    scene.change("save", Write("word.md", memory("word", f"The launch word is {TOKEN} today.\n")))
    scene.change("save", Write("omega.md", memory("omega")))


def erase(scene: Scene) -> int:
    try:
        door(scene.directory).erase(lambda: subject.of_names(scene.directory, ["word.md"], "memctl"), now=NOW)
    except MemctlError as error:
        return error.code
    return 0


@pytest.mark.parametrize("how", ["kill", "mid-git", "ENOSPC"])
def test_an_erasure_is_finished_or_had_not_begun(scene: Scene, how: str) -> None:
    grow(scene)
    before = files_of(scene.directory)
    _, calls = run_wired(scene, lambda: erase(scene), Tripwire())
    assert calls is not None
    assert holds(TOKEN, os.path.dirname(scene.directory)) == []
    wanted = range(len(calls)) if how != "mid-git" else [n for n, c in enumerate(calls) if c == "git"]
    finished = 0
    for point in list(wanted)[:: max(1, len(wanted) // TRIES)]:
        grow(scene)
        status, _ = run_wired(scene, lambda: erase(scene), Tripwire(at=point, how=how))
        assert status in (0, 1, 7, KILLED)
        begun = journal.names(scene.directory) != []
        assert scene.try_recover() == 0
        assert journal.names(scene.directory) == []
        assert repair.verify(scene.directory) == []
        found = files_of(scene.directory)
        if found == before:
            assert not begun or how == "ENOSPC", point
        else:
            assert found == {file: raw for file, raw in before.items() if file != "word.md"}
            assert holds(TOKEN, os.path.dirname(scene.directory)) == [], point
            finished += 1
        scene.check_goes_on()
    assert finished
