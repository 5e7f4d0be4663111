"""The doctor says when nothing came of the hooks for long, and what to do."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from memctl.domain import times
from memctl.domain.finding import Finding
from memctl.hooks import hooklog, silence
from memctl.hooks.call import log_file
from tests.kit.cli import Memctl

NOW = time.time()
DAY = 86_400


@pytest.fixture(autouse=True)
def _home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home))


@pytest.fixture
def session(memories: Path) -> Path:
    """A session that Claude Code recorded just now, as far as its file's time says."""
    file = memories.parent / "5b0c.jsonl"
    file.write_text("{}\n")
    os.utime(file, (NOW, NOW))
    return file


def log(*lines: tuple[float, str]) -> None:
    Path(log_file()).parent.mkdir(parents=True, exist_ok=True)
    Path(log_file()).write_text(
        "".join(f"{times.write(NOW - days * DAY)[:19]}Z {said}\n" for days, said in lines)
    )


def found(project: Path) -> Iterator[Finding]:
    return silence.check(str(project), NOW)


CALL = "agent=claude-code event=UserPromptSubmit outcome=ok ms=20 chars=0 memories=0"


@pytest.mark.parametrize(
    ("last", "recorded", "silent"), [(30, 0, True), (1, 0, False), (30, 29, False), (30, 30, False)]
)
def test_hooks_that_nobody_calls_while_sessions_are_recorded(
    quick: Memctl, project: Path, session: Path, last: int, recorded: int, silent: bool
) -> None:
    quick("hooks", "install", "claude-code")
    log((last, CALL))
    os.utime(session, (NOW - recorded * DAY,) * 2)
    assert [f.id for f in found(project)] == ["hooks.silent"] * silent
    for finding in found(project):
        assert times.write(NOW - last * DAY)[:10] in finding.message
        assert "memctl hooks test claude-code" in str(finding.repair)


def test_hooks_that_were_just_installed_and_those_that_are_not_are_no_finding(
    quick: Memctl, project: Path, session: Path
) -> None:
    log((30, CALL))
    assert not list(found(project)), "not installed"
    quick("hooks", "install", "claude-code")
    assert not list(found(project)), "the log says when"
    Path(log_file()).unlink()
    assert not list(found(project)), "the file says when"


FAILED = "agent=claude-code event=extract outcome=timeout ms=9"
DONE = "agent=claude-code event=extract outcome=ok ms=9 engine=rules turns=4 proposals=0"


@pytest.mark.parametrize(
    ("lines", "failing"),
    [
        ([FAILED] * 3, True), ([FAILED] * 2, False), ([FAILED, DONE, FAILED, FAILED], False), ([DONE] * 3, False), ([CALL] * 3, False),
    ],
)  # fmt: skip
def test_extractions_that_fail_every_time(project: Path, lines: list[str], failing: bool) -> None:
    log(*((1, line) for line in lines))
    assert [f.id for f in found(project)] == ["extract.failing"] * failing
    assert all("(timeout)" in f.message for f in found(project))
    log(*((40, line) for line in lines))
    assert not list(found(project)), "long ago"


def test_ends_that_leave_nothing_to_read_are_failures_too(project: Path) -> None:
    log(*((1, "agent=codex event=Stop outcome=no-transcript ms=9") for _ in range(3)))
    assert ["(no-transcript)" in f.message for f in found(project)] == [True]


def test_an_extraction_that_a_hook_starts_is_logged_however_it_ends(quick: Memctl, home: Path) -> None:
    text = "User: From now on always run the harbour tests before you push.\nAssistant: Done.\n"
    quick("extract", "--from-hook", "-", stdin=text)
    quick("extract", "--from-hook", "--", "/no/such/hunter2.jsonl", code=3)
    quick("extract", "-", stdin=text)
    first, second = hooklog.read()
    said = hooklog.fields(first)
    assert (said["event"], said["outcome"], said["proposals"], said["engine"]) == (
        "extract",
        "ok",
        "1",
        "rules",
    )
    assert hooklog.fields(second)["outcome"] == "not-found"
    assert "harbour" not in first
    assert "hunter2" not in second
    assert hooklog.summary([first, second], NOW) | {
        "extractions": 2,
        "failed": 1,
        "proposals": 1,
    } == hooklog.summary([first, second], NOW)
    assert quick("hooks", "log").lines == [first, second]
