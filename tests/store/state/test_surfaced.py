"""What a session was shown is remembered per session and per directory, and never gets in the way."""

import os
import stat
from pathlib import Path

import pytest

from memctl import places
from memctl.store.state import leavings, surfaced


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))


def test_a_session_remembers_until_it_is_cleared(tmp_path: Path) -> None:
    directory = str(tmp_path / "memory")
    surfaced.add(directory, "one", ["a.md", "deep/b.md"])
    surfaced.add(directory, "one", ["c.md"])
    assert surfaced.seen(directory, "one") == {"a.md", "deep/b.md", "c.md"}
    assert surfaced.seen(directory, "two") == set()
    assert surfaced.seen(str(tmp_path / "other"), "one") == set()
    surfaced.clear(directory, "one")
    assert surfaced.seen(directory, "one") == set()


@pytest.mark.parametrize(
    "session", ["../../escape", "/etc/passwd", "a\0b", "\ud800", "x" * 100_000, "~", "."]
)
def test_no_session_id_leads_out_of_the_state_directory(tmp_path: Path, session: str) -> None:
    directory = str(tmp_path / "memory")
    surfaced.add(directory, session, ["a.md"])
    assert surfaced.seen(directory, session) == {"a.md"}
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert len(files) == 1
    assert files[0].is_relative_to(places.store_state(directory))


def test_records_are_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        surfaced.add(str(tmp_path / "memory"), "one", ["a.md"])
    finally:
        os.umask(old)
    (record,) = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert stat.S_IMODE(record.parent.stat().st_mode) == 0o700


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    directory = str(tmp_path / "memory")
    surfaced.add(directory, "one", ["a.md"])
    (record,) = [p for p in tmp_path.rglob("*") if p.is_file()]
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    record.unlink()
    record.symlink_to(victim)
    surfaced.add(directory, "one", ["b.md"])
    assert victim.read_text() == "mine\n"
    assert surfaced.seen(directory, "one") == set()


def test_an_unusable_state_directory_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(blocked))
    surfaced.add("/x", "one", ["a.md"])
    surfaced.clear("/x", "one")
    assert surfaced.seen("/x", "one") == set()
    assert surfaced.used("/x") == {}


def test_no_session_is_remembered_nowhere(tmp_path: Path) -> None:
    surfaced.add(str(tmp_path), "", ["a.md"])
    assert not (tmp_path / "state").exists()


def test_used_gives_the_newest_time_and_keeps_few_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surfaced, "SESSIONS_KEPT", 2)
    directory = str(tmp_path / "memory")
    for age, session in enumerate(("new", "middle", "old")):
        surfaced.add(directory, session, ["a.md", f"{session}.md"])
        os.utime(surfaced._record(directory, session), (1000 - age, 1000 - age))
    assert surfaced.used(directory) == {"a.md": 1000.0, "new.md": 1000.0, "middle.md": 999.0}
    assert surfaced.seen(directory, "old") == set()


def test_what_was_of_use_stays_known_when_a_session_is_cleared(tmp_path: Path) -> None:
    directory = str(tmp_path / "memory")
    for session in ("one", "two"):
        surfaced.add(directory, session, ["a.md", "a.md"])
    surfaced.clear(directory, "one")
    surfaced.add(directory, "one", ["a.md", "b.md"])
    found = surfaced.uses(directory)
    assert {file: len(times) for file, times in found.items()} == {"a.md": 3, "b.md": 1}
    assert found["a.md"] == sorted(found["a.md"], reverse=True)
    assert surfaced.used(directory)["a.md"] == found["a.md"][0]
    assert leavings.found(directory, 2e9) == []
