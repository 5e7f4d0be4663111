"""What a person sees of a change to an agent's settings before it is made."""

import json
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from memctl.agents import table
from memctl.cli import asking, folding
from memctl.cli.confirming import Look, carry_out
from memctl.cli.installing import in_short, wire
from memctl.cli.output import Output
from memctl.cli.run import Run
from memctl.cli.show.wiring import print_status
from memctl.hooks import departure, install, presence, targets
from tests.kit.cli import Memctl

NOTE = "memctl: --diff shows every line of it\n"


@pytest.fixture
def agent() -> table.Agent:
    found = table.find("claude-code")
    assert found is not None
    return found


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of an agent, with a hook of the person's own; stdout is a terminal."""
    for name in ("HOME", "CLAUDE_CONFIG_DIR", "MEMCTL_STATE_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(Output, "on_terminal", True)
    hooks: dict[str, Any] = {"SessionStart": [{"hooks": [{"type": "command", "command": "say done"}]}]}
    (tmp_path / "settings.json").write_text(json.dumps({"hooks": hooks}, indent=2))
    return tmp_path / "settings.json"


@pytest.mark.parametrize("look", [Look(dry_run=True), Look(diff=True), Look()])
def test_one_command_at_many_events_is_one_line_unless_every_line_is_asked_for(
    agent: table.Agent, settings: Path, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    before = settings.read_text()
    plan = install.plan(agent)
    carry_out(Run(), [plan], Look(look.dry_run, True, look.diff, partial(in_short, agent)), "installed")
    out, err = capsys.readouterr()
    if look == Look():
        events = ", ".join(event for event, _ in agent.dialect().events)
        added = len(settings.read_text().splitlines()) - len(before.splitlines())
        command = targets.command(agent.name)
        assert out == f"{settings}: {added} lines added\n  + {command}\n    at {events}\n"
        assert err == f"{NOTE}memctl: installed\n"
    else:
        assert out.count(f"hook {agent.name}") == len(agent.dialect().events)
        assert NOTE not in err
    assert (settings.read_text() == before) is look.dry_run


def test_a_command_that_is_replaced_is_shown_beside_the_new_one(agent: table.Agent, settings: Path) -> None:
    install.plan(agent).carry_out()
    old = settings.read_text().replace("-I -c", "-P -c")
    settings.write_text(old)
    plan = install.plan(agent)
    gone, come = in_short(agent, plan)
    assert gone.startswith("- ")
    assert "-P -c" in gone
    assert come.startswith("+ ")
    assert "-I -c" in come
    assert [line.split("\n")[1] for line in (gone, come)] == [gone.split("\n")[1]] * 2, "at the same events"
    plan.carry_out()
    assert {one[0] for one in in_short(agent, install.plan(agent, remove=True))} == {"-"}


def tree(*folders: Path) -> dict[Path, bytes]:
    """Every file below the folders, but those of git itself."""
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return {file: file.read_bytes() for file in files if ".git" not in file.parts}


def test_every_agent_comes_and_goes_in_an_empty_home_at_80_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For the person and for a project of theirs: what is said fits the terminal, and nothing is left behind."""
    home, project = tmp_path / "h", tmp_path / "p"
    for folder in (home, project):
        folder.mkdir()
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "CLAUDECODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(project)
    monkeypatch.setattr(Output, "on_terminal", True)
    monkeypatch.setattr(folding, "columns", lambda stream: 80)
    roots = [None, str(project)]
    for agent in table.hooked():
        run = Run()
        for root in roots:
            assert wire(run, agent, root, [], Look(yes=True), force=False), "it is new"
            assert not wire(run, agent, root, [], Look(yes=True), force=False), "and then it is not"
        there = presence.everywhere(agent, list(roots))
        assert [(one.status.scope, one.status.state) for one in there] == [
            ("user", "installed"),
            ("project", "installed"),
        ]
        print_status(run, there)
        plans, staying = departure.plans(agent, list(roots), [], force=False)
        carry_out(run, plans, Look(yes=True, short=partial(in_short, agent)), "removed")
        assert staying == []
    out, err = capsys.readouterr()
    assert [line for line in (out + err).splitlines() if len(line) > 80 and " " in line.strip()] == []
    said = " ".join(err.split())
    assert said.count("as untracked: keep it out of commits") == len(table.hooked())
    assert said.count("calls memctl too; one is enough") == len(table.hooked())
    assert tree(home, project) == {}
    assert {path.name for path in project.iterdir()} == {".git"}


@pytest.mark.parametrize(
    ("ignored", "tracked", "said"),
    [("", False, "as untracked"), (".gemini/", False, "git ignores .gemini/settings.json: no commit"),
     (".gemini/", True, "git tracks .gemini/settings.json")],
)  # fmt: skip
def test_what_git_makes_of_a_projects_settings_is_said(
    memctl: Memctl, ignored: str, tracked: bool, said: str
) -> None:
    file = memctl.cwd / ".gemini" / "settings.json"
    file.parent.mkdir()
    file.write_text("{}\n")
    git = ["git", "-C", str(memctl.cwd)]
    subprocess.run([*git, "init", "-q"], check=True)
    (memctl.cwd / ".gitignore").write_text(ignored)
    if tracked:
        subprocess.run([*git, "add", "-f", ".gemini"], check=True)
    (change,) = memctl("hooks", "install", "gemini", "--project", "--dry-run", "--json").json["changes"]
    assert change["git"] == ("tracked" if tracked else "ignored" if ignored else "untracked")
    assert said in memctl("hooks", "install", "gemini", "--project").err
    assert "git" not in memctl("hooks", "install", "gemini", "--project").err.replace("gemini", "")


def test_a_projects_hooks_are_seen_and_taken_out_without_saying_so(memctl: Memctl) -> None:
    (change,) = memctl("hooks", "install", "codex", "--project", "--json").json["changes"]
    assert change["git"] is None, "no repository"
    (row,) = memctl("hooks", "status", "codex", "--json").json["hooks"]
    assert (row["scope"], row["state"]) == ("project", "installed")
    assert "(this project: SessionStart" in memctl("hooks", "status").out
    (mine,) = memctl("hooks", "status", "codex", "--user", "--json").json["hooks"]
    assert (mine["scope"], mine["state"]) == ("user", "absent")
    trials = memctl("hooks", "test", "codex", "--json").json["trials"]
    assert {(trial["scope"], trial["ok"]) for trial in trials} == {("project", True)}
    memctl("hooks", "test", "codex", "--user", code=3)
    memctl("hooks", "install", "codex")
    memctl("hooks", "remove", "codex", "--user")
    assert (memctl.cwd / ".codex" / "hooks.json").exists()
    changes = memctl("hooks", "remove", "codex", "--json").json["changes"]
    assert [change["path"] for change in changes] == [str(memctl.cwd / ".codex" / "hooks.json")]
    assert not (memctl.cwd / ".codex").exists()


def test_a_question_that_was_answered_with_no_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "MEMCTL_STATE_DIR", "MEMCTL_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    for agent in table.AGENTS:
        for mark in agent.marks:
            monkeypatch.delenv(mark, raising=False)
    asked: list[str] = []
    monkeypatch.setattr(Output, "can_ask", True)
    monkeypatch.setattr(asking, "_confirmed", lambda question, default: asked.append(question) or False)

    def ask(**more: bool) -> int:
        asking.own_model(Run(), "codex", None, may_ask=True, **more)
        return len(asked)

    assert (ask(), ask()) == (1, 1)
    assert ask(again=True) == 2, "who asks for the question gets it"
    asking.take_back(Run(), "codex")
    assert ask() == 3, "its hooks went in between"
