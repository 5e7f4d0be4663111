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


def test_every_list_says_so(run: Memctl) -> None:
    supersede(run)
    today = run("list", "--json").json["memories"][0]["modified"][:10]
    label = f"office-old.md: replaced by office on {today}"
    for command in (
        ("recall", "where is the office in Berlin"),
        ("search", "Berlin"),
        ("show", "office-old"),
    ):
        assert label in run(*command).err
        found = {m["name"]: m for m in run(*command, "--json").json["memories"]}
        told = found["office-old"]
        assert (told["superseded_by"], told["superseded_on"], told["expired"]) == ("office", today, None)
        assert told["tier"] == "warm"
        if len(found) > 1:
            assert (next(iter(found)), found["office"]["superseded_by"]) == ("office", None)
            assert found["office"]["tier"] == "hot"
    listed = {m["name"]: m for m in run("list", "--json").json["memories"]}
    assert listed["office-old"]["superseded_by"] == "office"
    assert f"replaced by office on {today}" in run("recall", "the office", "--format", "markdown").out
    assert "office-old" not in run("context", "--for", "where is the office in Berlin").out
    assert "office-old" in run("why", "where is the office in Berlin").out


def test_as_of_an_earlier_day(run: Memctl) -> None:
    assert run.directory is not None
    file = run.directory / "desk.md"
    head = (
        "---\nname: desk\ndescription: Desks\nmetadata:\n  created: 2026-01-05\n  modified: 2026-01-05\n---\n"
    )
    file.write_text(head + "Desks are oak.\n")
    assert run("recall", "desks", "--as-of", "2026-01-04").lines == []
    found = run("recall", "desks", "--as-of", "2026-01-05")
    assert (found.lines, "memctl: as of 2026-01-05\n" in found.err) == ([str(file)], True)
    assert run("recall", "desks", "--as-of", "2026-01-05", "--json").json["as_of"] == "2026-01-05T23:59:59Z"
    listed = run("list", "--as-of", "2026-01-05")
    assert (listed.lines, listed.err) == ([str(file)], "memctl: as of 2026-01-05\n")
    assert run("list", "--as-of", "1d", "--json").json["memories"][0]["name"] == "desk"
    assert run("why", "desks", "--as-of", "2026-01-05").lines[0] == "as of: 2026-01-05"
    file.unlink()
    run("list")
    for verb in (("recall", "desks"), ("list",), ("why", "desks")):
        wrong = run(*verb, "--as-of", "soon", code=2)
        assert (wrong.out, "'soon' is no date" in wrong.err) == ("", True)


def test_what_the_earlier_memory_says_beside_is_shown_before_it_is_replaced(run: Memctl) -> None:
    """A session is given nothing of a replaced memory, so a person sees what goes with it."""
    text = "Staging lives at staging.tidepool.example and is reset every Monday"
    run("save", text, "--name", "staging", "--force")
    told = "## User\n\nStaging is no longer reset on Mondays, it is reset every night.\n"
    run("extract", "--engine", "rules", "-", stdin=told)
    (proposal,) = run("review", "--list", "--json").json["proposals"]
    assert (proposal["operation"], proposal["supersedes"]) == ("supersede", "staging")
    lost = [text for kind in proposal["coverage"].values() for text in kind["lost"]]
    assert "staging.tidepool.example" in lost
    assert "staging.tidepool.example" in run("review", "--show", proposal["id"]).out.split("lost", 1)[1]
