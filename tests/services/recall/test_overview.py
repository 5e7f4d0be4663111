"""Headers in an order: a few cost no more than themselves, and are those with which all would begin."""

from pathlib import Path

import pytest

from memctl.format import topic
from memctl.services.recall import lexical, overview
from memctl.store.memory.memories import MemoryStore

NOW = 1_790_000_000.0


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Memories of every kind of header that an order asks for; two are of one moment."""
    monkeypatch.setenv("MEMCTL_CACHE_DIR", str(tmp_path / "cache"))
    made = tmp_path / "memory"
    made.mkdir()
    kinds = ["user", "", "project", "feedback", "user", "", "reference"]
    for number, kind in enumerate(kinds):
        said: dict[str, object] = {"modified": f"2026-01-{20 - number // 2:02d}"}
        said |= {"type": kind} if kind else {}
        said |= {"pinned": "true"} if number in (3, 5) else {}
        said |= {"supersededBy": "m0"} if number == 6 else {}
        said |= {"evidence": "a.py@1234567"} if number == 2 else {}
        content = topic.encode(f"m{number}", f"what {number} says", "The fact.\n", said)
        (made / f"m{number}.md").write_bytes(content)
    return made


@pytest.mark.parametrize("type_", [None, "user"])
@pytest.mark.parametrize("by", [None, "modified", "name", "type"])
def test_the_first_are_those_with_which_all_begin(directory: Path, by: str | None, type_: str | None) -> None:
    every, _ = overview.headers(str(directory), now=NOW)
    whole = overview.ordered([hit for hit in every if type_ in (None, hit.type)], by)
    for limit in (0, 1, 3, len(every)):
        found, problems, count = overview.first(str(directory), limit, by, type_, now=NOW)
        assert [hit.file for hit in found] == [hit.file for hit in whole[:limit]]
        assert [hit.by and hit.by.file for hit in found] == [hit.by and hit.by.file for hit in whole[:limit]]
        assert (problems, count) == ([], 7)


def test_only_what_names_evidence_is_read(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, read = MemoryStore(str(directory)), []
    assert len(overview.resting(store, now=NOW)) > 1, "no search cache is made for it"
    lexical.open_index(str(directory), NOW, whole=True).close()
    monkeypatch.setattr(store, "skim", lambda file: read.append(file))
    overview.resting(store, now=NOW)
    assert read == ["m2.md"]
