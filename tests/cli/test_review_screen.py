from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memctl.store.memories import MemoryStore
from tests.kit import sessions as kit
from tests.kit.cli import Memctl, topic
from tests.kit.terminal import Terminal

TURNS = [
    ("user", "From now on use tabs in Go."),
    ("user", "Remember that Priya owns billing."),
    ("user", "Never push to main."),
]
PROMPT = "[q]uit  ?"

Open = Callable[..., Terminal]


@pytest.fixture
def opened(memctl: Memctl, tmp_path: Path) -> Iterator[Open]:
    """`memctl review` on a terminal, with three proposals waiting."""
    memctl("extract", str(kit.write(TURNS, "claude-code", tmp_path)))
    running: list[Terminal] = []

    def start(*arguments: str, **env: str) -> Terminal:
        terminal = Terminal(["review", *arguments], memctl.cwd, {**memctl.environment(), **env})
        running.append(terminal)
        return terminal

    yield start
    for terminal in running:
        terminal.__exit__(None, None, None)


def test_one_proposal_at_a_time_with_its_diff_and_evidence(
    opened: Open, memctl: Memctl, memory_dir: Path
) -> None:
    screen = opened()
    first = screen.wait_for(PROMPT)
    assert "1 of 3" in first
    assert "+Use tabs in Go." in first
    assert "“From now on use tabs in Go.”" in first
    assert "\x1b[32m+Use tabs in Go." in screen.raw, "additions are green"
    screen.press("a")
    assert "accepted: use-tabs-go" in screen.wait_for("2 of 3")
    screen.wait_for(PROMPT)
    screen.press("r")
    screen.wait_for("reason")
    screen.press("not true\n")
    screen.wait_for("3 of 3")
    screen.wait_for(PROMPT)
    screen.press("l")
    assert "1 accepted, 1 rejected, 1 later; 1 left in the inbox" in screen.wait_for("left in the inbox")
    assert screen.code() == 0
    assert sorted(p.stem for p in memory_dir.glob("*.md")) == ["MEMORY", "use-tabs-go"]
    assert [line.split("\t")[2] for line in memctl("review", "--list").lines] == ["never-push-main"]


def test_undo_takes_the_last_verdict_back(opened: Open, memory_dir: Path) -> None:
    screen = opened()
    screen.wait_for(PROMPT)
    screen.press("u")
    screen.wait_for("no verdict to take back")
    screen.wait_for(PROMPT)
    screen.press("a")
    screen.wait_for("2 of 3")
    screen.wait_for(PROMPT)
    assert (memory_dir / "use-tabs-go.md").exists()
    screen.press("u")
    screen.wait_for("use-tabs-go is back in the inbox")
    assert "1 of 3" in screen.wait_for(PROMPT)
    assert not (memory_dir / "use-tabs-go.md").exists()
    screen.press("q")
    assert screen.code() == 0
    assert "3 left in the inbox" in screen.text


def test_edit_shows_the_new_diff_before_anything_is_saved(opened: Open, memory_dir: Path) -> None:
    screen = opened(EDITOR="sed -i s/tabs.in.Go/tabs_everywhere/")
    screen.wait_for(PROMPT)
    screen.press("e")
    assert "+Use tabs_everywhere." in screen.wait_for(PROMPT)
    assert not list(memory_dir.glob("*.md"))
    screen.press("a")
    screen.wait_for("2 of 3")
    (saved,) = MemoryStore(str(memory_dir)).memories()[0]
    assert saved.body == "Use tabs_everywhere.\n"
    screen.wait_for(PROMPT)
    screen.press("q")
    assert screen.code() == 0


def test_other_keys_and_arrows_show_the_help(opened: Open) -> None:
    screen = opened()
    screen.wait_for(PROMPT)
    for keys in ("x", "\x1b[A", "?"):
        screen.press(keys)
        screen.wait_for("accept: save what the diff shows")
        screen.wait_for(PROMPT)
    screen.press("q")
    assert screen.code() == 0


def test_ctrl_c_is_130_and_leaves_the_terminal_as_it_was(opened: Open, memctl: Memctl) -> None:
    screen = opened()
    screen.wait_for(PROMPT)
    screen.press("\x03")
    assert screen.code() == 130
    assert len(memctl("review", "--list").lines) == 3


def test_a_target_that_changes_while_it_is_shown_is_shown_again(
    memctl: Memctl, memory_dir: Path, tmp_path: Path
) -> None:
    (memory_dir / "logs.md").write_text(
        topic("logs", "Keep logs of staging for 30 days", "Keep logs of staging for 30 days.\n")
    )
    memctl(
        "extract",
        str(kit.write([("user", "From now on keep logs of staging for 90 days.")], "text", tmp_path)),
    )
    with Terminal(["review"], memctl.cwd, memctl.environment()) as screen:
        screen.wait_for(PROMPT)
        (memory_dir / "logs.md").write_text(topic("logs", "Logs", "By hand, meanwhile.\n"))
        screen.press("a")
        screen.wait_for("logs.md changed since this was proposed; nothing was written")
        shown = screen.wait_for(PROMPT)
        assert " By hand, meanwhile." in shown
        assert "By hand, meanwhile." in (memory_dir / "logs.md").read_text()
        screen.press("a")
        assert screen.code() == 0
    body = MemoryStore(str(memory_dir)).find("logs").body
    assert "By hand, meanwhile." in body
    assert "90 days" in body


def test_nothing_that_steers_the_terminal_gets_through(memctl: Memctl, tmp_path: Path) -> None:
    text = "Remember that the \x1b[2J\x1b]0;pwned\x07 port is 5433 \u202egnp.exe."
    memctl("extract", str(kit.write([("user", text)], "claude-code", tmp_path)))
    with Terminal(["review"], memctl.cwd, {**memctl.environment(), "NO_COLOR": "1"}) as screen:
        if memctl("review", "--list").lines:
            screen.wait_for(PROMPT)
            screen.press("q")
        screen.code()
        assert "\x1b[2J" not in screen.raw
        assert "\x1b]0" not in screen.raw
        assert "\u202e" not in screen.raw


def test_an_empty_inbox_says_so(memctl: Memctl) -> None:
    with Terminal(["review"], memctl.cwd, memctl.environment()) as screen:
        screen.wait_for("nothing waits for a verdict")
        assert screen.code() == 0
