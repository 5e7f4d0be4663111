"""Settings: who wins, where a value came from, and what a wrong one says."""

import os
from pathlib import Path

import pytest

from memctl import settings
from memctl.cli.output import Output
from memctl.cli.show.tables import settings_table
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
        '# mine\ndeadline = 5\nselector = "lexical"\n\n[approval]\n"user.person.create" = "auto"\n'
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


@pytest.mark.parametrize("value", ["1e12", "inf", "nan", "3601", "1" + "0" * 400])
def test_no_deadline_is_longer_than_a_clock_can_wait(config: Path, memctl: Memctl, value: str) -> None:
    said = memctl("recall", "--deadline", value, "x", code=2)
    assert "0 to 3,600" in said.err
    assert "Traceback" not in said.err
    assert "MEMCTL_DEADLINE" in memctl("recall", "x", code=1, MEMCTL_DEADLINE=value).err
    config.write_text(f"deadline = {value}\n")
    assert "config.toml" in memctl("recall", "x", code=1).err


@pytest.mark.parametrize("line", ["limit = inf", "limit = nan", "limit = 9223372036854775808"])
def test_no_number_overflows(config: Path, line: str) -> None:
    config.write_text(line + "\n")
    with pytest.raises(MemctlError, match="limit"):
        settings.load()


@pytest.mark.parametrize(("given", "kept"), [(".5", 0.5), ("007", 7.0), ("1e3", 1000.0), ("1_0", 10.0)])
def test_a_number_is_written_as_toml_has_it(config: Path, memctl: Memctl, given: str, kept: float) -> None:
    memctl("config", "set", "deadline", given)
    assert settings.load().deadline == kept


def test_a_linked_file_stays_a_link(config: Path, memctl: Memctl, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "memctl.toml"
    config.symlink_to(target)
    memctl("config", "set", "selector", "lexical", code=None)
    target.parent.mkdir(exist_ok=True)
    target.write_text("# mine\n")
    memctl("config", "set", "selector", "lexical")
    assert config.is_symlink()
    assert target.read_text() == '# mine\nselector = "lexical"\n'
    assert [f.name for f in target.parent.iterdir()] == ["memctl.toml"]


@pytest.mark.parametrize("columns", [40, 80])
def test_a_terminal_shows_each_setting_with_its_origin_and_a_sentence(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int
) -> None:
    config.write_text("deadline = 3\n")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("MEMCTL_LIMIT", "7")
    settings_table(Output(), settings.load())
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert lines[0] == "selector = auto  (default)"
    assert f"deadline = 3.0  ({config}; default: 8.0)" in lines
    assert "limit = 7  (MEMCTL_LIMIT; default: 5)" in lines
    said = " ".join(shown.split())
    for name, sentence in settings.meanings().items():
        assert len(sentence.split()) > 2, f"{name} says nothing of itself"
        assert sentence in said
    assert max(len(line) for line in lines if line.startswith("    ")) <= columns
