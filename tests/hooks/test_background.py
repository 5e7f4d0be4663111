"""The agent's own model at work in the background: whatever the client does, the session is read, once."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from memctl import settings
from memctl.hooks import background, detached
from memctl.hooks.background import Background
from memctl.llm import allowance, ledger
from memctl.services.learn import by_model
from memctl.store.state import backlog
from memctl.store.state.inbox import Inbox
from memctl.store.state.registry import open_place
from memctl.store.state.resolve import Place
from tests.kit.sessions import write
from tests.kit.topics import write_topic

SAID = [("user", "No, never deploy on Fridays: the weekend crew cannot roll back.")]
DRAFT = {
    "operation": "create", "name": "no-friday-deploys", "type": "feedback", "supersedes": "", "why": "said",
    "description": "No deploys on Fridays", "body": "Never deploy on Fridays: the weekend crew cannot roll back.",
    "evidence": [{"turn": "t1", "quote": "never deploy on Fridays"}],
}  # fmt: skip
ANSWER = {
    "type": "result", "is_error": False, "result": json.dumps({"proposals": [DRAFT]}), "stop_reason": "end_turn",
    "total_cost_usd": 0.02, "usage": {"input_tokens": 9, "output_tokens": 3}, "modelUsage": {"claude-haiku-4-5": {}},
}  # fmt: skip


class Ground:
    """A project with a session that ended, and a `claude` that does what a test says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        (folder / "memory").mkdir()
        (folder / "work").mkdir()
        monkeypatch.chdir(folder / "work")
        monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}" + os.environ["PATH"])
        for kind in ("CONFIG", "STATE", "CACHE"):
            monkeypatch.setenv(f"MEMCTL_{kind}_DIR", str(folder / kind.lower()))
        self.place: Place = open_place(str(folder / "work"), str(folder / "memory"))
        self.says("own_model = 'claude-code'")

    def says(self, config: str) -> None:
        """What the person's settings say."""
        (self.folder / "config").mkdir(exist_ok=True)
        (self.folder / "config" / "config.toml").write_text(config)

    def client(self, body: str, name: str = "claude") -> None:
        """From now on the client runs `body`, and keeps what it was asked."""
        file = self.folder / "bin" / name
        file.parent.mkdir(exist_ok=True)
        keep = f"open({str(self.folder / 'asked')!r}, 'a').write(json.dumps([sys.argv, sys.stdin.read()]) + '\\n')"
        file.write_text(f"#!{sys.executable} -S\nimport json, os, sys, time\n{keep}\n{body}\n")
        file.chmod(0o755)

    def answers(self, record: dict[str, Any] = ANSWER) -> None:
        self.client(f"print({json.dumps(record)!r})")

    def session(self, name: str = "s1", turns: Any = SAID, *, is_over: bool = True) -> None:
        """A session of the project is over, as far as the hook knows."""
        home = Path(os.environ["HOME"]) / ".claude" / "projects" / "p"
        home.mkdir(parents=True, exist_ok=True)
        file = write(turns, "claude-code", home, name)
        backlog.note(self.place.directory, "claude-code", str(file), "", is_over=is_over)

    def run(self, agent: str = "claude-code") -> None:
        Background(self.place, settings.load(), agent).run()

    @property
    def asked(self) -> list[tuple[list[str], str]]:
        file = self.folder / "asked"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(found[0], found[1]) for found in map(json.loads, lines)]

    @property
    def waiting(self) -> list[str]:
        return [one.path for one in backlog.waiting(self.place.directory)]

    @property
    def proposed(self) -> list[tuple[str, str]]:
        return [(e.proposal.name, e.proposal.engine) for e in Inbox(self.place.directory).entries()[0]]

    @property
    def log(self) -> list[str]:
        file = self.folder / "state" / "hooks.log"
        return [line.partition(" ")[2] for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(tmp_path, monkeypatch)


def test_a_session_is_read_once_by_the_small_model(ground: Ground) -> None:
    ground.answers()
    ground.session()
    ground.run()
    assert ground.proposed == [("no-friday-deploys", "llm")]
    assert ground.log[0].startswith("agent=claude-code event=extract outcome=ok engine=llm proposals=1")
    ((words, text),) = ground.asked
    assert words[words.index("--model") + 1] == "haiku"
    assert "never deploy on Fridays" in text
    assert ground.waiting == []
    ground.session()
    ground.run()
    assert len(ground.asked) == 1, "nothing new was said"


def test_what_a_project_waits_with_is_asked_of_its_own_agent_alone(ground: Ground) -> None:
    ground.answers()
    ground.session()
    ground.says("own_model = 'codex'")
    ground.run()
    ground.run("codex")
    assert (ground.asked, len(ground.waiting)) == ([], 1)


FAILURES = {
    "not installed": (None, "not-installed"),
    "not logged in": (
        "print(json.dumps({'type': 'result', 'is_error': True, 'result': 'Invalid API key · Please run /login'}))",
        "no-credentials",
    ),
    "rate limited": (
        "print(json.dumps({'type': 'result', 'is_error': True, 'api_error_status': 429, 'result': 'no'}))",
        "rate-limited",
    ),
    "out of quota": (
        "print('You have hit your usage limit, try again at 5 PM', file=sys.stderr); sys.exit(1)",
        "rate-limited",
    ),
    "garbage": ("os.write(1, b'\\xff\\x00{[nope')", "bad-reply"),
    "nothing": ("pass", "bad-reply"),
    "killed": ("os.kill(os.getpid(), 9)", "unavailable"),
    "too late": ("time.sleep(60)", "deadline"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_when_it_fails_the_rules_read_the_session_and_it_is_left_alone_for_a_while(
    ground: Ground, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, slug = FAILURES[case]
    monkeypatch.setattr(background, "DEADLINE", 0.3 if case == "too late" else 20.0)
    if body is not None:
        ground.client(body)
    ground.session()
    ground.run()
    assert f"event=extract outcome={slug} engine=rules proposals=1" in ground.log[0]
    assert [engine for _, engine in ground.proposed] == ["rules"]
    assert ground.waiting == []
    tried = len(ground.asked)
    ground.answers()
    ground.session("s2", [("user", "Always use pnpm here, never npm.")])
    ground.run()
    assert "outcome=paused engine=rules proposals=1" in ground.log[-1], "no storm of calls"
    assert len(ground.asked) == tried


def test_banners_around_the_answer_are_read_over(ground: Ground) -> None:
    ground.client(f"print('* a new version is there!'); print({json.dumps(ANSWER)!r}); print('bye')")
    ground.session()
    ground.run()
    assert ground.proposed == [("no-friday-deploys", "llm")]


def test_the_calls_of_a_day_have_an_end_and_so_have_their_dollars(ground: Ground) -> None:
    ground.answers()
    ground.says("own_model = 'claude-code'\ndaily_calls = 2")
    for number in range(3):
        ground.session(f"s{number}", [("user", f"Never deploy on day {number}: nobody is there.")])
    ground.run()
    assert (len(ground.asked), allowance.calls_today(time.time())) == (2, 2)
    assert [line.split()[2] for line in ground.log] == ["outcome=ok", "outcome=ok", "outcome=cap"]
    assert len([e for e in ledger.entries() if e.provider == "claude-code" and e.cost == 0.02]) == 2
    ground.says("own_model = 'claude-code'\ndaily_cap_usd = 0.04")
    ground.session("s9", [("user", "Always rebase before a merge.")])
    ground.run()
    assert len(ground.asked) == 2


def test_a_call_that_memctl_did_not_survive_counts_and_its_session_is_read_by_the_next(
    ground: Ground,
) -> None:
    ground.session()
    ground.client(f"open({str(ground.folder / 'busy')!r}, 'w'); time.sleep(5)")
    command = detached.command("hooks", "background", "claude-code", "--dir", str(ground.folder / "memory"))
    with subprocess.Popen(command) as process:
        until = time.monotonic() + 20
        while not (ground.folder / "busy").exists() and time.monotonic() < until:
            time.sleep(0.02)
        process.kill()
    assert (ground.proposed, len(ground.waiting)) == ([], 1)
    ground.answers()
    ground.run()
    assert ground.proposed == [("no-friday-deploys", "llm")]
    assert allowance.calls_today(time.time()) == 2


def test_what_kills_its_reader_is_given_up(ground: Ground) -> None:
    ground.answers()
    ground.session()
    for _ in range(backlog.TRIES):
        (one,) = backlog.waiting(ground.place.directory)
        backlog.begin(ground.place.directory, one)
    ground.run()
    assert (ground.asked, ground.waiting) == ([], [])
    assert "outcome=given-up" in ground.log[0]


def test_a_session_that_runs_is_left_until_it_is_quiet(ground: Ground) -> None:
    ground.answers()
    ground.session(is_over=False)
    ground.run()
    assert (ground.asked, len(ground.waiting)) == ([], 1)
    (one,) = backlog.waiting(ground.place.directory)
    long_ago = time.time() - background.QUIET - 5
    os.utime(one.file, (long_ago, long_ago))
    ground.run()
    assert ground.proposed == [("no-friday-deploys", "llm")]


def test_what_waited_for_a_week_stays_at_home(ground: Ground) -> None:
    ground.answers()
    ground.session()
    (one,) = backlog.waiting(ground.place.directory)
    os.utime(one.file, (1_700_000_000, 1_700_000_000))
    ground.run()
    assert (ground.asked, [engine for _, engine in ground.proposed]) == ([], ["rules"])


def test_a_try_that_was_killed_makes_what_was_said_long_ago_no_newer(ground: Ground) -> None:
    ground.answers()
    ground.session()
    (one,) = backlog.waiting(ground.place.directory)
    os.utime(one.file, (1_700_000_000, 1_700_000_000))
    (one,) = backlog.waiting(ground.place.directory)
    assert backlog.begin(ground.place.directory, one)
    ground.run()
    assert (ground.asked, [engine for _, engine in ground.proposed]) == ([], ["rules"])


def test_another_time_zone_begins_no_new_day(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        for calls in range(6):
            monkeypatch.setenv("TZ", "UTC-14" if calls % 2 else "UTC+12")
            time.tzset()
            allowance.take("codex", 40, time.time(), patient=True)
        assert allowance.calls_today(time.time()) >= 5  # the first zone's day was over in the second
    finally:
        monkeypatch.undo()
        time.tzset()


def test_said_rules_keep_sessions_at_home(ground: Ground) -> None:
    ground.answers()
    ground.says("own_model = 'claude-code'\nhook_engine = 'rules'")
    ground.session()
    ground.run()
    assert (ground.asked, [engine for _, engine in ground.proposed]) == ([], ["rules"])


def test_new_memories_get_their_queries_and_what_cannot_be_answered_is_asked_once(ground: Ground) -> None:
    write_topic(ground.folder / "memory", "deploy", "How we deploy", "Through the wombat pipeline.")
    write_topic(ground.folder / "memory", "teal", "Colour of the crane", "It is teal.")
    prompts = [{"id": 1, "prompts": ["ship the thing"]}]
    ground.answers(ANSWER | {"result": json.dumps({"memories": prompts})})
    ground.run()
    assert "event=enrich outcome=ok memories=2" in ground.log[0]
    (ground.folder / "memory" / "new.md").write_text("---\nname: new\ndescription: x\n---\nsecond\n")
    ground.answers(ANSWER | {"result": json.dumps({"memories": []})})
    ground.run()
    asked = len(ground.asked)
    ground.run()
    assert len(ground.asked) == asked


def test_the_prompt_of_memctls_own_call_is_no_evidence(ground: Ground) -> None:
    """Where a client keeps a session of it all the same, and somebody has it read."""
    ground.answers()
    ground.session()
    ground.run()
    ((_, text),) = ground.asked
    ground.says("own_model = 'claude-code'\nhook_engine = 'rules'")
    ground.session("own", [("user", text)])
    ground.run()
    assert ground.log[-1].split()[2:5] == ["outcome=ok", "engine=rules", "proposals=0"]


def test_below_a_provider_nothing_is_asked(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.answers()
    ground.session()
    monkeypatch.setenv("MEMCTL_IN_PROVIDER", "1")
    ground.run()
    assert ground.asked == []


def test_the_window_is_that_of_the_question(ground: Ground) -> None:
    """A long session is read in several calls, and no turn twice."""
    ground.answers(ANSWER | {"result": '{"proposals": []}'})
    ground.session(turns=[("user", f"Message {n} " + "word " * 700) for n in range(40)])
    ground.run()
    assert len(ground.asked) == 3
    assert all(len(text) < 2 * by_model.WINDOW_CHARS for _, text in ground.asked)


@pytest.mark.parametrize("told", [True, False])
def test_what_another_project_put_into_the_environment_does_not_reach_the_client(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    """A session may leave the project whose settings set variables; the agent's hooks still have those."""
    left = ground.folder / "left"
    (left / ".claude").mkdir(parents=True)
    (left / ".claude" / "settings.json").write_text('{"env": {"HTTPS_PROXY": "http://evil.example"}}')
    seen = ground.folder / "seen"
    ground.client(f"open({str(seen)!r}, 'w').write(os.environ.get('HTTPS_PROXY', 'none') + '.')")
    ground.session()
    monkeypatch.setenv("HTTPS_PROXY", "http://evil.example")
    if told:
        monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(left))
    else:
        monkeypatch.chdir(left)
    detached.ask_own_model("claude-code", str(ground.folder / "work"), str(ground.folder / "memory"))
    until = time.monotonic() + 60
    while not (seen.exists() and seen.read_text().endswith(".")) and time.monotonic() < until:
        time.sleep(0.02)
    assert seen.read_text() == "none."
