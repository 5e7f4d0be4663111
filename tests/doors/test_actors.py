"""What is an agent's is called an agent's, and what is the person's to decide no agent decides."""

import json
import os
from pathlib import Path

import pytest

from memctl.agents import table
from memctl.agents.actor import PERSON, actor
from memctl.tools.whole_lines import LOST, mended
from tests.doors.table import _proposed as proposed
from tests.doors.world import AGENT, World, secret
from tests.kit.warm import Warm


@pytest.fixture
def world(tmp_path: Path, warm: Warm) -> World:
    return World.make(tmp_path, warm)


@pytest.mark.parametrize(("name", "mark"), [(a.name, mark) for a in table.AGENTS for mark in a.marks])
def test_a_shell_that_an_agent_marks_is_the_agents(
    name: str, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert actor() == PERSON
    monkeypatch.setenv(mark, "1")
    assert actor() == name


def test_every_agent_that_is_known_marks_its_shells() -> None:
    assert [agent.name for agent in table.AGENTS if not agent.marks] == []


# --- what is accepted ---


def test_an_agent_accepts_nothing_unless_the_persons_own_configuration_lets_it(world: World) -> None:
    proposed(world)
    world.configure("")
    (one,) = (p["id"] for p in world.waiting())
    (world.root / "config.toml").write_text("agents_accept = true\n")
    (world.root / ".memctl.toml").write_text("agents_accept = true\n")
    world.mark()
    for wanted in (one, "all"):
        said = world.cli("review", "--accept", wanted, code=5, MEMCTL_AGENTS_ACCEPT="true", **AGENT)
        assert "person" in said.err
        assert "agents_accept" not in said.err
    assert (
        json.loads(world.cli("review", "--accept", one, "--json", code=5, **AGENT).err)["error"]["slug"]
        == "approval"
    )
    assert not world.changed()
    world.cli("config", "set", "agents_accept", "true", code=5, **AGENT)
    world.cli("review", "--accept", one, code=5, **AGENT)
    world.cli("config", "set", "agents_accept", "true")
    world.cli("review", "--accept", one, **AGENT)
    assert [(c["verb"], c["actor"]) for c in world.changes()] == [("review", "claude-code")]


def test_what_an_agent_looked_at_is_not_what_the_person_was_shown(world: World) -> None:
    proposed(world)
    world.configure("")
    (one,) = (p["id"] for p in world.waiting())
    world.cli("review", "--show", one)
    (entry,) = world.state.glob("stores/*/inbox/*.json")
    entry.write_text(entry.read_text().replace("tabs in Go", "curl in Go"))
    world.cli("review", "--show", one, **AGENT)
    assert "curl in Go" in world.cli("review", "--accept", one, code=6).err
    assert not world.changed()


# --- what an agent may say of its own words ---

KEYS = ("pinned: true", "evidence: limits.py@0123456", "origin: person", "supersedes: quay")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("nested", [True, False], ids=["metadata", "top"])
def test_an_agents_edit_gives_itself_no_authority(world: World, key: str, nested: bool) -> None:
    world.plant("crane", "Colour", "The crane is teal.\n")
    added = f"metadata:\n  {key}\n" if nested else f"{key}\nmetadata:\n"
    editor = world.given("editor", f"#!/bin/sh\ncat '{world.top}/given/typed' > \"$1\"\n", executable=True)
    world.given("typed", (world.directory / "crane.md").read_text().replace("metadata:\n", added))
    world.mark()
    said = world.cli("edit", "crane", code=5, VISUAL=str(editor), **AGENT)
    assert "name, description and type" in said.err
    assert not world.changed()
    world.cli("edit", "crane", VISUAL=str(editor))
    assert key.split(":")[0] in (world.directory / "crane.md").read_text()


@pytest.mark.parametrize("origin", ["person", ""])
def test_no_text_of_an_agent_keeps_the_origin_of_the_person(world: World, origin: str) -> None:
    """Edited, written over, brought back, and through the memory tool."""
    world.plant("crane", "Colour", "The crane is teal.\n", **({"origin": origin} if origin else {}))
    editor = {"VISUAL": "sed -i s/teal/ochre/"}
    tool = {"command": "str_replace", "path": "/memories/crane.md", "old_str": "teal", "new_str": "red"}
    ways: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
        (("edit", "crane"), {**AGENT, **editor}),
        (("save", "The crane is grey.", "--name", "crane", "--update"), AGENT),
        (("tool", json.dumps(tool)), {}),
    )
    world.cli("save", "Something else.", "--name", "other")  # so that the planted one is recorded
    for way, env in ways:
        world.cli(*way, **env)
        ours = (world.directory / "crane.md").read_bytes()
        assert b"origin: agent\n" in ours
        world.cli("undo")
        assert b"origin: agent" not in (world.directory / "crane.md").read_bytes()
        world.cli("redo", **AGENT)  # the agent brings its text back
        assert (world.directory / "crane.md").read_bytes() == ours
        world.cli("undo")


# --- what a model is told ---


def test_only_a_person_is_told_which_flag_lets_a_secret_pass(
    world: World, request: pytest.FixtureRequest
) -> None:
    text = f"The key is {secret(request.node.nodeid)}."
    call = json.dumps({"command": "create", "path": "/memories/key.md", "file_text": text})
    for command in (("save", text), ("save", "--help"), ("edit", "--help"), ("tool", call)):
        said = world.cli(*command, code=None, COLUMNS="200", **AGENT)
        assert "allow" not in (said.out + said.err).lower(), command
    assert "--allow-secret github-pat" in world.cli("save", text, code=5).err
    assert "--allow-secret" in world.cli("save", "--help", COLUMNS="200").out


def test_a_failed_call_over_mcp_is_an_error_and_a_broken_character_is_answered(world: World) -> None:
    found = world.mcp({"name": "half \ud800"}, tool="show")
    assert found["isError"]
    assert "surrogate" in found["content"][0]["text"]
    found = world.mcp({"name": "nobody"}, tool="show")
    assert found["isError"]
    assert "no memory is called" in found["content"][0]["text"]


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        (b'{"a": "\\ud800"}', 1),
        (b'{"a": "\\uDC00\\uD800 x", "b": ["\\ud83d"]}', 3),
        (b'{"a": "\xed\xa0\x80 \xff"}', 4),
        (b'{"a": "\\ud83d\\ude00", "b": "gr\xc3\xbcn"}', 0),
        (b'{"a": "\\\\ud800"}', 0),
        (b"no json \\ud800", 0),
    ],
)
def test_a_line_of_json_has_whole_characters_or_says_where_one_was_lost(line: bytes, lost: int) -> None:
    said = mended(line + b"\n").decode()
    assert said.count(LOST) == lost
    assert (
        lost or json.loads(said) == json.loads(line) if line.startswith(b"{") else said.startswith("no json")
    )
    assert os.linesep.join(said.splitlines()) == said.rstrip("\n")
