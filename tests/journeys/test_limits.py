"""Arguments at and beyond their limits: each one an answer of a sentence, none a traceback."""

import json

import pytest
import yaml

from tests.kit.cli import Memctl


@pytest.mark.parametrize("date", ["9999y", "0000-01-01", "2026-13-01", "9999-99", "nan"])
def test_a_date_beyond_the_calendar_is_a_wrong_command_line(memctl: Memctl, date: str) -> None:
    said = memctl("save", "It is teal.", "--name", "crane", "--expires", date, code=2)
    assert "is no date" in said.err
    assert memctl("list").out == ""


def test_a_date_in_the_past_is_said(memctl: Memctl) -> None:
    said = memctl("save", "It is teal.", "--name", "crane", "--expires", "2020-01-01")
    assert "2020-01-01, which has passed" in said.err
    assert "passed" not in memctl("save", "It was red.", "--name", "red", "--expires", "0d").err


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="deep lists"),
        pytest.param('{"command":' * 50_000, id="deep objects"),
        *("[]", "5", "{"),
    ],
)
def test_a_tool_call_that_is_no_object_is_a_wrong_command_line(memctl: Memctl, text: str) -> None:
    assert "Traceback" not in memctl("tool", "-", stdin=text, code=2).err


def test_a_date_is_a_date_for_yaml_only_where_a_time_is_meant(memctl: Memctl) -> None:
    memctl("save", "It is teal.", "--name", "2026-01-01", "-d", "2026-02-02", "--expires", "2199-01-01")
    memctl("save", "So it is.", "--name", "later", "--supersedes", "2026-01-01", "--force")
    head = yaml.safe_load(memctl("show", "--raw", "2026-01-01").out.split("---")[1])
    assert (head["name"], head["description"]) == ("2026-01-01", "2026-02-02")
    assert not isinstance(head["metadata"]["expires"], str)
    head = yaml.safe_load(memctl("show", "--raw", "later").out.split("---")[1])
    assert head["metadata"]["supersedes"] == "2026-01-01"
    assert memctl("list", "--json").json["memories"][1]["name"] == "2026-01-01"


def test_the_tool_renames_and_moves_in_folders(memctl: Memctl) -> None:
    def tool(command: str, code: int = 0, **fields: str) -> str:
        return memctl("tool", json.dumps({"command": command, **fields}), code=code).out

    tool("create", path="/memories/f/a.md", file_text="It is teal.")
    tool("create", path="/memories/link.md", file_text="See [[a]].")
    tool("rename", old_path="/memories/f/a.md", new_path="/memories/f/b.md")
    assert "/memories/f/b.md" in tool("view", path="/memories")
    assert "See [[b]]" in tool("view", path="/memories/link.md")
    tool("rename", old_path="/memories/f/b.md", new_path="/memories/g/h/c.md")
    tool("rename", old_path="/memories/g/h/c.md", new_path="/memories/d.md")
    assert "teal" in tool("view", path="/memories/d.md")
    assert "See [[d]]" in tool("view", path="/memories/link.md")
    tool("rename", old_path="/memories/d.md", new_path="/memories/e/d.md")
    assert "teal" in tool("view", path="/memories/e/d.md")
    tool("rename", 5, old_path="/memories/e/d.md", new_path="/memories/e/.hidden.md")
    tool("rename", 5, old_path="/memories/e/d.md", new_path="/memories/link.md")
    assert memctl("index", "--check").code == 0
