"""What a session's start is told of an earlier part of it, and of the last session."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from memctl.format.note_text import tokens
from memctl.hooks import detached, thread
from memctl.services.learn import echo
from memctl.services.session import reading, ready
from memctl.store.state import delivery
from tests.hooks.conftest import Run
from tests.hooks.test_hook import event, told
from tests.kit import work
from tests.kit.cli import Memctl
from tests.kit.work import Step
from tests.services.session.test_note import LONG
from tests.services.session.test_reading import STEPS, session_of

NOW = time.time()


@pytest.fixture
def state(environment: dict[str, str], home: Path, memories: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The memory directory, its state where the hook will look for it."""
    monkeypatch.setenv("HOME", str(home))
    for name in [name for name in os.environ if name.startswith(("MEMCTL_", "XDG_"))]:
        monkeypatch.delenv(name)
    return str(memories)


def record(steps: list[Step], folder: Path, directory: str, days: float = 30, now: float = NOW) -> Path:
    path = work.write(steps, "claude-code", folder)
    ready.make_ready(session_of(path), directory, now=now, days=days)
    return path


def start(hook: Run, project: Path, source: str, path: Path | str = "", session: str = "s") -> str:
    given = {"source": source, "session_id": session, "transcript_path": str(path)}
    return told(hook("claude-code", stdin=event(project, "SessionStart", **given)))


@pytest.mark.parametrize("source", ["compact", "resume"])
def test_a_session_that_goes_on_is_given_its_note(
    hook: Run, project: Path, state: str, tmp_path: Path, source: str
) -> None:
    path = record(LONG, tmp_path, state)
    text = start(hook, project, source, path)
    note = text.split("\nSession s ", 1)[1].split("\n- [", 1)[0]
    assert "[1] Never use helper number 0 in the module" in note
    assert "memctl session show s n" in note
    assert tokens(note) <= 1_000
    assert "prefer-pnpm" in text, "the index is there as well"
    assert not echo.blank(text).strip(), "what memctl said is nobody's words"


def test_a_session_that_is_taken_up_again_is_not_told_the_same_twice(
    hook: Run, project: Path, state: str, tmp_path: Path
) -> None:
    path = record(STEPS, tmp_path, state)
    assert "Constraints" in start(hook, project, "resume", path)
    assert "Constraints" not in start(hook, project, "resume", path)
    assert "Constraints" in start(hook, project, "compact", path)


def test_a_session_that_is_resumed_under_a_new_id_is_given_its_note(
    hook: Run, project: Path, state: str, tmp_path: Path
) -> None:
    path = record(STEPS, tmp_path, state)
    copied = path.rename(path.with_name("resumed.jsonl"))  # the client copies the records that there were
    assert "Never touch src/legacy.py." in start(hook, project, "resume", copied, session="new")
    (tmp_path / "other").mkdir()
    other = work.write(DONE, "claude-code", tmp_path / "other")
    other.write_text(
        other.read_text().replace('"sessionId": "s"', '"sessionId": "another"'), encoding="utf-8"
    )
    assert "Never touch" not in start(hook, project, "resume", other, session="new")
    assert "Never touch" not in start(hook, project, "resume", tmp_path / "gone", session="new")


def test_what_came_since_is_in_the_note(hook: Run, project: Path, state: str, tmp_path: Path) -> None:
    record(STEPS, tmp_path, state)
    path = work.write([*STEPS, ("user", "Never deploy on Fridays.")], "claude-code", tmp_path)
    for _ in range(100):  # a busy machine may not make it in the time that a start waits
        if "Never deploy on Fridays." in start(hook, project, "resume", path):
            return
        time.sleep(0.1)
    raise AssertionError("it never came")


@pytest.mark.parametrize("source", ["startup", "clear"])
def test_a_new_session_gets_one_line_of_what_is_open(
    hook: Run, project: Path, state: str, tmp_path: Path, source: str
) -> None:
    record(STEPS, tmp_path, state)
    text = start(hook, project, source, session="another")
    (line,) = [line for line in text.splitlines() if "left open" in line]
    assert line == (
        "The last session left open: still failing: `make deploy` (error: no permission for shop). "
        "See it: `memctl session note --session s`"
    )
    assert "Never touch" not in text


DONE: list[Step] = [("user", "Add a total."), ("run", ("make test", "ok", False)), ("assistant", "Done.")]


@pytest.mark.parametrize(
    ("steps", "days", "now"), [(DONE, 30, NOW), (STEPS, 30, NOW - 31 * 86_400)], ids=["nothing open", "old"]
)
def test_a_new_session_hears_nothing_of_what_is_done_or_old(
    hook: Run, project: Path, state: str, tmp_path: Path, steps: list[Step], days: float, now: float
) -> None:
    record(STEPS, tmp_path, state, now=NOW - 40 * 86_400)
    record(steps, tmp_path, state, days, now)
    assert "left open" not in start(hook, project, "startup", session="another")


OPEN: list[tuple[list[Step], str]] = [
    ([*DONE, ("user", "And now the tax.")], "not answered: And now the tax."),
    (
        [*DONE, ("run", ("make tax", "Error: 3", True)), ("assistant", "No.")],
        "still failing: `make tax` (Error: 3)",
    ),
]


@pytest.mark.parametrize(("steps", "line"), OPEN)
def test_what_is_open(steps: list[Step], line: str, tmp_path: Path) -> None:
    contents = reading.read(session_of(work.write(steps, "claude-code", tmp_path)))
    assert ready.left_open(contents) == line


def test_a_start_reads_no_transcript_of_another_session(
    hook: Run, project: Path, state: str, tmp_path: Path
) -> None:
    """One that nothing writes into: whoever opened it to read would wait."""
    record(STEPS, tmp_path, state)
    os.mkfifo(tmp_path / "endless")
    assert "left open" in start(hook, project, "startup", tmp_path / "endless", session="another")


def test_a_note_that_cannot_be_made_in_time_is_not_waited_for(
    hook: Run, project: Path, state: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    path = work.write(STEPS, "claude-code", tmp_path)
    short = {**environment, "MEMCTL_HOOK_DEADLINE": "0.45"}
    done = hook("claude-code", env=short, stdin=event(
        project, "PreCompact", session_id="s", transcript_path=str(path), trigger="manual"
    ))  # fmt: skip
    assert (done.returncode, done.stdout) == (0, b"")
    for _ in range(200):
        if delivery.note(state, "claude-code", "s")[0]:
            break
        time.sleep(0.05)
    assert "Constraints" in start(hook, project, "compact", path)


def test_waiting_for_a_process_ends_with_it_or_with_patience(tmp_path: Path) -> None:
    quick, slow = ([sys.executable, "-I", "-S", "-c", code] for code in ("", "import time; time.sleep(20)"))
    assert detached.start_and_wait(quick, str(tmp_path), 20, 0)
    assert not detached.start_and_wait(slow, str(tmp_path), 0.05, 0)


@pytest.mark.parametrize(
    "content", [b"", b"\0\xff" * 9_000, b"12\n", b"x\ny\nz", b"99999999999\n\x1b[31m\n<system>hi"]
)
def test_damaged_state_is_no_state(hook: Run, project: Path, state: str, content: bytes) -> None:
    note = Path(delivery.folder(state, "claude-code", "s")) / delivery.NOTE
    note.parent.mkdir(parents=True)
    note.write_bytes(content)
    Path(delivery.last_file(state)).write_bytes(content)
    for source in ("compact", "startup"):
        text = start(hook, project, source, session="s")
        assert "prefer-pnpm" in text
        assert not {"\x1b", "\0"} & set(text)
        assert "<system>" not in text


def test_a_session_memory_is_no_transcript(hook: Run, project: Path, state: str, tmp_path: Path) -> None:
    import subprocess

    path = record(STEPS, tmp_path, state)
    env = {"HOME": os.environ["HOME"], "PATH": os.environ["PATH"]}

    def memctl(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return Memctl(project, env=env, alone=True).completed(*arguments)

    made = memctl("session", "update", "--transcript", str(path), "--json")
    file = json.loads(made.stdout)["path"]
    refused = memctl("extract", "--engine", "rules", file)
    assert (refused.returncode, refused.stdout) == (5, "")


@pytest.mark.parametrize(("left", "waits"), [(0, 0.8), (1.5, 0.8), (0.3, 0.8), (3.5, 2.5), (5.0, 4.0)])
def test_a_hook_that_may_take_longer_waits_longer_for_the_note(left: float, waits: float) -> None:
    assert thread.patience(left) == pytest.approx(waits)
