"""Shell completion, asked as bash asks it."""

from pathlib import Path

import pytest

from tests.kit.cli import Memctl


def completed(memctl: Memctl, line: str) -> list[str]:
    """What the shell offers for the last word of `line`."""
    words = line.split(" ")
    done = memctl(_MEMCTL_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1))
    assert done.err == ""
    return done.out.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("memctl rec", ["recall"]),
        ("memctl config get mem", ["memory_dir", "memory_home"]),
        ("memctl config set sem", ["semantic"]),
        ("memctl hooks install c", ["claude-code", "codex", "cursor"]),
        ("memctl hooks status g", ["gemini", "git"]),
        ("memctl hooks test g", ["gemini"]),
    ],
)
def test_words_that_are_always_there(memctl: Memctl, line: str, offered: list[str]) -> None:
    assert completed(memctl, line) == offered


def test_forgotten_names_where_they_are_taken(memctl: Memctl) -> None:
    memctl("save", "Deploys go out on Tuesday", "--name", "deploy-window")
    memctl("save", "The client is built with pnpm", "--name", "depends-on-pnpm")
    memctl("forget", "deploy-window")
    assert completed(memctl, "memctl show dep") == ["depends-on-pnpm"]
    assert completed(memctl, "memctl restore dep") == ["depends-on-pnpm", "deploy-window"]
    assert completed(memctl, "memctl log deploy") == ["deploy-window"]


def test_names_in_the_directory_that_the_line_gives(memctl: Memctl, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "elsewhere.md").write_text("A fact.\n")
    assert completed(memctl, f"memctl --dir {other} show e") == ["elsewhere"]
    assert completed(memctl, f"memctl show --dir {other} e") == ["elsewhere"]
    assert completed(memctl, "memctl show e") == []


def test_proposals_that_wait(memctl: Memctl) -> None:
    memctl("extract", "-", stdin="User: Remember that deploys go out on Tuesday only.\n")
    (line,) = memctl("review", "--list").lines
    known = line.split("\t")[0]
    for option in ("--accept", "--reject", "--show"):
        assert known in completed(memctl, f"memctl review {option} {known[:3]}")
