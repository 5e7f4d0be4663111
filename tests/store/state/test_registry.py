"""The registry: what it is told it still knows, however much it is told."""

import os
from pathlib import Path

import pytest

from memctl import places
from memctl.services.projects import adoption
from memctl.store.state import registry


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def written(directory: Path, **about: list[str] | str) -> registry.Record:
    record = registry.Record(places.store_key(str(directory)))
    record.directory = str(directory)
    for name, value in about.items():
        setattr(record, name, value)
    registry.write(record)
    return record


def test_a_move_is_known_however_long_the_record_is(tmp_path: Path) -> None:
    commits = [f"{n:040x}" for n in range(5_000)]
    record = written(tmp_path / "m", moving=str(tmp_path / "n"), roots=["/a", "/b"], commits=commits)
    read = registry.read(record.key)
    assert (read.directory, read.moving, read.roots) == (record.directory, record.moving, record.roots)
    assert read.commits == commits


def test_what_lies_under_another_key_is_no_project_of_its_own(tmp_path: Path, state: Path) -> None:
    record = written(tmp_path / "m", roots=["/a"])
    folder = state / "stores" / record.key
    aside = folder.with_name(record.key + ".before-0a1b2c")
    aside.mkdir()
    (aside / "project").write_bytes((folder / "project").read_bytes())
    assert [r.key for r in registry.every()] == [record.key]


def test_a_move_that_stopped_before_its_record_was_written_is_finished(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    record = written(old, roots=["/a"], moving=str(new))
    new.mkdir()
    key = places.store_key(str(new))
    os.rename(os.path.join(registry.stores(), record.key), os.path.join(registry.stores(), key))
    adoption.finish(now=0.0)
    (found,) = registry.every()
    assert (found.key, found.directory, found.moving, found.roots) == (key, str(new), "", ["/a"])
