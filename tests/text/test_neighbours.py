"""The table of words that mean about the same: in order, looked up as it stands, absent without harm."""

import os
from pathlib import Path

import pytest

from memctl.text import neighbours


def test_every_line_is_found_and_nothing_else() -> None:
    lines = Path(neighbours.TABLE).read_text().splitlines()
    words = [line.split()[0] for line in lines]
    assert words == sorted(words, key=str.encode)
    assert os.stat(neighbours.TABLE).st_size < 1_500_000
    chosen = [*words[:50], *words[::97], *words[-50:]]
    assert set(neighbours.near(chosen)) == set(chosen)
    assert neighbours.near(["", "zzzzzz", "aaaaaa", "no such", "\u6570\u636e", "\ud800"]) == {}


def test_the_words_of_software_stand_for_one_another() -> None:
    found = neighbours.near(["packag", "ship"])
    assert {"npm", "pnpm"} <= {word for word, _ in found["packag"]}
    assert {"deploi", "releas"} <= {word for word, _ in found["ship"]}
    assert all(0 < likeness <= 1 for near in found.values() for _, likeness in near)


def test_without_the_table_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "TABLE", "/nowhere")
    assert neighbours.near(["ship"]) == {}
