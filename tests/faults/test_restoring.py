"""Killed anywhere, a restore from a backup is finished by the next try, and nothing is lost or doubled."""

import io
import os
import shutil
import tempfile

import pytest

from memctl.errors import MemctlError
from memctl.services.backup import archive, packing, restoring
from memctl.store.history import records as history
from memctl.store.history import repair
from memctl.store.state.resolve import Place
from memctl.store.write import journal
from tests.faults.scenes import NOW, Scene, files_of, index_of
from tests.faults.test_crash_points import run_wired
from tests.faults.tripwire import KILLED, Tripwire

TRIES = 5
"""Points at which it is killed, spread over all of them."""


def restore(scene: Scene, packed: bytes) -> int:
    try:
        opened = archive.Archive(io.BytesIO(packed), "b.tar")
        ((key, place),), _ = restoring.choose(opened, Place(scene.directory, scene.root, []), every=False)
        restoring.restore(opened, key, place, now=NOW)
    except MemctlError as error:
        return error.code
    return 0


@pytest.mark.parametrize("empty", [True, False], ids=["empty", "diverged"])
@pytest.mark.parametrize("how", ["kill", "mid-git", "ENOSPC"])
def test_a_restore_is_finished_or_had_not_begun(
    scene: Scene, how: str, empty: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMCTL_CONFIG_DIR", os.path.join(scene.root, "config"))
    monkeypatch.setenv("MEMCTL_CACHE_DIR", os.path.join(scene.root, "cache"))
    with tempfile.TemporaryFile() as handle:
        packing.write(handle, "b.tar", [Place(scene.directory, scene.root, [])], NOW, packed=False)
        handle.seek(0)
        made = handle.read()
    files, index = files_of(scene.directory), index_of(scene.directory)
    past = {r.commit for r in history.log(scene.directory)}

    def lose() -> None:
        scene.reset()
        shutil.rmtree(scene.directory)
        shutil.rmtree(scene.state)
        if not empty:
            scene.save()

    lose()
    _, calls = run_wired(scene, lambda: restore(scene, made), Tripwire())
    assert calls is not None
    whole = files_of(scene.directory)
    assert whole == files or not empty
    wanted = range(len(calls)) if how != "mid-git" else [n for n, c in enumerate(calls) if c == "git"]
    for point in list(wanted)[:: max(1, len(wanted) // TRIES)]:
        lose()
        status, _ = run_wired(scene, lambda: restore(scene, made), Tripwire(at=point, how=how))
        assert status in (0, 1, 7, KILLED)
        begun = files_of(scene.directory) if os.path.isdir(scene.directory) else {}
        assert scene.try_recover() == 0
        if empty and begun:
            assert (files_of(scene.directory), index_of(scene.directory)) == (files, index), (
                "begun is finished"
            )
        assert restore(scene, made) == 0
        assert files_of(scene.directory) == whole, point
        assert past <= {r.commit for r in history.log(scene.directory)}, point
        assert journal.names(scene.directory) == []
        assert repair.verify(scene.directory) == []
        length = len(history.log(scene.directory))
        assert restore(scene, made) == 0
        assert len(history.log(scene.directory)) == length, "nothing twice"
