"""The record of texts that hold no secret: right or empty, never wrong."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from memctl import places
from memctl.store.state import clean


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


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of everything that decides on a secret."""
    for folder in clean.FOLDERS:
        shutil.copytree(places.package_file(folder), tmp_path / "package" / folder)
    monkeypatch.setattr(places, "package_file", lambda *parts: str(tmp_path.joinpath("package", *parts)))
    return tmp_path / "package"


@pytest.mark.parametrize("folder", clean.FOLDERS)
def test_any_other_content_begins_anew(package: Path, folder: str) -> None:
    clean.Clean().add("a text")
    changed = sorted((package / folder).glob("*.*"))[-1]
    changed.write_bytes(changed.read_bytes() + b"\n")
    assert "a text" not in clean.Clean()


def test_a_new_file_of_the_guard_begins_anew(package: Path) -> None:
    clean.Clean().add("a text")
    (package / clean.FOLDERS[-1] / "new_rules.py").write_text("RULES = 1\n")
    assert "a text" not in clean.Clean()


def test_the_same_content_of_another_age_stays_known(package: Path) -> None:
    clean.Clean().add("a text")
    for file in (package / clean.FOLDERS[-1]).iterdir():
        os.utime(file, (1, 1))
    assert "a text" in clean.Clean()


def test_the_folders_hold_all_that_the_guard_loads_to_find_a_secret() -> None:
    code = (
        "import sys; from memctl.services.guard import redact; redact('x')\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('memctl.') and m.__file__))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    base = os.path.dirname(places.__file__)
    loaded = {os.path.relpath(os.path.dirname(file), base) for file in done.stdout.split()}
    assert loaded - {".", "services", "domain"} <= set(clean.FOLDERS)


def test_it_stays_small_and_private(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean, "RECORD_MAX", 160)
    for n in range(100):
        record = clean.Clean()
        assert str(n) not in record
        record.add(str(n))
        assert str(n) in record
    file = cache / "clean"
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
