"""A superseded memory leaves the index and stays a memory."""

from pathlib import Path

import pytest

from tests.kit.cli import Memctl
from tests.kit.warm import Warm


@pytest.fixture
def run(memctl: Memctl, warm: Warm) -> Memctl:
    memctl.warm = warm
    memctl("save", "The office is in Berlin.", "--name", "office-old", "--description", "Where the office is")
    return memctl


def index(run: Memctl) -> str:
    assert run.directory is not None
    return (run.directory / "MEMORY.md").read_text()


def supersede(run: Memctl) -> None:
    text = ("The office is in Hamburg.", "--name", "office", "--description", "Where we sit now")
    run("save", *text, "--supersedes", "office-old")


def test_its_pointer_leaves_the_index_with_the_save(run: Memctl) -> None:
    before = index(run)
    supersede(run)
    assert "(office-old.md)" not in index(run)
    assert "(office.md)" in index(run)
    assert run("index", "--check").code == 0
    assert "office-old" in run("list").out
    assert "Berlin" in run("show", "office-old").out
    run("undo")
    assert index(run) == before
    run("redo")
    assert "(office-old.md)" not in index(run)


def test_it_comes_back_when_its_successor_is_forgotten(run: Memctl) -> None:
    supersede(run)
    run("forget", "office")
    assert "(office-old.md)" in index(run)
    assert run("index", "--check").code == 0


@pytest.mark.parametrize("repair", [("index",), ("doctor", "--fix")])
def test_a_pointer_from_before_is_told_and_taken_out(run: Memctl, repair: tuple[str, ...]) -> None:
    supersede(run)
    assert run.directory is not None
    file: Path = run.directory / "MEMORY.md"
    listed = file.read_text() + "- [Office old](office-old.md) — Where the office is\n"
    prose = "\nUntil 2024 see [the old one](office-old.md).\n- [both](office.md) and [old](office-old.md)\n"
    file.write_text(listed + prose)
    assert "[index.superseded]" in run("doctor", code=1).out
    assert "index.superseded: MEMORY.md:4" in run("index", "--check").out
    run(*repair, code=None)
    assert index(run) == listed.rsplit("- [Office old]", 1)[0] + prose
    assert "index.superseded" not in run("index", "--check").out
    run("undo")
    assert index(run) == listed + prose


def test_an_expired_one_keeps_its_pointer(run: Memctl) -> None:
    """It may be extended, and no write happens when a day ends; a session is told instead."""
    run("save", "The lift is broken.", "--name", "lift", "--expires", "2020-01-01")
    assert "(lift.md)" in index(run)
    assert run("index", "--check").code == 0
