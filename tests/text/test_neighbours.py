"""The table of words that stand for one another: made from the groups, absent without harm."""

from pathlib import Path

import pytest

from bench.neighbours import table
from memctl.text import neighbours


def test_the_table_holds_the_groups_as_the_index_has_their_words() -> None:
    assert Path(neighbours.TABLE).read_text() == table()


def test_the_words_of_software_stand_for_one_another() -> None:
    found = neighbours.near(["packag", "ship", "", "no such", "zzzz", "\ud800"])
    assert set(found) == {"packag", "ship"}
    assert {"npm", "pnpm"} <= set(found["packag"])
    assert {"deploi", "releas"} <= set(found["ship"])


def test_without_the_table_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "TABLE", "/nowhere")
    assert neighbours.near(["ship"]) == {}
