"""What memctl starts is never a file of the project: one way to find a program, for all of them."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from memctl import programs
from memctl.cli import editor
from memctl.errors import MemctlError
from memctl.hooks import git_hooks, status
from memctl.llm.command import CommandProvider
from memctl.store.history import git
from memctl.store.history.git import environment
from tests.kit.cli import Memctl
from tests.kit.warm import Warm

SYSTEM = "/usr/bin:/bin"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, in which everybody stands, with programs that leave a mark in it."""
    root = tmp_path / "project"
    for folder in ("bin", "deep"):
        (root / folder).mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for name in ("git", "vim", "answer"):
        program = root / "bin" / name
        program.write_text(f"#!/bin/sh\ntouch {root}/ran\n")
        program.chmod(0o755)
    monkeypatch.chdir(root)
    return root


def entries(root: Path) -> dict[str, str]:
    """Every way in which an entry of PATH leads into the project."""
    outside = root.parent / "outside"
    outside.symlink_to(root / "bin")
    return {
        "relative": "bin",
        "dotted": "./bin",
        "absolute": str(root / "bin"),
        "unnormalised": f"{root}/deep/../bin/",
        "through the process": "/proc/self/cwd/bin",
        "through a link": str(outside),
    }


WAYS = ("relative", "dotted", "absolute", "unnormalised", "through the process", "through a link")


@pytest.mark.parametrize("way", WAYS)
def test_a_program_of_the_project_is_never_found(
    project: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = entries(project)[way]
    monkeypatch.setenv("PATH", f"{entry}:{SYSTEM}")
    assert git.program() == programs.find("git") in ("/usr/bin/git", "/bin/git")
    assert programs.find("answer") is None
    assert programs.path() == environment()["PATH"] == SYSTEM
    with pytest.raises(MemctlError):
        CommandProvider("answer").warm()
    monkeypatch.setenv("EDITOR", "answer -w")
    with pytest.raises(MemctlError, match="outside this project"):
        editor.edit_bytes(b"x", "x.md")
    assert not status._runs("answer")
    git_hooks.states(str(project))
    assert not (project / "ran").exists()


def test_an_empty_entry_is_not_the_folder_one_stands_in(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "bin")
    monkeypatch.setenv("PATH", f":{SYSTEM}::")
    assert programs.find("answer") is None
    assert programs.find("git") != str(project / "bin" / "git")


def test_the_doctor_runs_no_git_of_the_project(project: Path, warm: Warm) -> None:
    for way in ("bin", str(project / "bin")):
        Memctl(cwd=project, warm=warm)("doctor", code=None, PATH=f"{way}:{SYSTEM}")
    assert not (project / "ran").exists()


@pytest.mark.parametrize("word", ["bin/answer", "./bin/answer", "../project/bin/answer"])
def test_a_relative_editor_or_command_is_not_run(
    project: Path, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", word)
    with pytest.raises(MemctlError):
        editor.edit_bytes(b"x", "x.md")
    with pytest.raises(MemctlError):
        CommandProvider(word).warm()
    assert not (project / "ran").exists()


@pytest.mark.parametrize(
    "stand",
    [
        pytest.param(lambda root: root.parent, id="beside the programs"),
        pytest.param(lambda root: Path("/"), id="at the root"),
        pytest.param(lambda root: Path("/usr"), id="above the system's programs"),
    ],
)
def test_a_program_of_the_persons_own_is_found(
    project: Path, stand: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In their home too, wherever they stand; also when the home is kept in git."""
    own = Path(os.environ["HOME"]) / ".local" / "bin"
    own.mkdir(parents=True)
    (own / "answer").symlink_to(project / "bin" / "answer")  # as a tool is linked that one works on
    monkeypatch.setenv("PATH", f"{own}:{SYSTEM}")
    monkeypatch.chdir(stand(project))
    assert programs.find("answer") == str(own / "answer")
    assert programs.find("git")
    (own.parent.parent / ".git").mkdir()
    monkeypatch.chdir(own.parent.parent)
    assert programs.find("answer") == str(own / "answer")
