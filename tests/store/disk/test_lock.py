"""The lock: one holder, released by death, bounded wait, no planted file followed."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from memctl import places
from memctl.errors import Locked, WriteFailed
from memctl.store.disk import lock


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    return str(tmp_path / "memory")


HOLD = """
import sys, time
from memctl.store.disk import lock
with lock.held(sys.argv[1], "save"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(directory: str):
    started = subprocess.Popen([sys.executable, "-c", HOLD, directory], stdout=subprocess.PIPE)
    assert started.stdout is not None
    assert started.stdout.readline() == b"held\n"
    yield started
    started.kill()
    started.wait()
    started.stdout.close()


def test_a_second_writer_is_told_who_holds_it(directory: str, holder: subprocess.Popen) -> None:
    with pytest.raises(Locked) as error, lock.held(directory, "forget", wait=0.05):
        pass
    assert f"process {holder.pid} (memctl save, since " in error.value.message
    assert error.value.code == 6


def test_death_releases_it(directory: str, holder: subprocess.Popen) -> None:
    threading.Timer(0.2, lambda: os.kill(holder.pid, signal.SIGKILL)).start()
    with lock.held(directory, "save", wait=30):
        assert holder.wait() == -signal.SIGKILL


def test_who_gave_up_waiting_does_not_get_it_later(directory: str) -> None:
    with lock.held(directory, "save"), pytest.raises(Locked), lock.held(directory, "save", wait=0.05):
        pass
    time.sleep(0.05)  # the thread that waited has been woken by now
    with lock.held(directory, "save", wait=0):
        pass


def test_a_child_that_inherited_it_keeps_it(directory: str) -> None:
    with lock.held(directory, "save") as held:
        child = subprocess.Popen(["sleep", "60"], pass_fds=(held,))
    with pytest.raises(Locked), lock.held(directory, "save", wait=0.05):
        pass
    child.kill()
    child.wait()
    with lock.held(directory, "save", wait=5):
        pass


def test_a_planted_link_is_not_followed(directory: str, tmp_path: Path) -> None:
    state = Path(places.store_state(directory))
    state.mkdir(parents=True)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (state / "lock").symlink_to(victim)
    with pytest.raises(WriteFailed), lock.held(directory, "save"):
        pass
    assert victim.read_text() == "precious"


def test_a_swapped_state_directory_is_noticed(directory: str) -> None:
    state = Path(places.store_state(directory))
    with lock.held(directory, "save"):
        (state / "lock").rename(state / "elsewhere")
        with lock.held(directory, "save", wait=0):
            assert (state / "lock").stat().st_ino != (state / "elsewhere").stat().st_ino


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_state_directory_that_may_not_be_written(directory: str, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o500)
    with pytest.raises(WriteFailed) as error, lock.held(directory, "save"):
        pass
    assert error.value.slug == "denied"


def test_it_is_private_whatever_the_umask(directory: str) -> None:
    old = os.umask(0)
    try:
        with lock.held(directory, "save"):
            pass
    finally:
        os.umask(old)
    state = Path(places.store_state(directory))
    assert oct(state.stat().st_mode & 0o777) == "0o700"
    assert oct((state / "lock").stat().st_mode & 0o777) == "0o600"
