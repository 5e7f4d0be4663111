"""The record of texts that hold no secret: right or empty, never wrong."""

import os
from pathlib import Path

import pytest

from memctl.store import clean


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMCTL_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_was_added_is_known_to_the_next_process() -> None:
    record = clean.Clean()
    assert "a text" not in record
    record.add("a text")
    assert "a text" in record
    assert "a text" in clean.Clean()
    assert "another" not in clean.Clean()


def test_other_rules_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    clean.Clean().add("a text")
    monkeypatch.setattr(clean, "__version__", "another")
    assert "a text" not in clean.Clean()


def test_it_stays_small_and_private(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean, "RECORD_MAX", 160)
    for n in range(100):
        record = clean.Clean()
        assert str(n) not in record
        record.add(str(n))
        assert str(n) in record
    (file,) = cache.iterdir()
    assert file.stat().st_size <= 160
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["garbage", "link", "folder", "fifo"])
def test_a_damaged_record_knows_nothing(cache: Path, tmp_path: Path, damage: str) -> None:
    cache.mkdir()
    file = cache / "clean"
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    if damage == "garbage":
        file.write_bytes(os.urandom(1_001))
    elif damage == "link":
        file.symlink_to(victim)
    elif damage == "folder":
        file.mkdir()
    else:
        os.mkfifo(file)
    record = clean.Clean()
    assert "a text" not in record
    record.add("a text")
    assert victim.read_bytes() == b"mine"
