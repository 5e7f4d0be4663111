"""Global options of `memctl hook`, before and after the verb: taken, and never a reason to fail."""

import json
from pathlib import Path

import pytest

from memctl.hooks.call import log_file
from memctl.hooks.entry import wanted
from tests.kit.cli import Memctl
from tests.kit.topics import topic


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A memory directory that no rule but --dir finds."""
    directory = tmp_path / "other place"
    directory.mkdir()
    (directory / "crane.md").write_text(topic("crane", "Colour of the crane", "It is teal.\n"))
    (directory / "MEMORY.md").write_text("- [Crane](crane.md) — Colour of the crane\n")
    return directory


@pytest.fixture
def plain(tmp_path: Path) -> Memctl:
    cwd = tmp_path / "plain"
    cwd.mkdir()
    return Memctl(cwd)


def start(memctl: Memctl, *arguments: str) -> str:
    event = {"hook_event_name": "SessionStart", "session_id": "s", "source": "startup"}
    done = memctl(*arguments, stdin=json.dumps({**event, "cwd": str(memctl.cwd)}))
    assert done.err == ""
    return done.out


@pytest.mark.parametrize("form", ["--dir {}", "--dir={}"])
@pytest.mark.parametrize("place", ["before", "between", "after", "last"])
def test_the_directory_is_taken_wherever_it_stands(plain: Memctl, other: Path, form: str, place: str) -> None:
    option = [part.format(other) for part in form.split(" ")]
    noise = ["-q", "--json", "--color", "never", "--color=always"]
    line = {
        "before": [*option, *noise, "hook", "claude-code", "SessionStart"],
        "between": ["hook", *noise, *option, "claude-code", "SessionStart"],
        "after": ["hook", "claude-code", *option, *noise, "SessionStart"],
        "last": [*noise, "hook", "claude-code", "SessionStart", *option],
    }[place]
    assert "crane.md" in start(plain, *line)
    assert "crane.md" in start(plain, *[word for word in line if word != "SessionStart"])


@pytest.mark.parametrize("form", [["-C", "{}"], ["-C{}"]])
@pytest.mark.parametrize("after", [False, True])
def test_another_start_is_taken(
    plain: Memctl, memctl: Memctl, other: Path, tmp_path: Path, form: list[str], after: bool
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    Memctl(elsewhere)("save", "It is teal.", "--name", "crane")
    option = [part.format("../elsewhere") for part in form]
    line = ["hook", "claude-code", *option] if after else [*option, "hook", "claude-code"]
    assert "crane.md" in start(plain, *line)
    assert "crane.md" in start(plain, *line, "--dir", "../other place"), "from there"


BAD = [
    ["hook", "claude-code", "--dir"],
    ["hook", "claude-code", "--dir", "/dev/null"],
    ["hook", "claude-code", "--dir", "\x01"],
    ["--dir=", "hook", "claude-code"],
    ["hook", "-C", "/not/there", "claude-code"],
    ["hook", "claude-code", "-C"],
    ["hook", "claude-code", "--unknown", "--color", "purple"],
    ["--color", "hook", "hook", "--help"],
    ["hook"],
]


@pytest.mark.parametrize("line", BAD, ids=" ".join)
def test_no_option_makes_a_hook_fail(plain: Memctl, line: list[str]) -> None:
    if line[-1] == "--help":
        assert "Usage" in plain(*line).out
        return
    assert start(plain, *line) == ""
    assert Path(log_file()).read_text().count("\n") == 1


def test_what_a_start_leaves_undone_is_logged(plain: Memctl) -> None:
    start(plain, "hook", "-C", "/not/there", "claude-code")
    assert "outcome=FileNotFoundError" in Path(log_file()).read_text()


def test_only_the_verb_hook_is_a_hook() -> None:
    assert wanted(["--dir", "hook", "list"]) is None
    assert wanted(["save", "hook"]) is None
    assert wanted(["--dir", "d", "hook", "git", "post-commit"]) == ["--dir", "d", "git", "post-commit"]
