"""Two projects whose paths give one slug: no door lets the second one into the memories of the first."""

import json
import subprocess
from pathlib import Path

import pytest

from memctl.errors import Refused
from memctl.hooks.call import log_file
from tests.kit.cli import Memctl


@pytest.fixture
def second(tmp_path: Path) -> Memctl:
    """memctl in `w/a/b`, after a save in `w/a-b`."""
    folders = [tmp_path / "w" / "a-b", tmp_path / "w" / "a" / "b"]
    for folder in folders:
        folder.mkdir(parents=True)
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
    Memctl(folders[0])("save", "The harbour crane is painted teal.", "--name", "crane")
    return Memctl(folders[1])


def event(cwd: Path, name: str, **fields: object) -> str:
    data = {"hook_event_name": name, "session_id": "s", "cwd": str(cwd), **fields}
    return json.dumps(data)


@pytest.mark.parametrize("name", ["SessionStart", "UserPromptSubmit", "Stop", "SessionEnd", "PreCompact"])
def test_a_hook_is_silent_and_says_so_in_its_log(second: Memctl, name: str) -> None:
    first = Memctl(second.cwd.parent.parent / "a-b")
    prompt = {"prompt": "which colour is the harbour crane painted"}
    assert second("list", code=5).out == ""
    said = second("hook", "claude-code", stdin=event(second.cwd, name, **prompt))
    assert (said.out, said.err) == ("", "")
    assert "outcome=shared-slug" in Path(log_file()).read_text().splitlines()[-1]
    if name == "UserPromptSubmit":
        assert "teal" in first("hook", "claude-code", stdin=event(first.cwd, name, **prompt)).out


def test_a_git_hook_is_silent_too(second: Memctl) -> None:
    assert second("hook", "git", "post-commit").out == ""
    assert "outcome=shared-slug" in Path(log_file()).read_text().splitlines()[-1]


def test_the_memory_tool_refuses(second: Memctl) -> None:
    from memctl.memory_tool import MemctlMemoryTool

    with pytest.raises(Refused, match="belongs to"):
        MemctlMemoryTool(cwd=str(second.cwd))
    second("tool", json.dumps({"command": "view", "path": "/memories"}), code=5)


def test_whoever_writes_first_owns_the_directory(tmp_path: Path) -> None:
    from memctl.memory_tool import MemctlMemoryTool

    first, second = tmp_path / "w" / "a-b", tmp_path / "w" / "a" / "b"
    for folder in (first, second):
        folder.mkdir(parents=True)
    early = MemctlMemoryTool(cwd=str(second))
    create = {"command": "create", "path": "/memories/crane.md", "file_text": "It is teal."}
    Memctl(first)("tool", json.dumps(create))
    Memctl(second)("list", code=5)
    from anthropic.lib.tools import ToolError

    with pytest.raises(ToolError, match="belongs to"):
        early._run({**create, "path": "/memories/other.md"})
    assert "other" not in Memctl(first)("list").out


def test_a_client_of_the_mcp_server_claims_the_directory_when_it_saves(tmp_path: Path) -> None:
    from memctl.settings import load
    from memctl.store.state.registry import open_place
    from memctl.tools.mcp import Tools

    first, second = tmp_path / "w" / "a-b", tmp_path / "w" / "a" / "b"
    for folder in (first, second):
        folder.mkdir(parents=True)
    place = open_place(str(first))
    Tools(place, load()).save("The crane is teal.", "crane")
    assert str(first) in Memctl(second)("list", code=5).err
