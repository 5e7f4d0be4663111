"""Shell completion, asked as bash asks it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from typer._completion_shared import get_completion_script

from memctl.services.guard.names import check_name
from tests.kit.cli import COMMAND, Memctl
from tests.kit.warm import Warm


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


ACTIVE = (
    "deploy$(touch ran)", "deploy`touch ran`", "deploy\\$(touch ran)", "deploy'$(touch ran)'",
    'deploy"$(touch ran)"', "deploy;touch ran", "deploy|touch ran", "deploy>ran", "deploy)touch ran",
    "deploy(e:touch ran:)", "deploy:a$(touch ran)", "deploy!x", "deploy{a,b}", "deploy~", "deploy#c",
    "deploy*", "deploy?", "-deploy",
)  # fmt: skip
HONEST = ("deploy-window", "deploy_2.old", "deployé", "deploy on tuesdays")

SHELLS = {
    "bash": """
        source <(printf '%s\\n' "$SCRIPT")
        COMP_WORDS=(memctl show dep) COMP_CWORD=2
        _memctl_completion memctl
        for word in "${COMPREPLY[@]}"; do eval "set -- memctl show $word"; printf '%s\\n' "${*:3}"; done
    """,
    # what the completion's own function does with an action, from zsh's source
    "zsh": """
        function _arguments { local action=${1#'*: :'}; eval ws=\\( "${action[3,-3]}" \\) }
        function compdef { : }
        source <(printf '%s\\n' "$SCRIPT")
        words=(memctl show dep) CURRENT=3
        _memctl_completion
        for word in $ws; do print -r -- ${word//\\\\:/:}; done
    """,
    "fish": """
        echo "$SCRIPT" | source
        complete -C "memctl show dep"
    """,
}


@pytest.mark.parametrize("shell", SHELLS)
def test_no_name_runs_anything_in_a_shell_that_completes_it(
    memory_dir: Path, tmp_path: Path, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither on TAB nor on Enter; and what a person calls a memory is offered, as one word."""
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed")
    for name in (*ACTIVE, *HONEST):
        (memory_dir / f"{name}.md").write_text("A fact.\n")
    for name in ("work", "bin"):
        (tmp_path / name).mkdir()
    program = tmp_path / "bin" / "memctl"
    program.write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("MEMCTL_DIR", str(memory_dir))
    script = get_completion_script(prog_name="memctl", complete_var="_MEMCTL_COMPLETE", shell=shell)
    bare = {"bash": "--norc", "zsh": "-f", "fish": "--no-config"}[shell]
    done = subprocess.run(
        [found, bare, "-c", SHELLS[shell]], cwd=tmp_path / "work", capture_output=True, text=True, check=True,
        env={**os.environ, "SCRIPT": script},
    )  # fmt: skip
    offered = done.stdout.splitlines()
    assert list((tmp_path / "work").iterdir()) == []
    assert set(HONEST) <= set(offered) <= {*ACTIVE, *HONEST}


def test_a_new_name_is_none_that_a_shell_would_read(memctl: Memctl, warm: Warm) -> None:
    memctl.warm = warm
    memctl("save", "The client is built with pnpm", "--name", "known")
    for name in ("deploy$(id)", "deploy;id", "deploy`id`", "-rf"):
        memctl("save", "Deploys go out on Tuesday", f"--name={name}", code=5)
        memctl("mv", "--", "known", name, code=5)
    for char in "$`\\\"';&|<>(){}[]*?!#~%^=, \t\n":
        assert [f.severity for f in check_name(f"deploy{char}")] == ["error"], char


def test_an_old_name_that_a_shell_would_read_is_usable_and_quoted_in_hints(
    memctl: Memctl, warm: Warm, memory_dir: Path
) -> None:
    memctl.warm = warm
    (memory_dir / "deploy$(id).md").write_text("Deploys go out on Tuesday.\n")
    assert "Tuesday" in memctl("show", "deploy$(id)").out
    said = memctl("doctor", code=1).out
    assert "'deploy$(id)'" in said
    assert "memctl mv deploy$(id)" not in said
    memctl("mv", "deploy$(id)", "deploy-window")
    assert memctl("list").lines == [str(memory_dir / "deploy-window.md")]
