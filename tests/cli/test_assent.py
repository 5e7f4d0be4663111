"""A no is exit 1 and says what was not done, whatever is asked; Ctrl-C is the parser's own."""

import io
from pathlib import Path

import pytest
import typer

from memctl.cli.assent import assure
from memctl.errors import Cancelled
from tests.kit.cli import Memctl
from tests.kit.terminal import Terminal


class Interrupted(io.StringIO):
    """A terminal on which Ctrl-C is pressed."""

    def readline(self, *_: object) -> str:
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("typed", "default", "agrees"),
    [
        ("y\n", False, True),
        ("yes\n", False, True),
        ("n\n", True, False),
        ("\n", False, False),
        ("\n", True, True),
        ("", True, False),
    ],
)
def test_a_no_and_the_end_of_the_input_are_cancelled(
    typed: str, default: bool, agrees: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    if agrees:
        assure("Go on?", default=default)
    else:
        with pytest.raises(Cancelled, match="nothing was erased"):
            assure("Go on?", default=default, undone="nothing was erased")


def test_ctrl_c_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Interrupted())
    with pytest.raises(typer.Abort):
        assure("Go on?")


@pytest.mark.parametrize(("key", "code"), [("\x04", 1), ("\x03", 130)])
def test_what_a_terminal_is_asked_ends_by_the_answer(
    memctl: Memctl, memory_dir: Path, key: str, code: int
) -> None:
    memctl("save", "Cranes are teal", "--name", "crane")
    with Terminal(["forget", "--for-good", "crane"], memctl.cwd, memctl.environment()) as terminal:
        terminal.wait_for("Go on?")
        terminal.press(key)
        assert terminal.code() == code
    assert (memory_dir / "crane.md").exists()
