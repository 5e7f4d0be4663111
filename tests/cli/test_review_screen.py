import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from memctl.cli.output import Output
from memctl.cli.run import Run
from memctl.cli.screens import review_screen
from memctl.cli.screens.folding import fitted
from memctl.cli.screens.ranges import chosen
from memctl.cli.screens.review_screen import Screen
from memctl.cli.show.proposals import Shown, proposal_table
from memctl.domain.proposal import Evidence, Proposal
from memctl.services.review.verdicts import Review
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import arrivals
from memctl.store.state.resolve import Place
from tests.kit import sessions as kit
from tests.kit.cli import Memctl
from tests.kit.terminal import Terminal
from tests.kit.topics import topic
from tests.services.review.test_verdicts import proposal

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
    assert "accepted: tabs-go" in screen.wait_for("2 of 3")
    screen.wait_for(PROMPT)
    screen.press("r")
    screen.wait_for("reason")
    screen.press("not true\n")
    screen.wait_for("3 of 3")
    screen.wait_for(PROMPT)
    screen.press("l")
    assert "1 accepted, 1 rejected, 1 later; 1 left in the inbox" in screen.wait_for("left in the inbox")
    assert screen.code() == 0
    assert sorted(p.stem for p in memory_dir.glob("*.md")) == ["MEMORY", "tabs-go"]
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
    assert (memory_dir / "tabs-go.md").exists()
    screen.press("u")
    screen.wait_for("tabs-go is back in the inbox")
    assert "1 of 3" in screen.wait_for(PROMPT)
    assert not (memory_dir / "tabs-go.md").exists()
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


def test_other_keys_say_so_in_one_line_and_a_question_mark_explains(opened: Open) -> None:
    screen = opened()
    screen.wait_for(PROMPT)
    for keys in ("x", "\x1b[A", "\r"):
        screen.press(keys)
        assert len(screen.wait_for(PROMPT).strip().split("\n")) == 2, "one line and the prompt"
    screen.press("?")
    screen.wait_for("accept: save what the diff shows")
    screen.wait_for(PROMPT)
    screen.press("q")
    assert screen.code() == 0


def test_ctrl_c_sums_up_and_is_130(opened: Open, memctl: Memctl) -> None:
    screen = opened()
    screen.wait_for(PROMPT)
    screen.press("a")
    screen.wait_for(PROMPT)
    screen.press("\x03")
    assert "\nmemctl: 1 accepted; 2 left in the inbox" in screen.wait_for("left in the inbox")
    assert screen.code() == 130
    assert len(memctl("review", "--list").lines) == 2


@pytest.mark.parametrize("keys", ["\x03", "\x04"])
def test_a_rejection_is_called_off_at_the_reason(opened: Open, memctl: Memctl, keys: str) -> None:
    screen = opened()
    screen.wait_for(PROMPT)
    screen.press("r")
    screen.wait_for("reason")
    screen.press(keys)
    screen.wait_for("\nnot rejected\n")
    screen.wait_for(PROMPT)
    screen.press("q")
    assert screen.code() == 0
    assert len(memctl("review", "--list").lines) == 3


def test_one_named_proposal_is_decided(opened: Open, memctl: Memctl) -> None:
    wanted = memctl("review", "--list").lines[1].split("\t")[0]
    screen = opened(wanted[:5])
    assert "1 of 1" in screen.wait_for(PROMPT)
    screen.press("r")
    screen.wait_for("reason")
    screen.press("\n")
    screen.wait_for("1 rejected; 2 left in the inbox")
    assert screen.code() == 0
    assert wanted not in memctl("review", "--list").out


def test_what_another_review_decided_meanwhile_is_not_decided_again(opened: Open, memctl: Memctl) -> None:
    screen = opened()
    screen.wait_for(PROMPT)
    memctl("review", "--reject", memctl("review", "--list").lines[0].split("\t")[0])
    screen.press("a")
    assert "1 of 2" in screen.wait_for("tabs-go was decided in another review meanwhile")
    screen.wait_for(PROMPT)
    screen.press("q")
    screen.wait_for("nothing decided; 2 left in the inbox")
    assert memctl("log").lines == []


def test_without_an_editor_set_vi_is_opened(opened: Open, tmp_path: Path) -> None:
    place = tmp_path / "bin"
    place.mkdir()
    (place / "vi").write_text('#!/bin/sh\nsed -i s/tabs.in.Go/tabs_everywhere/ "$1"\n')
    (place / "vi").chmod(0o755)
    screen = opened(PATH=f"{place}:{os.environ['PATH']}", EDITOR="", VISUAL="")
    screen.wait_for(PROMPT)
    screen.press("e")
    assert "+Use tabs_everywhere." in screen.wait_for(PROMPT)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("kill -INT $$", "was interrupted; nothing was changed"),
        ("exit 3", "exited with 3; nothing was changed"),
        (': > "$1"', "the text was emptied; nothing was changed"),
        ('rm "$1"', "the text was emptied; nothing was changed"),
        ("true", "the text is as it was"),
    ],
)
def test_an_edit_that_came_to_nothing_leaves_nothing(
    opened: Open, memctl: Memctl, tmp_path: Path, script: str, said: str
) -> None:
    before = memctl("review", "--list", "--json").json
    screen = opened(EDITOR=editor(tmp_path, script), TMPDIR=str(copies(tmp_path)))
    screen.wait_for(PROMPT)
    screen.press("e")
    screen.wait_for(said)
    screen.wait_for(PROMPT)
    assert list(copies(tmp_path).iterdir()) == []
    assert memctl("review", "--list", "--json").json == before


def test_a_changed_text_of_an_interrupted_edit_is_kept_and_named(opened: Open, tmp_path: Path) -> None:
    script = 'echo "More." >> "$1"; kill -INT $$'
    screen = opened(EDITOR=editor(tmp_path, script), TMPDIR=str(copies(tmp_path)))
    screen.wait_for(PROMPT)
    screen.press("e")
    screen.wait_for("your text is in ")
    (kept,) = copies(tmp_path).rglob("*.md")
    assert kept.read_text().endswith("More.\n")


@pytest.mark.parametrize("script", [': > "$1"', 'rm "$1"'])
def test_emptying_the_file_calls_an_edit_off(
    memctl: Memctl, memory_dir: Path, tmp_path: Path, script: str
) -> None:
    (memory_dir / "logs.md").write_text(topic("logs", "Logs", "Keep them.\n"))
    result = memctl("edit", "logs", code=1, EDITOR=editor(tmp_path, script), TMPDIR=str(copies(tmp_path)))
    assert "the text was emptied; nothing was changed" in result.err
    assert (memory_dir / "logs.md").read_text() == topic("logs", "Logs", "Keep them.\n")
    assert list(copies(tmp_path).iterdir()) == []


def editor(tmp_path: Path, script: str) -> str:
    path = tmp_path / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def copies(tmp_path: Path) -> Path:
    folder = tmp_path / "copies"
    folder.mkdir(exist_ok=True)
    return folder


def test_a_target_that_changes_while_it_is_shown_is_shown_again(
    memctl: Memctl, memory_dir: Path, tmp_path: Path
) -> None:
    (memory_dir / "logs.md").write_text(
        topic(
            "logs", "Keep logs of staging for 30 days", "Keep logs of staging for 30 days.\n\nFor audits.\n"
        )
    )
    memctl(
        "extract",
        str(kit.write([("user", "From now on keep logs of staging for 90 days.")], "text", tmp_path)),
    )
    with Terminal(["review"], memctl.cwd, memctl.environment()) as screen:
        screen.wait_for(PROMPT)
        (memory_dir / "logs.md").write_text(topic("logs", "Logs", "By hand, meanwhile.\n"))
        screen.press("a")
        shown = screen.wait_for("logs.md changed since this was proposed; nothing was written")
        assert " By hand, meanwhile." in shown
        assert len(screen.wait_for(PROMPT).strip().split("\n")) <= 3, "why stands right above the keys"
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


def test_a_name_that_steers_the_terminal_is_shown_escaped(opened: Open, memory_dir: Path) -> None:
    desk = Review(Place(str(memory_dir), str(memory_dir), []), now=0.0)
    for entry in desk.inbox.entries()[0]:
        desk.inbox.put(replace(entry, proposal=replace(entry.proposal, name="a\x1b]0;owned\x07\x1b[8m")))
    screen = opened()
    screen.wait_for(PROMPT)
    screen.press("r")
    screen.wait_for("reason")
    screen.press("\n")
    screen.wait_for(PROMPT)
    screen.press("u")
    assert "is back in the inbox" in screen.wait_for("is back in the inbox")
    assert "\x1b]0;owned" not in screen.raw
    assert "\x1b[8m" not in screen.raw
    screen.press("q")


NOW = 1_795_000_000.0
ABOUT = """\
── 1 of 1 ──────────────────────────────
create project memory tides.md
  from session s1, file, found by rules on 2026-11-18; id 93
"""
DIFF = """\

--- /dev/null
+++ b/tides.md
@@ -0,0 +1,12 @@
+---
+name: tides
+description: Tides are in metres.
+metadata:
+  type: project
+  created: 2026-11-18T11:06:40.000Z
+  modified: 2026-11-18T11:06:40.000Z
+  origin: file
+  evidence: s1#t0, s1#t1, s1#t2
+  originSessionId: s1
+---
+Tides are in metres.
"""
WARNING = "  ! this stands in a file or a pasted text: who said it is not certain\n"
ONE_QUOTE = """\
  “Tide table 0 is in metres, as the harbour office the harbour office the harb…
  … 2 more pieces of evidence: v shows all
"""


@pytest.mark.parametrize(
    ("rows", "evidence"), [("23", ONE_QUOTE), ("12", "  … 3 pieces of evidence: v shows all\n")]
)
def test_text_and_keys_stand_on_a_low_screen_with_the_evidence_folded(
    memory_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    rows: str,
    evidence: str,
) -> None:
    quotes = [f"Tide table {n} is in metres, as {'the harbour office ' * 5}says." for n in range(3)]
    draft = Proposal(
        id="93", operation="create", name="tides", type="project", description="Tides are in metres.",
        body="Tides are in metres.\n", evidence=tuple(Evidence(f"t{n}", q) for n, q in enumerate(quotes)),
        origin="file", session="s1", created=NOW,
    )  # fmt: skip
    arrivals.put(str(memory_dir), draft)
    keys = iter("vq")
    monkeypatch.setattr(Screen, "_key", lambda screen: next(keys))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", rows)
    Screen(Run(), Review(Place(str(memory_dir), str(memory_dir), []), now=NOW)).show()
    again = "── 1 of 1: create tides [file]\n" if rows == "12" else ""
    first = ABOUT + DIFF + evidence + WARNING + again
    shown = capsys.readouterr().out
    assert shown.startswith(first)
    assert rows == "12" or first.count("\n") + 1 == int(rows), "the keys stand in the last row"
    whole = "".join(f"  said in t{n}: “{quote}”\n" for n, quote in enumerate(quotes))
    assert shown[len(first) :] == ABOUT.split("\n", 1)[1] + DIFF + "\n" + whole + WARNING, "with v"


def test_a_low_screen_offers_no_evidence_where_there_is_none() -> None:
    shown = Shown(["about"], ["+ line"] * 9, [], [], ["  ! a warning"])
    assert fitted(shown, 5, 80) == [*shown.about, "", *shown.diff, *shown.warnings]


def test_a_list_cuts_descriptions_and_never_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    about = {
        "type": "project",
        "description": "what it says, " * 9,
        "body": "",
        "evidence": (),
        "origin": "file",
    }
    names = ["short", "n" * 45, "n" * 90]
    listed = [
        Proposal(id=f"{n}" * 32, operation="create", name=name, **about) for n, name in enumerate(names)
    ]
    proposal_table(Output(), listed)
    lines = capsys.readouterr().out.splitlines()
    assert [name in line.split() for name, line in zip(names, lines, strict=True)] == [True] * 3
    assert [line.endswith("…") for line in lines] == [True, True, False]
    assert [len(line) for line in lines[:2]] == [80, 80]


@pytest.mark.parametrize(("room", "kept", "last"), [(20, 9, ""), (9, 2, "7 more"), (3, 0, "9 things")])
def test_on_a_low_screen_the_list_of_what_is_lost_is_folded(room: int, kept: int, last: str) -> None:
    shown = Shown(["about"], ["- line"] * 3, [], [], ["  ! a warning"], [f"  ! lost {n}" for n in range(9)])
    folded = [f"  ! {last} lost: v shows all"] if last else []
    head = [*shown.about, "", *shown.diff, *([""] if not last else []), *shown.warnings]
    assert fitted(shown, room, 80) == [*head, *shown.lost[:kept], *folded]


@pytest.mark.parametrize(
    ("text", "places"),
    [("1-2 4", [0, 1, 3]), ("3-", [2, 3]), ("-2,2", [0, 1]), ("all", [0, 1, 2, 3]), ("", []),
     ("0", "there are 1 to 4"), ("5", "there are"), ("3-1", "there are"), ("x", "give numbers"), ("-", "give numbers")],
)  # fmt: skip
def test_several_are_chosen_by_numbers_and_ranges(text: str, places: list[int] | str) -> None:
    if isinstance(places, list):
        assert chosen(text, 4) == places
        return
    with pytest.raises(ValueError, match=places):
        chosen(text, 4)


@pytest.mark.parametrize(("key", "left"), [("a", ["two"]), ("r", ["two"]), ("x", ["one", "three", "two"])])
def test_several_are_shown_and_decided_by_one_key(
    memory_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    key: str,
    left: list[str],
) -> None:
    for at, name in enumerate(("one", "two", "three")):
        arrivals.put(str(memory_dir), proposal(name, f"The {name} quay is closed.\n", created=NOW + at))
    keys, asked = iter("sq"), []
    monkeypatch.setattr(Screen, "_key", lambda screen: next(keys))
    monkeypatch.setattr(Screen, "_line", lambda screen, question: "1 3" if "select" in question else "")
    monkeypatch.setattr(review_screen, "press", lambda question, stream: asked.append(question) or key)
    desk = Review(Place(str(memory_dir), str(memory_dir), []), now=NOW)
    Screen(Run(), desk).show()
    said = capsys.readouterr()
    assert "   3  create three\n" in said.out
    assert asked[0].startswith("2 shown above: [a]ccept  [r]eject")
    assert said.out.count("+The one quay is closed.") > 1, "shown when it was selected"
    assert "+The three quay is closed." in said.out
    assert sorted(entry.proposal.name for entry in desk.inbox.entries()[0]) == left
    flag = {"a": "--accept", "r": "--reject"}.get(key)
    assert ("the same as: memctl review" in said.err) == bool(flag)
    assert flag is None or re.search(
        rf"the same as: memctl review {flag} [0-9a-f]{{10}}\s+[0-9a-f]{{10}}\n", said.err
    )


@pytest.mark.parametrize(
    ("keys", "said"), [("uq", "no verdict to take back"), ("eq", "the text is as it was")]
)
def test_what_comes_to_nothing_is_said_above_the_keys(
    memory_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    keys: str,
    said: str,
) -> None:
    arrivals.put(str(memory_dir), proposal("quay", "The quay is closed.\n"))
    pressed = iter(keys)
    monkeypatch.setattr(Screen, "_key", lambda screen: next(pressed))
    monkeypatch.setenv("EDITOR", "/bin/true")
    Screen(Run(), Review(Place(str(memory_dir), str(memory_dir), []), now=NOW)).show()
    shown = capsys.readouterr().out
    assert shown.endswith(f"{said}\n"), "nothing is shown again that would push it off the screen"
    assert shown.count("+The quay is closed.") == 1


def test_a_selection_that_names_none_is_asked_for_again(
    memory_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        arrivals.put(str(memory_dir), proposal(name, f"The {name} quay is closed.\n"))
    keys, lines = iter("sq"), iter(("3", "first", "1-2"))
    monkeypatch.setattr(Screen, "_key", lambda screen: next(keys))
    monkeypatch.setattr(Screen, "_line", lambda screen, question: next(lines))
    monkeypatch.setattr(review_screen, "press", lambda question, stream: "l")
    desk = Review(Place(str(memory_dir), str(memory_dir), []), now=NOW)
    Screen(Run(), desk).show()
    shown = capsys.readouterr().out
    assert "3: there are 1 to 2\nfirst: give numbers and ranges" in shown
    assert shown.count("later: ") == 2


def test_what_a_long_proposal_is_about_stands_above_the_keys(
    memory_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arrivals.put(str(memory_dir), proposal("long", "".join(f"Line {n} of it.\n" for n in range(40))))
    monkeypatch.setattr(Screen, "_key", lambda screen: "q")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    Screen(Run(), Review(Place(str(memory_dir), str(memory_dir), []), now=NOW)).show()
    assert capsys.readouterr().out.endswith("── 1 of 1: create long\n")
    assert len(review_screen.KEYS + "  ? ") < 80
