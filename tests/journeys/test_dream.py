"""`dream` from outside: what it prints, what it puts into the inbox, what it accepts, and a short year."""

from pathlib import Path

import pytest

from bench.year import simulate
from tests.kit.cli import Memctl, asking
from tests.kit.topics import topic

OLD = "The crew rota is mailed as a spreadsheet by Priya"
NEW = "The crew rota is on the harbour page, the spreadsheet is no longer mailed"


def put(directory: Path, name: str, said: str, day: str) -> None:
    at = f"{day}T10:00:00.000Z"
    (directory / f"{name}.md").write_text(topic(name, said, f"{said}.\n", created=at, modified=at))


@pytest.fixture
def known(memctl: Memctl, memory_dir: Path) -> Memctl:
    put(memory_dir, "mail", OLD, "2026-03-01")
    put(memory_dir, "page", NEW, "2026-04-01")
    put(memory_dir, "quay", "quay", "2026-04-01")
    return memctl


def test_a_dry_run_shows_and_writes_nothing(known: Memctl, memory_dir: Path) -> None:
    before = {path.name: path.read_bytes() for path in memory_dir.iterdir()}
    (one,) = known("dream", "--dry-run", "--json").json["proposals"]
    assert (one["operation"], one["name"], one["supersedes"], one["safe"]) == (
        "supersede",
        "page",
        "mail",
        True,
    )
    assert all(kept["lost"] == [] for kept in one["coverage"].values())
    assert known("review", "--list", "--json").json["proposals"] == []
    assert {path.name: path.read_bytes() for path in memory_dir.iterdir()} == before


def test_it_proposes_and_the_second_run_has_nothing_to_add(known: Memctl, memory_dir: Path) -> None:
    before = {path.name: path.read_bytes() for path in memory_dir.iterdir()}
    done = known("dream")
    assert [line.split("\t")[1:3] for line in done.lines] == [["supersede", "page"]]
    assert "1 proposal waits for you: memctl review" in done.err
    assert {path.name: path.read_bytes() for path in memory_dir.iterdir()} == before
    again = known("dream").err
    assert "nothing new to tidy" in again
    assert "1 proposal waits for you: memctl review" in again
    assert "left alone" not in again
    (one,) = known("review", "--list", "--json").json["proposals"]
    assert "from dream, by rules, on 20" in known("review", "--show", one["id"]).out
    known("review", "--reject", one["id"])
    assert "decide with: memctl review" in known("review", "--reopen", one["id"]).err
    known("review", "--accept", "all")
    assert "supersededBy: page" in (memory_dir / "mail.md").read_text()
    known("undo")
    assert {path.name: path.read_bytes() for path in memory_dir.iterdir() if path.name in before} == before


def test_recall_tells_what_waits_until_it_is_decided(known: Memctl, memory_dir: Path) -> None:
    doubt = "perhaps replaced by page (memctl review)"
    asked = "does Priya mail the crew rota as a spreadsheet?"
    before = {path.name: path.read_bytes() for path in memory_dir.iterdir()}

    def told() -> list[object]:
        """What recall and list say of the older memory: by what it was replaced, and by what perhaps."""
        found = {m["name"]: m for m in known("recall", asked, "--json").json["memories"]}
        listed = {m["name"]: m for m in known("list", "--json").json["memories"]}
        keys = ("superseded_by", "perhaps_superseded_by")
        assert [found["mail"][key] for key in keys] == [listed["mail"][key] for key in keys]
        assert [found["page"][key] for key in keys] == [None, None]
        return [found["mail"][key] for key in keys]

    (one,) = known("dream", "--json").json["proposals"]
    assert told() == [None, "page"]
    found = known("recall", asked)
    assert f"mail.md: {doubt}" in found.err
    assert [Path(line).stem for line in found.lines] == ["page", "mail"]
    assert f"Note: {doubt}." in known("context", "--for", asked).out
    assert f"mail.md: returned, {doubt}" in known("why", asked).out
    assert "mail" not in known("list", "--stale").out
    known("review", "--reject", one["id"])
    assert told() == [None, None]
    known("review", "--reopen", one["id"])
    assert told() == [None, "page"]
    assert {path.name: path.read_bytes() for path in memory_dir.iterdir()} == before
    known("review", "--accept", one["id"])
    assert told() == ["page", None]
    known("undo")
    assert told() == [None, "page"]


def test_accept_safe_is_one_change(known: Memctl, memory_dir: Path) -> None:
    done = known("dream", "--accept-safe", "--json").json
    assert done["accepted"] == [one["id"] for one in done["proposals"]]
    assert "supersededBy: page" in (memory_dir / "mail.md").read_text()
    (change,) = [c for c in known("log", "--json").json["changes"] if c["verb"] == "review"]
    assert done["accepted"][0] in change["why"]
    assert known("dream", "--accept-safe", "--json").json["proposals"] == []


def test_an_agent_may_dream_and_accepts_nothing(known: Memctl, memory_dir: Path) -> None:
    known("dream", "--accept-safe", code=5, CLAUDECODE="1")
    assert "supersededBy" not in (memory_dir / "mail.md").read_text()
    assert len(known("review", "--list", "--json").json["proposals"]) == 1


def test_what_a_model_would_be_sent_is_shown(known: Memctl) -> None:
    done = known("dream", "--engine", "llm", "--dry-run", "--json").json
    (request,) = done["requests"]
    assert OLD in request["user"]
    assert "authority" in request["system"]


@pytest.mark.parametrize("answer", ["", "no", '{"advice": "all"}', '{"advice": [7, {"kind": "merge"}]}'])
def test_an_answer_that_says_nothing_proposes_nothing(known: Memctl, tmp_path: Path, answer: str) -> None:
    (tmp_path / "model").write_text(f"#!/bin/sh\ncat > /dev/null\nprintf '%s' '{answer}'\n")
    (tmp_path / "model").chmod(0o755)
    env = asking(tmp_path / "model", tmp_path / "config")
    assert known("dream", "--engine", "llm", code=None, **env).code in (0, 4)
    assert known("review", "--list", "--json").json["proposals"] == []


def test_a_short_year_loses_nothing(
    memory_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("STATE", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"MEMCTL_{kind}_DIR", str(tmp_path / kind.lower()))
    found = simulate(str(memory_dir), 8)
    assert (found.lost, found.hidden, found.undone) == (set(), set(), True)
    assert found.over <= 0
    assert found.lines <= 200
    assert found.bytes <= 25_000


def test_advice_that_is_not_followed_is_named_with_its_reason(known: Memctl, tmp_path: Path) -> None:
    item = (
        '{"kind": "over", "memories": ["mail"], "quote": "the rota", "description": "", "body": "",'
        ' "parts": [], "why": ""}'
    )
    (tmp_path / "model").write_text(f"#!/bin/sh\ncat > /dev/null\nprintf '%s' '{{\"advice\": [{item}]}}'\n")
    (tmp_path / "model").chmod(0o755)
    done = known("dream", "--engine", "llm", **asking(tmp_path / "model", tmp_path / "config"))
    assert "not followed: over mail: no words of its own, quoted, say that it holds no longer" in done.err


def test_what_is_too_new_is_counted_and_what_is_accepted_is_named(known: Memctl, memory_dir: Path) -> None:
    known("dream")
    known("save", "The tide table hangs on the wall by the door")
    done = known("dream", "--accept-safe").err
    assert "1 memory that changed within 24 hours left alone (setting dream_hours)" in done
    assert "accepted: supersede page" in done
    assert "waits" not in done
    assert "left alone" in known("dream").err
