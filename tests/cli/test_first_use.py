"""What someone meets who uses memctl for the first time: bare commands, help, typing errors, pipes."""

import re

import pytest

from memctl.cli.app import VERBS
from tests.kit.cli import Memctl
from tests.kit.warm import Warm


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


@pytest.mark.parametrize(("typed", "meant"), [("lst", "list"), ("serch", "search"), ("recal", "recall")])
def test_a_mistyped_verb_is_told_what_is_near(memctl: Memctl, typed: str, meant: str) -> None:
    done = memctl(typed, code=2)
    assert done.err.splitlines() == [f"memctl: error: no such verb: {typed}", done.err.splitlines()[1]]
    assert f"did you mean {meant}" in done.err
    assert done.out == ""


def test_forgotten_quotes_are_told(memctl: Memctl) -> None:
    assert "put the whole query in quotes" in memctl("recall", "deploy", "friday", code=2).err
    assert "quotes" not in memctl("path", "a", "b", code=2).err


def test_the_log_of_a_name_that_never_was(memctl: Memctl) -> None:
    memctl("save", "Deploys go out on Tuesday", "--name", "deploy-window")
    memctl("forget", "deploy-window")
    assert len(memctl("log", "deploy-window").lines) == 2
    done = memctl("log", "deploy-windw", code=3)
    assert done.out == ""
    assert "did you mean deploy-window?" in done.err


def test_eval_names_the_line_of_a_name_that_is_not_there(memctl: Memctl) -> None:
    memctl("save", "Deploys go out on Tuesday", "--name", "deploy-window")
    file = memctl.cwd / "queries.jsonl"
    file.write_text(
        '{"query": "when do deploys go out on a tuesday?", "expect": ["deploy-window"]}\n'
        '{"query": "x", "expect": ["deploy-windw"]}\n'
    )
    done = memctl("eval", str(file), code=3)
    assert f"{file}, line 2: " in done.err
    assert "did you mean deploy-window?" in done.err


def test_eval_of_what_is_no_file_or_no_share(memctl: Memctl) -> None:
    done = memctl("eval", "none.jsonl", code=2)
    assert "none.jsonl: No such file or directory" in done.err
    assert "Errno" not in done.err
    (memctl.cwd / "q.jsonl").write_text('{"query": "x", "expect": []}\n')
    assert "0<=x<=1" in memctl("eval", "q.jsonl", "--fail-under", "90", code=2).err


def test_figures_in_words(memctl: Memctl) -> None:
    memctl("save", "Deploys go out on Tuesday", "--name", "deploy-window")
    assert "index.over_budget: false" in memctl("stats").lines
    assert "1 memory, 1 candidate" in memctl("why", "deploys").lines[0]


def test_verbose_says_which_directory_and_how_a_recall_was_made(memctl: Memctl) -> None:
    memctl("save", "Deploys go out on Tuesday", "--name", "deploy-window")
    quiet, said = (memctl("recall", "when do deploys go out?", *how) for how in ([], ["-v"]))
    assert quiet.out == said.out
    assert f"memory directory: {memctl.directory} (MEMCTL_DIR)" in said.err
    assert re.search(r"1 of 1 memory \(lexical, \d+ ms\)", said.err)
    assert "memory directory" not in quiet.err
    assert "MEMCTL_DIR" in memctl("-v", "list").err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("list",), 0, "no memories here yet"),
        (("review", "--accept", "all"), 0, "nothing waits for a verdict"),
        (("review", "--reject", "all"), 0, "nothing waits for a verdict"),
        (("review", "--reject"), 2, "memctl review --help"),
        (("session", "show", "redis cache"), 3, "memctl session show --find 'redis cache'"),
        (("save", "Tides are in metres.", "--when", " "), 2, "--when was given without a prompt"),
    ],
)
def test_what_does_nothing_says_so(
    words: tuple[str, ...], code: int, said: str, memctl: Memctl, warm: Warm
) -> None:
    memctl.warm = warm
    done = memctl(*words, code=code)
    assert said in done.err
    assert done.out == ""
