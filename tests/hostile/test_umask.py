"""What memctl makes is the person's alone, whatever their umask says: every verb, under `umask 000`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from memctl.agents import table
from memctl.cli.app import run
from memctl.hooks import detached
from tests.kit.cli import Memctl

VERBS = (
    "init",
    "save The_client_is_built_with_pnpm --name pnpm",
    "save Deploys_go_out_on_Tuesday --name deploys --pin",
    "recall deploys --selector lexical",
    "search pnpm",
    "context --for deploys --selector lexical --receipt",
    "why deploys --selector lexical",
    "mv deploys deploy-window",
    "forget pnpm",
    "restore pnpm",
    "undo",
    "index",
    "doctor --fix",
    "config set limit 3",
    "extract said.txt",
    "review --accept all",
    "stats",
    "verify",
    "project list",
    *(f"hooks install {agent.name} --yes" for agent in table.hooked()),
    *(f"hooks install {agent.name} --yes --project" for agent in table.hooked()),
    "hooks install git --yes --prepare-commit-msg",
    "hooks remove codex --yes",
)


@pytest.fixture
def open_umask() -> Iterator[None]:
    old = os.umask(0)
    yield
    os.umask(old)


def open_to_others(*roots: Path, since: set[Path]) -> list[str]:
    """What appeared below `roots` and anybody else may read, write or enter; a script of git's is run by others."""
    found = []
    for root in roots:
        for path in root.rglob("*"):
            mode = path.lstat().st_mode
            allowed = 0o055 if path.parent.name == "hooks" and not path.is_dir() else 0
            if path not in since and not path.is_symlink() and mode & 0o077 & ~allowed:
                found.append(f"{mode:o} {path}")
    return found


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "said.txt").write_text("User: Remember that backups run on Mondays only.\n")
    (root / ".git" / "hooks" / "post-merge").write_text("#!/bin/sh\n")
    monkeypatch.chdir(root)
    return root


def test_every_verb_makes_private_files_under_any_umask(
    project: Path, open_umask: None, capfd: pytest.CaptureFixture[str]
) -> None:
    """Called as functions, so that nothing but the mode each file is given protects it."""
    home = Path(os.environ["HOME"])
    before = {*home.rglob("*"), *project.rglob("*")}
    for line in VERBS:
        assert run([word.replace("_", " ") for word in line.split()]) in (0, 1), (
            line,
            capfd.readouterr().err,
        )
    made = {*home.rglob("*"), *project.rglob("*")} - before
    assert {path.name for path in made} >= {
        "memory",
        "history.git",
        "deploy-window.md",
        "config.toml",
        ".claude",
    }
    assert open_to_others(home, project, since=before) == []


def test_a_hook_and_the_completions_make_private_files_under_any_umask(
    project: Path, open_umask: None
) -> None:
    home = Path(os.environ["HOME"])
    before = {*project.rglob("*")}
    event = {"hook_event_name": "SessionEnd", "session_id": "s", "cwd": str(project)}
    event["transcript_path"] = str(project / "said.txt")
    line = [os.path.abspath(sys.executable), *detached.command("hook", "claude-code")[1:]]
    subprocess.run(line, input=json.dumps(event).encode(), check=True, cwd=project)
    Memctl(cwd=project)("--install-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert (home / ".bashrc").exists()
    assert (home / ".local" / "state" / "memctl" / "hooks.log").exists()
    assert open_to_others(home, project, since=before) == []
