"""The commands of the tutorial do what the tutorial says, one after the other in one home."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def commands() -> list[str]:
    """Every line after a prompt in the page."""
    lines = (DOCS / "tutorial.md").read_text(encoding="utf-8").splitlines()
    return [line.strip()[2:] for line in lines if line.strip().startswith("$ ")]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(DOCS))
    from session import Sandbox

    with Sandbox() as made:
        yield made


def test_every_command_of_the_tutorial_works(sandbox: Any) -> None:
    said: dict[str, str] = {}
    for command in commands():
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=sandbox.project,
            env=sandbox.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        said[command] = done.stdout
    found, nothing = [out for command, out in said.items() if command.startswith("memctl recall")]
    assert found.endswith("/the-web-client-is-built-with-pnpm-npm.md\n")
    assert nothing == ""
    assert len(said["memctl list"].splitlines()) == 2
    assert len(said["memctl log"].splitlines()) == 4
    assert "UserPromptSubmit" in said["memctl hooks test claude-code"]
