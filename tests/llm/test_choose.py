"""Which provider answers is the user's own choice, and nobody else's."""

import time
from pathlib import Path

import pytest

from memctl import settings
from memctl.errors import ModelFailed
from memctl.llm import ledger
from memctl.llm.choose import choose
from memctl.llm.prompts import SELECT_SCHEMA
from memctl.llm.provider import Prompt, Usage

PROMPT = Prompt("select", "", "", SELECT_SCHEMA)


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATE", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"MEMCTL_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("API_KEY", "AUTH_TOKEN", "BASE_URL", "PROFILE", "CONFIG_DIR", "CUSTOM_HEADERS"):
        monkeypatch.delenv(f"ANTHROPIC_{name}", raising=False)
    monkeypatch.delenv("MEMCTL_IN_PROVIDER", raising=False)


def echo(folder: Path) -> str:
    """A command that answers with its own arguments as file names."""
    program = folder / "echo-args"
    program.write_text('#!/bin/sh\ncat >/dev/null\nprintf \'{"files": ["%s"]}\' "$*"\n')
    program.chmod(0o755)
    return str(program)


def test_without_a_command_the_sdk_is_asked() -> None:
    chosen = choose(settings.load(), "select")
    assert (chosen.name, chosen.model) == ("anthropic", settings.Settings().model)


@pytest.mark.parametrize("purpose", ["select", "enrich", "extract"])
def test_each_purpose_has_a_model_of_its_own(purpose: str) -> None:
    given = {"model": "m-select", "enrich_model": "m-enrich", "extract_model": "m-extract"}
    assert choose(settings.load(given), purpose).model == f"m-{purpose}"


def test_a_command_goes_before_the_sdk(tmp_path: Path) -> None:
    assert choose(settings.load({"command": echo(tmp_path)}), "select").name == "command"
    both = {"command": echo(tmp_path), "provider": "anthropic"}
    assert choose(settings.load(both), "select").name == "anthropic"


def test_a_command_is_told_a_model_only_when_the_user_named_one(tmp_path: Path) -> None:
    command = echo(tmp_path) + " model={model}"
    plain = choose(settings.load({"command": command}), "select").ask(PROMPT, 20.0)
    named = choose(settings.load({"command": command, "model": "mine"}), "select").ask(PROMPT, 20.0)
    assert (plain.data["files"], named.data["files"]) == (["model="], ["model=mine"])


def test_a_command_asked_for_and_not_given_is_a_failure_with_a_hint() -> None:
    with pytest.raises(ModelFailed) as caught:
        choose(settings.load({"provider": "command"}), "select").warm()
    assert caught.value.hint


def test_a_repository_chooses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / ".env").write_text(
        "ANTHROPIC_API_KEY=theirs\nANTHROPIC_BASE_URL=http://127.0.0.1:9\nMEMCTL_COMMAND=evil\n"
    )
    (project / "config.toml").write_text('command = "evil"\n')
    (project / ".memctl").mkdir()
    (project / ".memctl" / "config.toml").write_text('command = "evil"\n')
    monkeypatch.chdir(project)
    chosen = choose(settings.load(), "select")
    assert chosen.name == "anthropic"
    with pytest.raises(ModelFailed) as caught:
        chosen.ask(PROMPT, 20.0)
    assert caught.value.slug == "no-credentials"


def test_calls_are_entered_and_the_daily_cap_holds(tmp_path: Path) -> None:
    given = {"command": echo(tmp_path), "daily_cap_usd": 0.5}
    choose(settings.load(given), "select").ask(PROMPT, 20.0)
    assert [entry.outcome for entry in ledger.entries()] == ["ok"]
    ledger.append(ledger.Entry(time.time(), "enrich", "anthropic", "m", Usage(), 0.6, "ok", 1.0))
    with pytest.raises(ModelFailed) as caught:
        choose(settings.load(given), "select").ask(PROMPT, 20.0)
    assert caught.value.slug == "cap"
    assert "daily_cap_usd" in (caught.value.hint or "")
    assert choose(settings.load({**given, "daily_cap_usd": 0.0}), "select").ask(PROMPT, 20.0).data
