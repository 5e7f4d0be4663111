"""What someone meets who uses memctl for the first time: bare commands, help, typing errors, pipes."""

import re

import pytest

from memctl.cli.app import VERBS
from tests.kit.cli import Memctl


def test_fields_of_a_piped_line_stand_between_real_tabs(memctl: Memctl) -> None:
    memctl.directory = None
    memctl("init")
    (line,) = memctl("project", "list").lines
    state, memories, root, directory = line.split("\t")
    assert (state, memories, root) == ("ok", "0", str(memctl.cwd))
    assert directory == memctl("path").out.strip()


def test_a_tab_inside_a_field_is_no_tab_between_fields(memctl: Memctl) -> None:
    memctl.directory = None
    memctl.cwd = memctl.cwd / "with\ttab"
    memctl.cwd.mkdir()
    memctl("init")
    fields = memctl("project", "list").out.rstrip("\n").split("\t")
    assert len(fields) == 4
    assert fields[2].endswith("with\\u{0009}tab")


@pytest.mark.parametrize("words", [[], ["hooks"], ["project"]])
def test_without_a_verb_the_help_is_the_answer(memctl: Memctl, words: list[str]) -> None:
    done = memctl(*words)
    assert "Usage: memctl " + "".join(w + " " for w in words) in done.out
    assert done.err == ""


def test_help_loses_no_brackets(memctl: Memctl) -> None:
    assert "'memctl-cli[mcp]'" in " ".join(memctl("mcp", "--help").out.split())
    line = next(line for line in memctl("--help", COLUMNS="200").lines if re.search(r"[│|] mcp ", line))
    assert "memctl-cli[mcp]" in line
    assert "\\" not in line


@pytest.mark.parametrize("verb", VERBS)
def test_every_help_is_on_stdout_and_shows_no_markup(memctl: Memctl, verb: str) -> None:
    done = memctl(verb, "--help", code=None)
    assert done.code == 0
    assert "\\[" not in done.out
