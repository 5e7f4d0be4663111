"""The scene of the fault tests: built once for a file of them, and copied afresh for each try."""

import os
import tempfile
from collections.abc import Iterator

import pytest

from tests.faults.scenes import Scene

SHARED_MEMORY = "/dev/shm"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """In memory where there is such a place: what is killed here is a process, not the machine."""
    place = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else tmp_path_factory.mktemp("faults")
    with tempfile.TemporaryDirectory(dir=place) as root, pytest.MonkeyPatch.context() as patch:
        made = Scene(root)
        patch.setenv("MEMCTL_STATE_DIR", made.state)
        made.build()
        yield made


@pytest.fixture
def scene(built: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setenv("MEMCTL_STATE_DIR", built.state)
    built.reset()
    return built
