"""Finding memories by name, one and many."""

from pathlib import Path

import pytest

from memctl.errors import Ambiguous, NotFound
from memctl.store import memories
from memctl.store.memories import MemoryStore
from tests.kit.cli import topic


def test_many_names_are_found_with_one_listing(memory_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (memory_dir / "old").mkdir()
    for file, name in (("a", "a"), ("Big", "big"), ("old/c", "c"), ("d", "Another name")):
        (memory_dir / f"{file}.md").write_text(topic(name))
    scans = []
    scan = memories.scan
    monkeypatch.setattr(memories, "scan", lambda directory: scans.append(1) or scan(directory))
    found = MemoryStore(str(memory_dir)).find_all(["a.md", "big", "c", "another name", "a", "ANOTHER NAME"])
    assert [m.file for m in found] == ["a.md", "Big.md", "old/c.md", "d.md", "a.md", "d.md"]
    assert len(scans) <= 2, "the names, and once the headers"


def test_one_bad_name_among_many_is_an_error(memory_dir: Path) -> None:
    for folder in ("x", "y"):
        (memory_dir / folder).mkdir()
        (memory_dir / folder / "same.md").write_text(topic("same"))
    (memory_dir / "ruff.md").write_text(topic("ruff"))
    store = MemoryStore(str(memory_dir))
    with pytest.raises(Ambiguous):
        store.find_all(["ruff", "same"])
    with pytest.raises(NotFound) as caught:
        store.find_all(["ruff", "rufff"])
    assert caught.value.near == ("ruff",)
    assert store.find_all([]) == []
