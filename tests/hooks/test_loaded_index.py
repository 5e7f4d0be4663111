"""When a session of Claude Code is told the index: only where the client does not load it itself."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hooks.conftest import Run

OFF = "CLAUDE_CODE_DISABLE_AUTO_MEMORY"


@pytest.fixture(autouse=True)
def _auto_memory(environment: dict[str, str]) -> None:
    del environment[OFF]


Start = Callable[..., str]


@pytest.fixture
def started(hook: Run, project: Path, environment: dict[str, str]) -> Start:
    """What a session is told when it starts, with more in the environment."""
    event = {"hook_event_name": "SessionStart", "session_id": "s", "cwd": str(project), "source": "startup"}

    def start(agent: str = "claude-code", **env: str) -> str:
        return str(hook(agent, stdin=json.dumps(event).encode(), env=environment | env).stdout.decode())

    return start


def settings(file: Path, **values: object) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(values))


def test_what_the_client_loads_is_not_said_again(started: Start, memories: Path) -> None:
    assert "prefer-pnpm.md" not in started()
    assert "prefer-pnpm.md" in started("codex"), "no other agent loads it"


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({OFF: "1"}, True),
        ({OFF: "true"}, True),
        ({OFF: "0"}, False),
        ({"CLAUDE_CODE_SIMPLE": "1"}, True),
        ({"CLAUDE_CODE_REMOTE": "1"}, True),
        ({"CLAUDE_CODE_PROJECT_DIR_NAME": "x"}, True),
        ({"CLAUDE_COWORK_MEMORY_PATH_OVERRIDE": "memories"}, False),
        ({"MEMCTL_DIR": "copy"}, True),
    ],
)
def test_variables_of_the_client_turn_its_auto_memory_off_and_on(
    started: Start, project: Path, memories: Path, tmp_path: Path, env: dict[str, str], told: bool
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in memories.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    given = {
        name: {"memories": str(memories), "copy": str(copy)}.get(value, value) for name, value in env.items()
    }
    assert ("prefer-pnpm.md" in started(**given)) is told


@pytest.mark.parametrize(
    ("mine", "shared", "local", "told"),
    [
        (False, None, None, True),
        (None, False, None, True),
        (None, True, False, True),
        (False, False, True, False),
        (False, True, None, False),
    ],
)
def test_settings_turn_it_off_and_on_in_the_clients_order(
    started: Start,
    home: Path,
    project: Path,
    memories: Path,
    mine: bool | None,
    shared: bool | None,
    local: bool | None,
    told: bool,
) -> None:
    files = (
        home / ".claude/settings.json",
        project / ".claude/settings.json",
        project / ".claude/settings.local.json",
    )
    for file, value in zip(files, (mine, shared, local), strict=True):
        if value is not None:
            settings(file, autoMemoryEnabled=value)
    assert ("prefer-pnpm.md" in started()) is told
    assert ("prefer-pnpm.md" in started(**{OFF: "0"})) is False, "its variable is stronger"


def test_another_folder_of_the_project_settings_is_loaded_instead(
    started: Start, project: Path, memories: Path, tmp_path: Path
) -> None:
    """The client follows a trusted project's settings; memctl does not, and says what the client lacks."""
    (tmp_path / "elsewhere").mkdir()
    settings(project / ".claude" / "settings.json", autoMemoryDirectory=str(tmp_path / "elsewhere"))
    assert "prefer-pnpm.md" in started()


def test_what_waits_and_what_stands_elsewhere_is_said(
    started: Start, home: Path, project: Path, memories: Path
) -> None:
    own = home / ".local/share/memctl/projects" / memories.parent.name / "memory"
    own.mkdir(parents=True)
    (own / "stray.md").write_text("A stray fact.\n")
    text = started()
    assert "this project has memories in" in text
    assert "`memctl project adopt` merges them" in text
    assert "prefer-pnpm.md" not in text
    assert "places=several" in (home / ".local/state/memctl/hooks.log").read_text()
    assert os.listdir(own) == ["stray.md"], "a hook moves nothing"


def test_a_prompt_reads_memories_that_wait_to_be_moved_and_a_start_has_them_moved(
    hook: Run, started: Start, home: Path, project: Path, memories: Path
) -> None:
    own = home / ".local/share/memctl/projects" / memories.parent.name / "memory"
    own.parent.mkdir(parents=True)
    memories.rename(own)
    memories.mkdir()  # the client made its folder
    event = {"hook_event_name": "UserPromptSubmit", "session_id": "s", "cwd": str(project)}
    prompt = {**event, "prompt": "how is the service deployed?"}
    assert b"make ship" in hook("claude-code", stdin=json.dumps(prompt).encode()).stdout
    assert sorted(os.listdir(memories)) == [], "a prompt waits for nothing"
    assert "prefer-pnpm.md" in started(), "the client has loaded nothing"
    for _ in range(100):
        if (memories / "MEMORY.md").exists() and not (own / "MEMORY.md").exists():
            break
        time.sleep(0.1)
    assert (memories / "prefer-pnpm.md").exists()
    assert (
        b"make ship" in hook("claude-code", stdin=json.dumps({**prompt, "session_id": "t"}).encode()).stdout
    )
