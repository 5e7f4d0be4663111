"""What an agent's own program is started with when memctl asks it something."""

from pathlib import Path

import pytest

from memctl.agents.clients import opencode
from memctl.llm.provider import Prompt

PROMPT = Prompt("enrich", "s", "u", {"type": "object"})


def test_opencode_is_asked_for_its_settings_without_the_marks_of_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    program = tmp_path / "bin" / "opencode"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n/usr/bin/env > {told}\necho \'{{"small_model": "near/by"}}\'\n')
    program.chmod(0o755)
    tree = tmp_path / "tree"
    (tree / ".git").mkdir(parents=True)
    monkeypatch.chdir(tree)
    monkeypatch.setenv("PATH", f"{tree}:{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("CLAUDECODE", "1")

    call = opencode.CLIENT.ask(PROMPT, "", str(tmp_path))

    assert call.arguments[-1] == "near/by"
    environment = dict(line.split("=", 1) for line in told.read_text().splitlines() if "=" in line)
    assert "CLAUDECODE" not in environment
    assert str(tree) not in environment["PATH"].split(":")
    assert environment["MEMCTL_IN_PROVIDER"] == "1"
