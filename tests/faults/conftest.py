"""The scene of the fault tests."""

from collections.abc import Iterator

import pytest

from tests.faults import ground
from tests.faults.scenes import Scene


@pytest.fixture(scope="module")
def built() -> Iterator[Scene]:
    with ground.built(Scene) as made:
        yield made


@pytest.fixture
def scene(built: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return ground.fresh(built, monkeypatch)
