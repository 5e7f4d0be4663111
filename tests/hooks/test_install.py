"""`memctl hooks`, from outside: what it writes, what it leaves alone, and that it can be taken back."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from memctl.agents import table
from memctl.hooks import targets, trial
from tests.kit import cli

Memctl = Callable[..., "subprocess.CompletedProcess[str]"]

USER_FILES = {
    "claude-code": ".claude/settings.json",
    "codex": ".codex/hooks.json",
    "gemini": ".gemini/settings.json",
    "antigravity": ".gemini/config/hooks.json",
    "cursor": ".cursor/hooks.json",
    "opencode": ".config/opencode/plugins/memctl.js",
}
JSON_AGENTS = [agent for agent in USER_FILES if agent != "opencode"]
GROUPS = {"antigravity": "memctl"}
"""Under which key an agent's events stand, where that is not `hooks`."""


@pytest.fixture
def memctl(environment: dict[str, str], project: Path) -> Memctl:
    """Run memctl in the project."""

    return cli.Memctl(project, env=environment, alone=True).completed


@pytest.mark.parametrize("agent", USER_FILES)
def test_install_and_remove_leave_nothing_behind(memctl: Memctl, home: Path, agent: str) -> None:
    file = home / USER_FILES[agent]
    done = memctl("hooks", "install", agent)
    assert done.returncode == 0, done.stderr
    assert f"+++ {file}" in done.stdout, "the diff is shown"
    assert file.exists()
    assert file.stat().st_mode & 0o077 == 0
    again = memctl("hooks", "install", agent)
    assert again.returncode == 0
    assert again.stdout == ""
    assert memctl("hooks", "test", agent).returncode == 0
    assert memctl("hooks", "remove", agent).returncode == 0
    assert not file.exists()
    assert memctl("hooks", "remove", agent).returncode == 0, "removing what is not there is done already"


SETTINGS = [
    '{"theme":"dark"}',
    "{}",
    "{ }\n",
    '{\r\n    "model": "x",\r\n    "hooks": {}\r\n}\r\n',
    '\ufeff{\n\t"hooks": {\n\t\t"Stop": [],\n\t\t"PreToolUse": [{"matcher": "Bash", "hooks": []}]\n\t}\n}',
    '{"hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "mine"}]}], "x": 1}, "ü": "é"}\n',
]


@pytest.mark.parametrize("agent", JSON_AGENTS)
@pytest.mark.parametrize("text", SETTINGS)
def test_a_persons_settings_come_back_byte_for_byte(
    memctl: Memctl, home: Path, agent: str, text: str
) -> None:
    if agent == "cursor" and "mine" in text:
        text = text.replace("SessionStart", "sessionStart")
    group = GROUPS.get(agent, "hooks")
    text = text.replace('"hooks": {', f'"{group}": {{', 1)
    file = home / USER_FILES[agent]
    file.parent.mkdir(parents=True)
    file.write_bytes(text.encode())
    file.chmod(0o644)
    assert memctl("hooks", "install", agent).returncode == 0
    merged = json.loads(file.read_bytes().decode("utf-8-sig"))
    original = json.loads(text.lstrip("\ufeff"))
    assert {k: v for k, v in merged.items() if k != group} == {
        k: v for k, v in original.items() if k != group
    }
    for event, listed in original.get(group, {}).items():
        assert (merged[group][event][: len(listed)] if isinstance(listed, list) else listed) == listed
    assert file.stat().st_mode & 0o777 == 0o644
    assert memctl("hooks", "remove", agent).returncode == 0
    assert file.read_bytes() == text.encode()


@pytest.mark.parametrize("agent", JSON_AGENTS)
@pytest.mark.parametrize(
    "text", ["{", '{"hooks": []}', "[]", '{"hooks": {"Stop": 1, "stop": 1, "AfterAgent": 1}}', "\xff"]
)
def test_settings_that_the_host_cannot_read_are_refused_untouched(
    memctl: Memctl, home: Path, agent: str, text: str
) -> None:
    file = home / USER_FILES[agent]
    file.parent.mkdir(parents=True)
    text = text.replace('"hooks"', f'"{GROUPS.get(agent, "hooks")}"')
    file.write_bytes(text.encode("latin-1"))
    for verb in ("install", "remove"):
        done = memctl("hooks", verb, agent)
        assert done.returncode == 1 or verb == "remove"
        assert str(file) in done.stderr or verb == "remove"
        assert file.read_bytes() == text.encode("latin-1")


def test_gemini_comments_stay_and_claude_code_ones_are_refused(memctl: Memctl, home: Path) -> None:
    text = '{\n  // my theme\n  "theme": "dark" // trailing\n}\n'
    for agent, code in (("gemini", 0), ("claude-code", 1)):
        file = home / USER_FILES[agent]
        file.parent.mkdir(parents=True)
        file.write_text(text)
        assert memctl("hooks", "install", agent).returncode == code
        assert "// my theme" in file.read_text()
        memctl("hooks", "remove", agent)
        assert file.read_text() == text


def test_what_a_person_changed_meanwhile_stays(memctl: Memctl, home: Path) -> None:
    file = home / USER_FILES["claude-code"]
    file.parent.mkdir(parents=True)
    file.write_text('{\n  "model": "a"\n}\n')
    memctl("hooks", "install", "claude-code")
    file.write_text(file.read_text().replace('"model": "a"', '"model": "b",\n  "env": {"A": "1"}'))
    memctl("hooks", "remove", "claude-code")
    assert file.read_text() == '{\n  "model": "b",\n  "env": {"A": "1"}\n}\n'


def test_without_its_record_removal_goes_by_the_entries(memctl: Memctl, home: Path) -> None:
    file = home / USER_FILES["claude-code"]
    file.parent.mkdir(parents=True)
    file.write_text('{\n  "model": "a"\n}\n')
    memctl("hooks", "install", "claude-code")
    for record in (home / ".local/state/memctl/installed").iterdir():
        record.unlink()
    memctl("hooks", "remove", "claude-code")
    assert json.loads(file.read_text()) == {"model": "a"}


@pytest.mark.parametrize(
    "old",
    [
        "memctl hook claude-code",
        "/opt/x/bin/memctl hook claude-code",
        "/gone/python -I -m memctl hook claude-code",
    ],
)
def test_old_entries_are_known_and_replaced(memctl: Memctl, home: Path, old: str) -> None:
    file = home / USER_FILES["claude-code"]
    file.parent.mkdir(parents=True)
    theirs = {"type": "command", "command": "echo memctl hook claude-code"}
    ours = {"type": "command", "command": old}
    text = json.dumps({"hooks": {"Stop": [{"hooks": [theirs, ours]}], "SessionStart": [{"hooks": [ours]}]}})
    file.write_text(text)
    state = json.loads(memctl("hooks", "status", "claude-code", "--json").stdout)["hooks"][0]["state"]
    assert state in ("outdated", "broken")
    memctl("hooks", "install", "claude-code")
    merged = file.read_text()
    assert json.dumps(old) not in merged
    assert theirs in json.loads(merged)["hooks"]["Stop"][0]["hooks"]
    memctl("hooks", "remove", "claude-code")
    assert json.loads(file.read_text()) == {"hooks": {"Stop": [{"hooks": [theirs]}]}}


@pytest.mark.parametrize("agent", JSON_AGENTS)
def test_a_file_that_another_version_made_is_written_anew(memctl: Memctl, home: Path, agent: str) -> None:
    """It holds nothing but memctl's entries, so nothing is left of it once those are taken out."""
    memctl("hooks", "install", agent)
    file, (record,) = home / USER_FILES[agent], home.glob(".local/state/memctl/installed/*.json")
    wanted = file.read_text()
    for written in (file, record):
        written.write_text(written.read_text().replace(os.path.abspath(sys.executable), "/gone/python"))
    assert file.read_text() != wanted
    done = memctl("hooks", "install", agent)
    assert done.returncode == 0, done.stderr
    assert file.read_text() == wanted
    memctl("hooks", "remove", agent)
    assert not file.exists()


def test_status_names_every_state(memctl: Memctl, home: Path) -> None:
    def state() -> str:
        return str(json.loads(memctl("hooks", "status", "claude-code", "--json").stdout)["hooks"][0]["state"])

    file = home / USER_FILES["claude-code"]
    assert state() == "absent"
    memctl("hooks", "install", "claude-code")
    assert state() == "installed"
    text = file.read_text()
    settings = json.loads(text)
    del settings["hooks"]["Stop"]
    file.write_text(json.dumps(settings))
    assert state() == "partial"
    file.write_text(text.replace(sys.executable, "/gone/python"))
    assert state() == "broken"
    everything = json.loads(memctl("hooks", "status", "--json").stdout)["hooks"]
    assert {entry["agent"] for entry in everything} == {*USER_FILES, "git"}


def test_a_dry_run_writes_nothing(memctl: Memctl, home: Path) -> None:
    for agent in USER_FILES:
        assert memctl("hooks", "install", agent, "--dry-run").stdout
    assert [p for p in home.rglob("*") if p.is_file()] == []


def test_project_level_is_only_on_request(memctl: Memctl, home: Path, project: Path) -> None:
    memctl("hooks", "install", "claude-code", "--project")
    assert (project / ".claude" / "settings.local.json").exists()
    assert not (home / USER_FILES["claude-code"]).exists()
    memctl("hooks", "remove", "claude-code", "--project")
    assert not (project / ".claude" / "settings.local.json").exists()


@pytest.mark.parametrize("agent", USER_FILES)
def test_a_link_in_a_project_leads_nowhere_else(
    memctl: Memctl, home: Path, project: Path, tmp_path: Path, agent: str
) -> None:
    """A cloned repository may hold any link; installing at project level must not write through it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in (".claude", ".codex", ".gemini", ".agents", ".cursor", ".opencode"):
        (project / name).symlink_to(elsewhere)
    done = memctl("hooks", "install", agent, "--project")
    assert done.returncode == 5
    assert "leads out of the project" in done.stderr
    assert list(elsewhere.iterdir()) == []


def test_a_settings_file_that_is_no_file_is_refused(memctl: Memctl, home: Path) -> None:
    (home / ".claude").mkdir()
    os.mkfifo(home / ".claude" / "settings.json")
    assert memctl("hooks", "install", "claude-code").returncode == 1


def test_a_linked_settings_file_stays_a_link(memctl: Memctl, home: Path, tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles.json"
    dotfiles.write_text("{}\n")
    file = home / USER_FILES["claude-code"]
    file.parent.mkdir()
    file.symlink_to(dotfiles)
    memctl("hooks", "install", "claude-code")
    assert file.is_symlink()
    assert "SessionStart" in dotfiles.read_text()
    memctl("hooks", "remove", "claude-code")
    assert dotfiles.read_text() == "{}\n"


@pytest.mark.skipif(os.geteuid() == 0 and not os.path.exists("/dev/full"), reason="needs a disk that refuses")
def test_a_settings_folder_that_is_a_file_is_an_honest_failure(memctl: Memctl, home: Path) -> None:
    (home / ".claude").write_text("in the way")
    done = memctl("hooks", "install", "claude-code")
    assert done.returncode == 1
    assert "memctl: error:" in done.stderr
    assert (home / ".claude").read_text() == "in the way"


def test_the_installed_command_runs_from_anywhere_in_a_bare_environment(home: Path, tmp_path: Path) -> None:
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    for name in ("memctl.py", "os.py", "json.py"):
        (shadow / name).write_text("raise SystemExit(2)")
    done = subprocess.run(
        ["/bin/sh", "-c", targets.command("claude-code")],
        input=b"{}",
        env={"HOME": str(home), "PYTHONPATH": str(shadow)},
        cwd=shadow,
        check=False,
    )
    assert done.returncode == 0


def test_test_says_what_is_wrong(memctl: Memctl, home: Path) -> None:
    assert memctl("hooks", "test", "claude-code").returncode == 3
    memctl("hooks", "install", "claude-code")
    file = home / USER_FILES["claude-code"]
    file.write_text(file.read_text().replace(sys.executable, "/gone/python"))
    done = memctl("hooks", "test", "claude-code")
    assert done.returncode == 1
    assert "not run: it is not this memctl's command" in done.stdout


PLANTED = (
    "env memctl hook {agent} ; touch {mark}",
    "env sh -c 'touch {mark}' memctl hook {agent}",
    "{own}; touch {mark}",
    "{own} $(touch {mark})",
    "{own}\ntouch {mark}",
    "touch {mark} && {own}",
    "{own} ",
)


def test_test_runs_no_command_that_a_project_planted(memctl: Memctl, project: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    gemini = table.find("gemini")
    assert gemini is not None
    lines = [line.format(agent="gemini", mark=mark, own=targets.command("gemini")) for line in PLANTED]
    assert all(trial.run(gemini, {"SessionStart": line})[0].trouble.startswith("not run") for line in lines)
    events = [event for event, _ in gemini.dialect().events]
    hooks = {
        event: [{"hooks": [{"type": "command", "command": line}]}]
        for event, line in zip(events, lines, strict=False)
    }
    file = project / ".gemini" / "settings.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"hooks": hooks}))
    assert memctl("hooks", "test", "gemini", "--project").returncode == 1
    assert not mark.exists()


def test_test_runs_no_plugin_but_tells_one_that_is_not_this_memctls(memctl: Memctl, home: Path) -> None:
    memctl("hooks", "install", "opencode")
    assert memctl("hooks", "test", "opencode").returncode == 0
    file = home / USER_FILES["opencode"]
    file.write_text(file.read_text() + "// more\n")
    done = memctl("hooks", "test", "opencode")
    assert done.returncode == 1
    assert "not run" in done.stdout


def test_an_unknown_agent_is_a_usage_error(memctl: Memctl) -> None:
    assert memctl("hooks", "install", "nobody").returncode == 2
