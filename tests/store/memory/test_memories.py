"""Finding memories by name, one and many."""

from pathlib import Path

import pytest

from memctl.domain.change import Change, Remove
from memctl.errors import Ambiguous, NotFound
from memctl.format import index, links, pointers
from memctl.store.memory import memories
from memctl.store.memory.memories import MemoryStore
from tests.kit.topics import topic


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


def test_removing_many_memories_reads_the_index_a_fixed_number_of_times(
    memory_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"- [M{n}](m{n}.md) — about {n}\n" for n in range(60))
    parsed = []
    visible = links.visible
    monkeypatch.setattr(links, "visible", lambda text: parsed.append(1) or visible(text))
    counts = []
    for many in (2, 50):
        parsed.clear()
        change = Change("forget", tuple(Remove(f"m{n}.md", "sha256:0") for n in range(many)), why="")
        new = pointers.after(lines.encode(), change, {}, str, lambda _: ()).content
        assert new is not None
        assert new.decode().splitlines() == lines.splitlines()[many:]
        index.pointers.cache_clear()
        counts.append(len(parsed))
    assert counts[0] == counts[1]
