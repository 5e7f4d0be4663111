"""Every test runs in a home of its own: nothing it does can reach the real one."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.kit.cli import Memctl
from tests.kit.warm import Warm, shared, unsynced

KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "MEMCTL_CLIENTS", "MEMCTL_FULL", "CI")

settings.register_profile(
    "memctl",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # each run draws others, so that many short runs look at as much as few long ones
    max_examples=100 if os.environ.get("MEMCTL_FULL") else 40,
)
settings.load_profile("memctl")  # a machine that does other things as well is no failure of an example

unsynced()

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell starts its background jobs so, every program they start inherits it, and Ctrl-C is tested here.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The real clients come first: no test of many seconds is the last one, for which the other worker waits."""
    items.sort(key=lambda item: item.get_closest_marker("client") is None)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name not in KEPT and not name.startswith(("PYTEST_", "COVERAGE_", "HYPOTHESIS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    return


@pytest.fixture
def memory_dir(tmp_path: Path) -> Path:
    """An empty memory directory."""
    directory = tmp_path / "memory"
    directory.mkdir()
    return directory


@pytest.fixture
def memctl(memory_dir: Path, tmp_path: Path) -> Memctl:
    """The real command, on `memory_dir`, in an empty working directory."""
    cwd = tmp_path / "work"
    cwd.mkdir()
    return Memctl(cwd=cwd, directory=memory_dir)


@pytest.fixture(scope="session")
def warm() -> Warm:
    """memctl, imported once for all runs."""
    return shared()
