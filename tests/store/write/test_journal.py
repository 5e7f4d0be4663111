"""Entries are whole or not there, and say what they said."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memctl import places
from memctl.domain.change import Change, Remove, Write
from memctl.store.write import journal

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
fingerprints = st.one_of(st.none(), st.just("sha256:" + "0" * 64))
operations = st.one_of(
    st.builds(Write, texts, st.binary(max_size=200), fingerprints),
    st.builds(Remove, texts, st.just("sha256:" + "1" * 64)),
)
changes = st.builds(
    Change,
    verb=texts,
    operations=st.lists(operations, max_size=4).map(tuple),
    renames=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    why=texts,
    actor=texts,
    session=st.one_of(st.none(), texts),
)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    return str(tmp_path / "memory")


@given(change=changes, at=st.floats(0, 4e9))
def test_an_entry_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, change: Change, at: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("journal")
        patch.setenv("MEMCTL_STATE_DIR", str(root))
        entry = journal.new(change, at)
        journal.put("/nowhere", entry)
        assert journal.entries("/nowhere") == ([entry], [])
        journal.set_aside("/nowhere", entry, "disk-full")
        assert journal.names("/nowhere") == []
        kept = journal.entries("/nowhere", journal.SPOOL)[0]
        assert [(e.id, e.change, e.reason) for e in kept] == [(entry.id, change, "disk-full")]


def test_bytes_of_any_kind_and_names_that_are_no_text(directory: str) -> None:
    change = Change("save", (Write(os.fsdecode(b"\xff\xfe.md"), bytes(range(256))),))
    entry = journal.new(change, 0.0)
    journal.put(directory, entry)
    assert journal.entries(directory)[0] == [entry]


def test_what_is_no_entry_is_named_and_hides_no_other(directory: str) -> None:
    entry = journal.new(Change("save", ()), 1.0)
    journal.put(directory, entry)
    folder = Path(places.store_state(directory), "journal")
    (folder / "torn.json").write_text('{"schema": 1, "operations": [')
    (folder / "other.json").write_text('{"schema": 1}')
    assert journal.entries(directory) == ([entry], ["other.json", "torn.json"])


def test_entries_are_private(directory: str) -> None:
    entry = journal.new(Change("save", ()), 1.0)
    journal.put(directory, entry)
    path = Path(places.store_state(directory), "journal", entry.id + ".json")
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert oct(path.parent.stat().st_mode & 0o777) == "0o700"
