"""`config set`: one key of the user's own file changes, and every other byte stays."""

import os
import tomllib
from pathlib import Path

import pytest

from memctl.errors import MemctlError
from memctl.services import configure
from tests.kit.cli import Memctl


@pytest.fixture
def config() -> Path:
    """The user's own file; its folder is there, it is not."""
    file = Path(os.environ["MEMCTL_CONFIG_DIR"]) / "config.toml"
    file.parent.mkdir(parents=True)
    return file


EDITS = {
    "an inline comment": (
        'selector = "llm"  # the key is paid for\n',
        'selector = "lexical"  # the key is paid for\n',
    ),
    "a quoted key": ('"selector" = "llm" # q\n', '"selector" = "lexical" # q\n'),
    "indentation": ('  selector   =   "llm"\t# q\n', '  selector   =   "lexical"\t# q\n'),
    "a value of several lines": (
        'selector = """\nllm\n""" # why\ndeadline = 3\n',
        'selector = "lexical" # why\ndeadline = 3\n',
    ),
    "a value of several lines above": (
        'command = """\nclaude \\\n  [-p]\nselector = 1\n"""\nselector = "llm"\n',
        'command = """\nclaude \\\n  [-p]\nselector = 1\n"""\nselector = "lexical"\n',
    ),
    "a list above": (
        'unknown = [\n  "a", # one\n  "b",\n]\nselector = "llm"\n',
        'unknown = [\n  "a", # one\n  "b",\n]\nselector = "lexical"\n',
    ),
    "dotted keys": (
        'approval."user.person.create" = "auto"\nselector = "llm"\n',
        'approval."user.person.create" = "auto"\nselector = "lexical"\n',
    ),
    "CRLF": (
        '# x\r\nselector = "llm" # y\r\n\r\n[approval]\r\n"*.*.*" = "ask"\r\n',
        '# x\r\nselector = "lexical" # y\r\n\r\n[approval]\r\n"*.*.*" = "ask"\r\n',
    ),
}


@pytest.mark.parametrize("case", EDITS)
def test_nothing_but_the_value_changes(config: Path, case: str) -> None:
    before, after = EDITS[case]
    config.write_text(before, newline="")
    configure.write("selector", "lexical")
    assert config.read_bytes().decode() == after


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# only a comment\n",
        "deadline = 3",
        '[approval]\n"*.*.*" = "ask"  # mine\n',
        'deadline = 3\n\n# my rules\n[approval]\n"*.*.*" = "ask"\n',
        'approval = {"*.*.*" = "ask"} # mine\n',
        'approval."*.*.*" = "ask" # mine\n',
        'deadline = 3\napproval."*.*.*" = "ask"',
        '[other.deep]\nx = 1\n\n[[list]]\nselector = "not this one"\n',
        'deadline = 3 # s\r\n\r\n[approval]\r\n"*.*.*" = "ask"\r\n',
    ],
)
def test_a_new_key_stands_at_the_top_level(config: Path, before: str) -> None:
    config.write_text(before, newline="")
    configure.write("selector", "lexical")
    after = config.read_bytes().decode()
    assert tomllib.loads(after) == tomllib.loads(before) | {"selector": "lexical"}
    assert set(before.splitlines()) <= set(after.splitlines())
    assert after.count("\n") == after.count("\r\n") or "\r" not in after
    configure.write("selector", "")
    assert tomllib.loads(config.read_bytes().decode()) == tomllib.loads(before)


def test_a_table_where_a_value_belongs_is_put_right(config: Path) -> None:
    config.write_text('[approval]\n"*.*.*" = "ask"\n\n[selector]\nx = 1\n')
    configure.write("selector", "llm")
    assert tomllib.loads(config.read_text()) == {"approval": {"*.*.*": "ask"}, "selector": "llm"}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664])
def test_the_mode_is_kept(config: Path, mode: int) -> None:
    config.write_text("deadline = 3\n")
    config.chmod(mode)
    configure.write("selector", "llm")
    assert config.stat().st_mode & 0o777 == mode


def test_a_new_file_is_private(config: Path) -> None:
    config.parent.rmdir()
    configure.write("selector", "llm")
    assert config.stat().st_mode & 0o777 == 0o600
    assert config.parent.stat().st_mode & 0o777 == 0o700


def test_a_link_is_written_through(config: Path, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "memctl.toml"
    target.parent.mkdir()
    target.write_text('selector = "llm"  # mine\n')
    target.chmod(0o640)
    config.symlink_to("../dotfiles/memctl.toml")
    assert configure.write("selector", "lexical") == str(target)
    assert config.is_symlink()
    assert target.read_text() == 'selector = "lexical"  # mine\n'
    assert target.stat().st_mode & 0o777 == 0o640
    assert [f.name for f in target.parent.iterdir()] == ["memctl.toml"]


DAMAGED = {
    b'deadline = 3\nselector = "x\n': "line 2",
    b'selector = "a"\nselector = "b"\n': "line 2",
    b"# a\n# b\nnot toml\n": "line 3",
    b'# a\ncommand = "\xff"\n': "line 2",
    b"a = 1\n\xef\xbb\xbfb = 2\n": "line 2",
}


@pytest.mark.parametrize("raw", DAMAGED)
@pytest.mark.parametrize("value", ["lexical", ""])
def test_a_damaged_file_is_named_with_its_line_and_left_alone(config: Path, raw: bytes, value: str) -> None:
    config.write_bytes(raw)
    with pytest.raises(MemctlError) as caught:
        configure.write("selector", value)
    assert str(config) in caught.value.message
    assert DAMAGED[raw] in caught.value.message
    assert (caught.value.slug, bool(caught.value.hint)) == ("config", True)
    assert config.read_bytes() == raw
    assert [f.name for f in config.parent.iterdir()] == ["config.toml"]


def test_a_failed_write_leaves_the_old_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("deadline = 3\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        configure.write("selector", "llm")
    assert config.read_text() == "deadline = 3\n"
    assert [f.name for f in config.parent.iterdir()] == ["config.toml"]


@pytest.mark.parametrize("text", ["claude -p", 'a "b" \\c', "two\nlines", "日本\u200b", "tab\tand \x7f"])
def test_a_text_comes_back_as_it_was_given(config: Path, text: str) -> None:
    configure.write("command", text)
    assert tomllib.loads(config.read_text())["command"] == text


def test_the_command_says_what_is_damaged(config: Path, memctl: Memctl) -> None:
    config.write_text("deadline = 3\nnot toml\n")
    done = memctl("config", "set", "selector", "llm", code=1)
    assert (done.out, str(config) in done.err, "line 2" in done.err) == ("", True, True)
    assert "Traceback" not in memctl("config", "set", "command", "\udcff", code=None).err
