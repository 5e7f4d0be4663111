"""Settings: who wins, where a value came from, and what a wrong one says."""

import os
from pathlib import Path

import pytest

from memctl import settings
from memctl.errors import MemctlError
from tests.kit.cli import Memctl


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = Path(os.environ["HOME"]) / ".config" / "memctl" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


def test_flag_over_environment_over_file_over_default(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.load().selector == "auto"
    config.write_text('selector = "llm"\n')
    assert settings.load().origins["selector"] == str(config)
    monkeypatch.setenv("MEMCTL_SELECTOR", "lexical")
    assert settings.load().selector == "lexical"
    assert settings.load({"selector": "llm"}).origins["selector"] == "flag"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('selector = "best"', "selector"),
        ("deadline = -1", "deadline"),
        ("deadline = true", "deadline"),
        ('limit = "many"', "limit"),
        ("limit = 0", "limit"),
        ("semantic = 3", "semantic"),
        ("approval = 1", "approval"),
        ('approval = {"user.person.create" = "always"}', "approval"),
        ("not toml", "config.toml"),
    ],
)
def test_a_wrong_value_names_its_place(config: Path, line: str, named: str) -> None:
    config.write_text(line + "\n")
    with pytest.raises(MemctlError, match=named) as caught:
        settings.load()
    assert caught.value.hint


def test_set_keeps_comments_and_tables(config: Path, tmp_path: Path) -> None:
    config.write_text('# mine\ndeadline = 3.0\n\n[approval]\n"user.person.create" = "auto"\n')
    memctl = Memctl(cwd=tmp_path)
    memctl("config", "set", "deadline", "5")
    memctl("config", "set", "selector", "lexical")
    assert config.read_text() == (
        '# mine\ndeadline = 5\n\nselector = "lexical"\n[approval]\n"user.person.create" = "auto"\n'
    )
    memctl("config", "set", "selector", "")
    assert memctl("config", "get", "selector").lines == ["auto"]


def test_set_refuses_what_would_not_load(config: Path, tmp_path: Path) -> None:
    memctl = Memctl(cwd=tmp_path)
    assert "one of auto, llm, lexical" in memctl("config", "set", "selector", "x", code=2).err
    assert not config.exists()
    memctl("config", "get", "selektor", code=2)


def test_unknown_keys_are_said(config: Path, tmp_path: Path) -> None:
    config.write_text('selectr = "llm"\n')
    assert "selectr" in Memctl(cwd=tmp_path)("config").err


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [("limit", "0", "a whole number from 1"), ("limit", "bogus", "from 1"), ("selector", "best", "lexical")],
)
def test_set_refuses_what_would_not_work(
    config: Path, tmp_path: Path, name: str, value: str, accepted: str
) -> None:
    done = Memctl(cwd=tmp_path)("config", "set", name, value, code=2)
    assert f"error: {name} is '{value}'" in done.err
    assert accepted in done.err
    assert not config.exists()


def test_set_puts_a_wrong_value_right(config: Path, tmp_path: Path) -> None:
    config.write_text("limit = 0\n")
    memctl = Memctl(cwd=tmp_path)
    assert "from 1" in memctl("config", "list", code=1).err
    memctl("config", "set", "limit", "07")
    memctl("config", "set", "deadline", ".5")
    assert config.read_text() == "limit = 7\ndeadline = 0.5\n"
    assert memctl("config", "get", "limit").lines == ["7"]
