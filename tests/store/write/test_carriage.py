"""Two memory directories made one: their indexes too."""

from pathlib import Path

import pytest

from memctl.format import drift
from memctl.store.disk.folder import Folder
from memctl.store.write.carriage import Carriage
from tests.kit.topics import write_topic


def crowd(directory: Path, letter: str) -> None:
    directory.mkdir()
    names = [f"{letter}{number:03d}" for number in range(150)]
    for name in names:
        write_topic(directory, name, f"about {name}")
    lines = [f"# {letter}", "My own.", *(f"- [Fact]({name}.md) — about {name}" for name in names)]
    (directory / "MEMORY.md").write_text("\n".join(lines) + "\n")


def test_the_joined_index_is_one_that_a_session_loads_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    crowd(ours, "a")
    crowd(theirs, "b")
    with Folder(str(ours)) as folder:
        carriage = Carriage(str(theirs), folder, {}, {})
        carriage.load()
        text = (ours / "MEMORY.md").read_text()
        carriage.unload()
    assert drift.budget(text).cut_line is None
    assert text.count("My own.") == 2
    assert (ours / "MEMORY.md").read_text() == text
    assert len(list(ours.glob("[ab]*.md"))) == 300
