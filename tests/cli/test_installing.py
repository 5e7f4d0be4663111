"""What a person sees of a change to an agent's settings before it is made."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from memctl.agents import table
from memctl.cli.confirming import Look, carry_out
from memctl.cli.installing import in_short
from memctl.cli.output import Output
from memctl.cli.run import Run
from memctl.hooks import install, targets

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
