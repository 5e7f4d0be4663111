"""One memory for memctl and Claude Code: its folder is used, and what stands elsewhere is brought there."""

import json
import os
from pathlib import Path

import pytest

from memctl.store.state.resolve import slug
from tests.kit.cli import Memctl
from tests.kit.warm import Warm


class Machine:
    """A home, a project in it, and the folders in which its memories may stand."""

    def __init__(self, work: Path, warm: Warm) -> None:
        self.home = Path(os.environ["HOME"])
        self.project = work / "shop"
        self.project.mkdir()
        self.run = Memctl(cwd=self.project, warm=warm)
        name = slug(str(self.project))
        self.own = self.home / ".local" / "share" / "memctl" / "projects" / name / "memory"
        self.claude = self.home / ".claude" / "projects" / name / "memory"

    def save(self, name: str, text: str = "A fact about it.", **env: str) -> None:
        self.run("save", text, "--name", name, "--description", f"About {name}", **env)

    def install(self) -> str:
        return self.run("hooks", "install", "claude-code", "--yes").err

    def where(self, **env: str) -> Path:
        return Path(self.run("path", **env).out.strip())

    def names(self, folder: Path) -> list[str]:
        return sorted(file.name for file in folder.glob("*.md")) if folder.is_dir() else []


@pytest.fixture
def machine(tmp_path: Path, warm: Warm) -> Machine:
    return Machine(tmp_path, warm)


def test_hooks_install_brings_the_memory_to_claude_codes_folder(machine: Machine) -> None:
    machine.save("crane")
    before = machine.run("log", "--json").json
    said = machine.install()
    assert f"brought the memories of this project to {machine.claude}" in said
    assert machine.names(machine.claude) == ["MEMORY.md", "crane.md"]
    assert machine.names(machine.own) == []
    assert machine.where() == machine.claude
    assert len(machine.run("log", "--json").json["changes"]) > len(before["changes"])
    assert machine.run("doctor", "--json", code=None).json["directory"] == str(machine.claude)


def test_it_is_one_change_that_undo_takes_back_and_that_is_not_made_again(machine: Machine) -> None:
    machine.save("crane")
    machine.install()
    machine.run("undo")
    assert machine.names(machine.own) == ["MEMORY.md", "crane.md"]
    assert machine.names(machine.claude) == []
    listed = machine.run("list")
    assert "crane" in listed.out
    assert "`memctl project adopt`" in listed.err
    assert machine.where() == machine.own
    machine.run("project", "adopt")
    assert machine.names(machine.claude) == ["MEMORY.md", "crane.md"]
    assert machine.run("list").err == ""


def test_another_project_follows_with_its_next_command(machine: Machine) -> None:
    machine.save("crane")
    settings = machine.home / ".claude" / "settings.json"
    settings.parent.mkdir()
    entry = {"hooks": [{"type": "command", "command": "memctl hook claude-code"}]}
    settings.write_text(json.dumps({"hooks": {"Stop": [entry]}}))
    assert machine.run("doctor", "--json", code=1).json["directory"] == str(machine.own), "it changes nothing"
    done = machine.run("list")
    assert str(machine.claude) in done.out
    assert str(machine.claude) in done.err
    assert machine.names(machine.own) == []


def test_what_waits_for_review_comes_along_without_any_memory(machine: Machine) -> None:
    transcript = machine.project / "talk.md"
    transcript.write_text("## User\n\nFrom now on always run the harbour tests before you push.\n")
    machine.run("extract", "--engine", "rules", str(transcript))
    waiting = machine.run("review", "--list", "--json").json["proposals"]
    assert len(waiting) == 1
    machine.install()
    assert machine.run("review", "--list", "--json").json["proposals"] == waiting
    machine.run("review", "--accept", "all")
    assert len(machine.names(machine.claude)) == 2


@pytest.fixture
def split(machine: Machine) -> Machine:
    """The client wrote into its folder while memctl had a memory of its own."""
    machine.save("crane", "The crane is teal.")
    machine.save("same", "Said in both.")
    machine.claude.mkdir(parents=True)
    for file in ("crane.md", "same.md"):
        machine.claude.joinpath(file).write_bytes((machine.own / file).read_bytes())
    text = (machine.claude / "crane.md").read_text().replace("teal", "ochre")
    (machine.claude / "crane.md").write_text(text)
    (machine.claude / "lunch.md").write_text("---\nname: lunch\ndescription: Lunch\n---\nNoodles.\n")
    (machine.claude / "MEMORY.md").write_text("- [Lunch](lunch.md) — Lunch\n")
    return machine


@pytest.mark.parametrize(
    "verb", ["list", "recall noodles", "save x", "log", "review --list", "path", "search x"]
)
def test_two_places_are_said_at_every_command(split: Machine, verb: str) -> None:
    done = split.run(*verb.split())
    lines = [line for line in done.err.splitlines() if "merges them" in line]
    assert len(lines) == 1
    assert str(split.own) in lines[0]
    assert str(split.claude) in lines[0]
    assert "`memctl project adopt`" in lines[0]
    assert "merges them" not in split.run(*verb.split(), "--quiet", code=None).err


def test_json_is_unaffected_and_the_command_is_the_one_to_type(split: Machine) -> None:
    done = Memctl(cwd=split.home, warm=split.run.warm)("-C", str(split.project), "list", "--json")
    assert len(done.json["memories"]) == 3
    assert f"`memctl -C {split.project} project adopt`" in done.err


def test_doctor_has_a_finding(split: Machine) -> None:
    found = {finding["id"]: finding for finding in split.run("doctor", "--json", code=1).json["findings"]}
    assert found["place.several"]["repair"] == "memctl project adopt"


def test_adopt_merges_them_and_keeps_both_texts(split: Machine) -> None:
    split.run("project", "adopt")
    assert split.names(split.own) == []
    assert split.names(split.claude) == ["MEMORY.md", "crane.md", "lunch.md", "same.md"]
    assert "ochre" in (split.claude / "crane.md").read_text()
    (proposal,) = split.run("review", "--list", "--json").json["proposals"]
    assert "teal" in proposal["body"]
    assert split.run("list").err == ""


class TestVariableSetOnce:
    """`CLAUDE_CONFIG_DIR` for one command, or missing from one."""

    def test_it_makes_no_second_memory(self, machine: Machine) -> None:
        machine.install()
        machine.save("crane")
        away = {"CLAUDE_CONFIG_DIR": str(machine.home / "away")}
        done = machine.run("save", "Another fact.", "--name", "second", **away)
        assert f"stay in {machine.claude}" in done.err
        assert machine.names(machine.claude) == ["MEMORY.md", "crane.md", "second.md"]
        assert machine.run("list").err == ""

    def test_left_out_of_one_command_it_makes_none_either(self, machine: Machine) -> None:
        away = {"CLAUDE_CONFIG_DIR": str(machine.home / "away")}
        machine.run("hooks", "install", "claude-code", "--yes", **away)
        machine.save("crane", **away)
        there = machine.where(**away)
        assert there.is_relative_to(machine.home / "away")
        assert machine.where() == there
        machine.run("save", "Another fact.", "--name", "second")
        assert "second.md" in machine.names(there)

    def test_adopt_brings_the_memory_to_where_it_points(self, machine: Machine) -> None:
        machine.install()
        machine.save("crane")
        away = {"CLAUDE_CONFIG_DIR": str(machine.home / "away")}
        machine.run("project", "adopt", **away)
        there = machine.where(**away)
        assert there.is_relative_to(machine.home / "away")
        assert machine.names(there) == ["MEMORY.md", "crane.md"]
        assert machine.where() == there, "and there it is found without the variable too"


class TestUndoAcrossAMove:
    """Undo walks back and redo comes forward through a move as through any other change."""

    @pytest.fixture
    def moved(self, machine: Machine) -> Machine:
        machine.save("crane")
        machine.save("barge")
        machine.install()
        machine.save("quay")
        return machine

    def test_one_after_the_other(self, moved: Machine) -> None:
        moved.run("undo")
        assert moved.names(moved.claude) == ["MEMORY.md", "barge.md", "crane.md"]
        for own in (["MEMORY.md", "barge.md", "crane.md"], ["MEMORY.md", "crane.md"]):
            moved.run("undo")
            assert (moved.names(moved.own), moved.names(moved.claude)) == (own, [])
        moved.run("redo")
        assert moved.names(moved.own) == ["MEMORY.md", "barge.md", "crane.md"]
        said = moved.run("redo").err
        assert "project adopt" not in said, "the command does what that would do"
        assert moved.names(moved.claude) == ["MEMORY.md", "barge.md", "crane.md"]
        moved.run("redo")
        assert moved.names(moved.claude) == ["MEMORY.md", "barge.md", "crane.md", "quay.md"]
        moved.run("redo", code=3)
        assert moved.names(moved.own) == []

    def test_several_at_once(self, moved: Machine) -> None:
        before = {p.name: p.read_bytes() for p in moved.claude.iterdir()}
        done = moved.run("undo", "3", "--json").json
        assert [c["verb"] for c in done["undone"]] == ["save", "adopt", "save"]
        assert (moved.names(moved.own), moved.names(moved.claude)) == (["MEMORY.md", "crane.md"], [])
        assert "undo 3" in moved.run("redo", "3").err
        assert {p.name: p.read_bytes() for p in moved.claude.iterdir()} == before
        assert moved.names(moved.own) == []
        moved.run("undo", "5", code=3)
        assert {p.name: p.read_bytes() for p in moved.claude.iterdir()} == before, "all of it or none"

    def test_it_moves_nothing_itself(self, machine: Machine) -> None:
        """The last thing that the person did is taken back, and not a move that nobody asked for."""
        machine.save("crane")
        machine.save("barge")
        (machine.home / ".claude").mkdir()
        entry = {"hooks": [{"type": "command", "command": "memctl hook claude-code"}]}
        (machine.home / ".claude" / "settings.json").write_text(json.dumps({"hooks": {"Stop": [entry]}}))
        machine.run("undo")
        assert machine.names(machine.own) == ["MEMORY.md", "crane.md"]
        machine.run("list")
        assert machine.names(machine.claude) == ["MEMORY.md", "crane.md"]
        machine.run("undo", "2")
        assert machine.run("list", "--json").json["memories"] == []
        machine.run("redo", "2")
        assert machine.names(machine.claude) == ["MEMORY.md", "crane.md"]

    def test_a_folder_with_a_past_of_its_own(self, machine: Machine) -> None:
        machine.install()
        machine.save("old")
        machine.run("forget", "old")
        machine.run("hooks", "remove", "claude-code", "--yes", code=None)
        machine.claude.joinpath("MEMORY.md").unlink(missing_ok=True)
        machine.claude.rmdir()
        machine.save("crane")
        machine.save("barge")
        machine.install()
        assert "crane.md" in machine.names(machine.claude) + machine.names(machine.own)
        count = len(machine.run("log", "--json").json["changes"])
        assert count >= 4
        machine.run("undo", "2")
        assert [m["name"] for m in machine.run("list", "--json").json["memories"]] == ["crane"]
        machine.run("redo", "2")
        assert len(machine.run("list", "--json").json["memories"]) == 2

    def test_a_join_comes_back_as_well(self, split: Machine) -> None:
        before = {p.name: p.read_bytes() for p in split.claude.iterdir()}
        split.run("project", "adopt")
        after = {p.name: p.read_bytes() for p in split.claude.iterdir()}
        assert after != before
        split.run("undo")
        assert {p.name: p.read_bytes() for p in split.claude.iterdir()} == before
        split.run("redo")
        assert {p.name: p.read_bytes() for p in split.claude.iterdir()} == after
