"""`memctl hook`, from outside: what each agent gets, and that nothing can make it fail."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from memctl.hooks import detached, entry
from memctl.store.state import backlog
from tests.hooks.conftest import Run
from tests.kit.topics import topic


def event(project: Path, name: str, **fields: object) -> bytes:
    data: dict[str, object] = {"hook_event_name": name, "session_id": "s1", "cwd": str(project), **fields}
    return json.dumps(data).encode()


def told(done: "subprocess.CompletedProcess[bytes]") -> str:
    """The text that the host puts before the model."""
    assert done.returncode == 0
    assert done.stderr == b""
    if not done.stdout:
        return ""
    assert len(done.stdout.decode()) < 10_000
    answer = json.loads(done.stdout)
    answer = answer.get("hookSpecificOutput", answer)
    text = answer.get("additionalContext") or answer.get("additional_context") or answer.get("context")
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("source", ["startup", "resume", "clear", "compact"])
def test_a_session_starts_with_the_index(hook: Run, project: Path, memories: Path, source: str) -> None:
    done = hook("claude-code", stdin=event(project, "SessionStart", source=source))
    answer = json.loads(done.stdout)
    assert answer["hookSpecificOutput"]["hookEventName"] == "SessionStart"
    text = told(done)
    for line in (memories / "MEMORY.md").read_text().splitlines():
        assert line in text
    assert "make ship" not in text, "the bodies wait for a prompt that they fit"


@pytest.mark.parametrize("mark", ["-", "*", "+", "1.", "12)", "  -"])
def test_an_expired_memory_is_not_told_however_it_is_listed(
    hook: Run, project: Path, memories: Path, mark: str
) -> None:
    (memories / "freeze.md").write_text("---\ndescription: x\nmetadata:\n  expires: 2020-01-01\n---\nbody\n")
    with (memories / "MEMORY.md").open("a") as index:
        index.write(f"{mark} [Freeze](freeze.md) until the launch\n{mark} [Pnpm](prefer-pnpm.md)\n")
    text = told(hook("claude-code", stdin=event(project, "SessionStart", source="startup")))
    assert "Freeze" not in text
    assert f"{mark} [Pnpm](prefer-pnpm.md)" in text


def test_a_prompt_gets_the_memory_that_fits(hook: Run, project: Path, memories: Path) -> None:
    done = hook("claude-code", stdin=event(project, "UserPromptSubmit", prompt="how is the service deployed"))
    assert "Deploy with `make ship`, never by hand." in told(done)
    assert "Europe/Berlin" not in told(done)


def test_a_memory_is_shown_once_a_session_and_again_after_a_compact(
    hook: Run, project: Path, memories: Path
) -> None:
    prompt = event(project, "UserPromptSubmit", prompt="how is the service deployed")
    other = prompt.replace(b'"s1"', b'"s2"')
    assert "make ship" in told(hook("claude-code", stdin=prompt))
    assert told(hook("claude-code", stdin=prompt)) == ""
    assert "make ship" in told(hook("claude-code", stdin=other)), "another session has not seen it"
    hook("claude-code", stdin=event(project, "PreCompact", trigger="auto"))
    assert "make ship" in told(hook("claude-code", stdin=prompt))
    assert told(hook("claude-code", stdin=prompt)) == ""
    hook("claude-code", stdin=event(project, "SessionStart", source="compact"))
    assert "make ship" in told(hook("claude-code", stdin=prompt))


def test_a_prompt_that_nothing_fits_gets_nothing(hook: Run, project: Path, memories: Path) -> None:
    assert told(hook("claude-code", stdin=event(project, "UserPromptSubmit", prompt="zebra xylophone"))) == ""


ENVELOPES = [
    ("claude-code", "UserPromptSubmit", {"hookSpecificOutput", "systemMessage"}),
    ("codex", "UserPromptSubmit", {"hookSpecificOutput"}),
    ("gemini", "BeforeAgent", {"hookSpecificOutput"}),
    ("cursor", "beforeSubmitPrompt", {"continue", "additional_context"}),
    ("opencode", "UserPromptSubmit", {"context"}),
]


@pytest.mark.parametrize(("agent", "name", "keys"), ENVELOPES)
def test_every_agent_gets_its_own_envelope(
    hook: Run, project: Path, memories: Path, agent: str, name: str, keys: set[str]
) -> None:
    done = hook(agent, stdin=event(project, name, prompt="how is the service deployed"))
    assert set(json.loads(done.stdout)) == keys
    assert "make ship" in told(done)


CURSOR = {
    "conversation_id": "c1", "generation_id": "g1", "model": "auto", "cursor_version": "2.4.0",
    "user_email": None, "transcript_path": None,
}  # fmt: skip
"""What its documentation gives every message."""


@pytest.mark.parametrize(
    ("name", "more", "keys"),
    [
        ("sessionStart", {"session_id": "c1", "is_background_agent": False, "composer_mode": "agent"},
         {"additional_context"}),
        ("beforeSubmitPrompt", {"prompt": "how is the service deployed", "attachments": []},
         {"continue", "additional_context"}),
        ("stop", {"status": "completed", "loop_count": 0}, set()),
        ("preCompact", {"trigger": "auto", "context_usage_percent": 85}, set()),
        ("sessionEnd", {"session_id": "c1", "reason": "completed", "final_status": "completed"}, set()),
    ],
)  # fmt: skip
def test_cursor_is_answered_as_its_documentation_has_it(
    hook: Run, project: Path, memories: Path, home: Path, name: str, more: dict[str, object], keys: set[str]
) -> None:
    sent = {**CURSOR, "hook_event_name": name, "workspace_roots": [str(project)], **more}
    done = hook("cursor", stdin=json.dumps(sent).encode())
    assert set(json.loads(done.stdout or b"{}")) == keys
    assert done.returncode == 0
    assert ("prefer-pnpm" in told(done)) == (name == "sessionStart")
    assert f"agent=cursor event={name}" in (home / ".local/state/memctl/hooks.log").read_text()


def test_codex_answers_hold_to_its_strict_schema(hook: Run, project: Path, memories: Path) -> None:
    """Of session-start.command.output and user-prompt-submit.command.output: no other keys are allowed."""
    for name in ("SessionStart", "UserPromptSubmit"):
        answer = json.loads(hook("codex", stdin=event(project, name, prompt="service deployed")).stdout)
        assert set(answer) == {"hookSpecificOutput"}
        assert answer["hookSpecificOutput"].keys() == {"hookEventName", "additionalContext"}
        assert answer["hookSpecificOutput"]["hookEventName"] == name


def test_codex_text_stays_within_the_bytes_that_it_keeps(hook: Run, project: Path, memories: Path) -> None:
    wide = "部署之前先运行测试" * 12
    for n in range(150):
        (memories / f"m{n}.md").write_text(f"---\nname: m{n}\ndescription: x\n---\n{wide}\n")
    (memories / "MEMORY.md").write_text("".join(f"- [m{n}](m{n}.md) — {wide}\n" for n in range(150)))
    assert len(told(hook("codex", stdin=event(project, "SessionStart"))).encode()) <= 9_800
    text = told(hook("claude-code", stdin=event(project, "SessionStart")))
    assert 8_000 < len(text) < 10_000


def test_the_project_comes_from_where_the_host_says(hook: Run, project: Path, memories: Path) -> None:
    bare = json.dumps({"hook_event_name": "SessionStart", "cwd": 7, "session_id": []}).encode()
    assert told(hook("claude-code", stdin=bare)) == ""
    assert "prefer-pnpm" in told(hook("claude-code", stdin=bare, cwd=project))
    roots = json.dumps({"hook_event_name": "sessionStart", "workspace_roots": [str(project)]}).encode()
    assert "prefer-pnpm" in told(hook("cursor", stdin=roots))


def test_the_event_may_be_given_and_spelled_in_any_way(hook: Run, project: Path, memories: Path) -> None:
    data = json.dumps({"cwd": str(project)}).encode()
    for name in ("SessionStart", "session-start", "sessionstart", "session_start"):
        assert "prefer-pnpm" in told(hook("claude-code", name, stdin=data))


def test_gemini_is_not_asked_about_context_that_it_put_before_the_prompt(
    hook: Run, project: Path, memories: Path
) -> None:
    prompt = "<hook_context>how is the service deployed</hook_context>\n\nzebra xylophone"
    assert told(hook("gemini", stdin=event(project, "BeforeAgent", prompt=prompt))) == ""


def test_an_agent_that_memctl_itself_asks_gets_nothing(
    hook: Run, project: Path, memories: Path, environment: dict[str, str]
) -> None:
    environment["MEMCTL_IN_PROVIDER"] = "1"
    assert told(hook("claude-code", stdin=event(project, "SessionStart"))) == ""


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nobody",),
        ("claude-code", "NoSuchEvent"),
        ("--bogus",),
        ("claude-code", "--bogus"),
        ("-h",),
        ("--",),
        ("",),
    ],
)
def test_bad_arguments_exit_zero_and_say_nothing(
    hook: Run, project: Path, memories: Path, arguments: Any
) -> None:
    done = hook(*arguments, stdin=event(project, "SessionStart"))
    assert done.returncode == 0
    assert not done.stdout or json.loads(done.stdout)


def test_help_for_a_person(environment: dict[str, str]) -> None:
    line = [sys.executable, "-I", "-c", detached.BOOT, "hook", "--help"]
    done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False)
    assert done.returncode == 0
    assert b"Answer one hook call" in done.stdout


def test_global_options_before_the_verb_exit_zero_too(environment: dict[str, str], tmp_path: Path) -> None:
    for before in (["--json"], ["-C", str(tmp_path)], ["--dir", str(tmp_path)], ["-q", "--color", "never"]):
        line = [sys.executable, "-I", "-c", detached.BOOT, *before, "hook", "--no-such-option"]
        assert subprocess.run(line, stdin=subprocess.DEVNULL, env=environment, check=False).returncode == 0


def test_a_closed_stdin_stdout_or_stderr_is_no_failure(
    project: Path, memories: Path, environment: dict[str, str]
) -> None:
    line = " ".join(f"'{word}'" for word in detached.command("hook", "claude-code", "SessionStart"))
    for streams in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-", "</dev/null >/dev/full"):
        done = subprocess.run(["sh", "-c", f"{line} {streams}"], cwd=project, env=environment, check=False)
        assert done.returncode == 0, streams


def test_a_reader_that_went_away_is_no_failure(
    project: Path, memories: Path, environment: dict[str, str]
) -> None:
    read, write = os.pipe()
    os.close(read)
    line = detached.command("hook", "claude-code")
    done = subprocess.run(
        line,
        input=event(project, "UserPromptSubmit", prompt="service deployed"),
        stdout=write,
        env=environment,
        check=False,
    )
    os.close(write)
    assert done.returncode == 0
    again = subprocess.run(
        line,
        input=event(project, "UserPromptSubmit", prompt="service deployed"),
        capture_output=True,
        env=environment,
        check=False,
    )
    assert b"make ship" in again.stdout, "what nobody read was not shown"


def test_no_environment_at_all(project: Path, home: Path) -> None:
    """Without HOME it is the system's list of accounts that says where the home is: here, a home of the test."""
    account = f"import pwd; was = pwd.getpwuid(0); pwd.getpwuid = lambda _: pwd.struct_passwd((*was[:5], {str(home)!r}, was[6]))"
    python, *options, boot, name, agent = detached.command("hook", "claude-code")
    line = [python, *options, f"{account}; {boot}", name, agent]
    done = subprocess.run(
        line, input=event(project, "SessionStart"), capture_output=True, env={}, cwd=home, check=False
    )
    assert done.returncode == 0
    assert "event=SessionStart outcome=ok" in (home / ".local/state/memctl/hooks.log").read_text()


def test_a_stdin_that_never_ends_is_given_up(environment: dict[str, str]) -> None:
    environment["MEMCTL_HOOK_DEADLINE"] = "0.2"
    with subprocess.Popen(
        detached.command("hook", "claude-code"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.wait(timeout=20) == 0
        assert process.stdout is not None
        assert process.stdout.read() == b""


@pytest.mark.parametrize(
    ("said", "seconds"), [("60", 5), ("inf", 5), ("2", 2), ("nan", 1.5), ("0", 1.5), ("x", 1.5)]
)
def test_no_variable_makes_a_hook_wait_longer_than_five_seconds(
    said: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMCTL_HOOK_DEADLINE", said)
    assert entry._deadline() == seconds


@pytest.mark.parametrize("damage", ["file", "link", "unreadable-index", "garbage", "config"])
def test_a_damaged_store_is_no_failure(
    hook: Run, project: Path, memories: Path, home: Path, environment: dict[str, str], damage: str
) -> None:
    if damage == "file":
        for file in memories.iterdir():
            file.unlink()
        memories.rmdir()
        memories.write_text("not a directory")
    elif damage == "link":
        (memories / "loop.md").symlink_to("loop.md")
        (memories / "MEMORY.md").unlink()
        (memories / "MEMORY.md").symlink_to("/etc/passwd")
    elif damage == "unreadable-index":
        (memories / "MEMORY.md").unlink()
        (memories / "MEMORY.md").mkdir()
    elif damage == "garbage":
        for file in memories.iterdir():
            file.write_bytes(os.urandom(5_000))
    else:
        config = home / ".config" / "memctl"
        config.mkdir(parents=True)
        (config / "config.toml").write_text("memory_dir = [broken")
    for name in ("SessionStart", "UserPromptSubmit", "Stop", "PreCompact", "SessionEnd"):
        done = hook("claude-code", stdin=event(project, name, prompt="how is the service deployed"))
        assert done.returncode == 0
        assert b"root:" not in done.stdout
        assert not done.stdout or json.loads(done.stdout)


def test_the_log_has_a_line_a_call_and_no_word_of_the_prompt(
    hook: Run, project: Path, memories: Path, home: Path
) -> None:
    hook("claude-code", stdin=event(project, "UserPromptSubmit", prompt="service deployed hunter2"))
    hook("claude-code", stdin=b"{ hunter2")
    hook("hunter2\nforged line", stdin=b"")
    log = home / ".local/state/memctl/hooks.log"
    lines = log.read_text().splitlines()
    assert len(lines) == 3
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ agent=claude-code event=UserPromptSubmit outcome=ok ms=\d+"
        r" chars=\d+ memories=1 recalled=[0-9a-f]{12}",
        lines[0],
    )
    assert "outcome=bad-input" in lines[1]
    assert "hunter2" not in lines[0] + lines[1]
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_log_is_rotated(hook: Run, home: Path) -> None:
    log = home / ".local/state/memctl/hooks.log"
    log.parent.mkdir(parents=True)
    log.write_text("x" * 300_000)
    hook("claude-code", stdin=b"")
    hook("claude-code", stdin=b"")
    assert log.stat().st_size < 1_000
    assert (log.parent / "hooks.log.1").stat().st_size > 300_000


def test_the_entry_point_loads_neither_typer_nor_json(
    environment: dict[str, str], project: Path, memories: Path
) -> None:
    heavy = ["typer", "rich", "pydantic", "anthropic", "json", "re", "enum", "logging", "subprocess",
             "pathlib", "yaml", "typing", "dataclasses", "platformdirs", "hashlib"]  # fmt: skip
    code = (
        "import sys, os; from memctl.hooks import entry; real, me = os._exit, os.getpid()\n"
        f"heavy = lambda: repr(sorted(set({heavy!r}) & set(sys.modules))).encode()\n"
        "os._exit = lambda n: (os.getpid() == me and os.write(2, heavy()), real(n))\n"
        "entry.main(['claude-code'])"
    )
    names = ("UserPromptSubmit", "SessionStart", "Stop")
    for turn, name in enumerate((*names, *names)):  # the first three make the caches
        done = subprocess.run(
            [sys.executable, "-I", "-c", code],
            input=event(project, name, session_id=f"s{turn}", prompt="how is the service deployed"),
            capture_output=True,
            env=environment,
            check=True,
        )
        assert turn < len(names) or done.stderr == b"[]", name


class Spy:
    """An interpreter that writes down its arguments instead of running memctl, once it is let go."""

    def __init__(self, tmp_path: Path) -> None:
        self.log = tmp_path / "spy.log"
        self.go = tmp_path / "spy.go"
        self.program = tmp_path / "spy"
        self.program.write_text(
            f'#!/bin/sh\nuntil [ -e "{self.go}" ]; do sleep 0.02; done\n'
            f'ls -l /proc/$$/fd >> "{self.log}.fds"\nprintf "%s\\n" "$*" >> "{self.log}"\n'
        )
        self.program.chmod(0o755)

    def wait(self, lines: int) -> list[str]:
        for _ in range(100):
            found = self.log.read_text().splitlines() if self.log.exists() else []
            if len(found) >= lines:
                return found
            time.sleep(0.1)
        return found

    def hook(
        self, agent: str, data: bytes, environment: dict[str, str]
    ) -> "subprocess.CompletedProcess[bytes]":
        code = f"import sys; sys.executable = {str(self.program)!r}\n"
        code += f"from memctl.hooks import entry; entry.main([{agent!r}])"
        return subprocess.run(
            [sys.executable, "-I", "-c", code],
            input=data,
            capture_output=True,
            env=environment,
            check=False,
            timeout=20,
        )


@pytest.fixture
def spy(tmp_path: Path) -> Spy:
    return Spy(tmp_path)


def test_the_end_of_a_session_is_extracted_by_a_process_of_its_own(
    spy: Spy, project: Path, memories: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    transcript = tmp_path / "session.jsonl"
    transcript.write_text("{}\n")
    data = event(project, "SessionEnd", transcript_path=str(transcript), reason="exit")
    done = spy.hook("claude-code", data, environment)
    assert done.returncode == 0
    assert done.stdout == b""
    assert not spy.log.exists(), "the hook did not wait for it"
    spy.go.touch()
    (line,) = spy.wait(1)
    assert line.endswith(f"extract --from-hook --quiet -C {project} -- {transcript}")
    streams = Path(f"{spy.log}.fds").read_text()
    assert len(re.findall(r" [012] -> /dev/null", streams)) >= 2, "no stream of the host is held open"


def test_turns_of_one_session_are_not_extracted_again_and_again(
    spy: Spy, project: Path, memories: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    transcript = tmp_path / "session.jsonl"
    transcript.write_text("{}\n")
    spy.go.touch()
    for name in ("Stop", "Stop", "SubagentStop", "Stop"):
        spy.hook("claude-code", event(project, name, transcript_path=str(transcript)), environment)
    spy.hook("claude-code", event(project, "SessionEnd", transcript_path=str(transcript)), environment)
    assert len(spy.wait(2)) == 2, "the first turn and the end, which waits for its turn"
    time.sleep(0.5)
    assert len(spy.wait(2)) == 2


def test_with_the_persons_yes_the_agents_own_model_is_asked_once_a_session_is_over(
    spy: Spy,
    project: Path,
    memories: Path,
    environment: dict[str, str],
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(home))
    (home / ".config" / "memctl").mkdir(parents=True)
    (home / ".config" / "memctl" / "config.toml").write_text('own_model = "claude-code, codex=m"\n')
    transcript = tmp_path / "session.jsonl"
    transcript.write_text("{}\n")
    spy.go.touch()
    log = home / ".local/state/memctl/hooks.log"

    def outcome(agent: str, name: str, session: str) -> str:
        data = event(project, name, transcript_path=str(transcript), session_id=session)
        spy.hook(agent, data, environment)
        return log.read_text().splitlines()[-1].split("outcome=")[1].split()[0]

    assert [outcome("claude-code", name, "a") for name in ("Stop", "SubagentStop")] == ["waits", "waits"]
    assert spy.wait(1)[0].endswith(
        f"session update --from-hook --quiet -C {project} --transcript {transcript}"
    )
    assert outcome("claude-code", "SessionEnd", "a") == "started"
    assert [outcome("codex", "Stop", "b") for _ in range(2)] == ["started", "recent"], "it names no end"
    assert outcome("gemini", "SessionEnd", "c") == "started"
    lines = [line.partition("main() ")[2] for line in spy.wait(5)]
    assert sorted(lines) == [
        f"extract --from-hook --quiet -C {project} -- {transcript}",
        f"hooks background claude-code --quiet -C {project}",
        f"hooks background codex --quiet -C {project}",
        *[f"session update --from-hook --quiet -C {project} --transcript {transcript}"] * 2,
    ], "a turn is no occasion for a call of a model, but the note is kept ready"
    found = {one.agent: one.is_over for one in backlog.waiting(str(memories))}
    assert found == {"claude-code": True, "codex": True}


@pytest.mark.parametrize(
    "path", ["/no/such/file", "relative.jsonl", "/", 7, None, "/dev/null", "a\0b", ["x"]]
)
def test_no_transcript_starts_nothing(
    spy: Spy, project: Path, memories: Path, environment: dict[str, str], path: object
) -> None:
    spy.go.touch()
    done = spy.hook("claude-code", event(project, "SessionEnd", transcript_path=path), environment)
    assert done.returncode == 0
    time.sleep(0.05)
    assert not spy.log.exists()


@pytest.mark.parametrize("first", ["SessionStart", "UserPromptSubmit", "Stop", "SessionEnd", "PreCompact"])
def test_a_hook_that_is_the_first_to_run_makes_private_directories(
    hook: Run, project: Path, memories: Path, home: Path, first: str
) -> None:
    for name in (first, "UserPromptSubmit"):
        done = hook(
            "claude-code", stdin=event(project, name, prompt="how is the service deployed"), umask=0o022
        )
        assert done.returncode == 0
    made = [p for top in (".local", ".cache", ".config") for p in (home / top, *(home / top).rglob("*"))]
    folders = [p for p in made if p.is_dir()]
    assert home / ".local" / "state" / "memctl" in folders
    assert [str(p) for p in folders if p.stat().st_mode & 0o077] == []
    assert [str(p) for p in made if p.is_file() and p.stat().st_mode & 0o077] == []


def test_a_secret_in_a_file_name_is_not_told(hook: Run, project: Path, memories: Path) -> None:
    secret = "ghp_" + "1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZa"
    (memories / f"{secret}.md").write_text(
        topic("walrus", "About the walrus", "The walrus sleeps at noon.\n")
    )
    with (memories / "MEMORY.md").open("a") as index:
        index.write(f"- [Walrus]({secret}.md) — about the walrus\n")
    start = told(hook("claude-code", stdin=event(project, "SessionStart", source="startup")))
    assert "Walrus" in start
    assert secret not in start
    prompt = told(
        hook("claude-code", stdin=event(project, "UserPromptSubmit", prompt="when does the walrus sleep?"))
    )
    assert "sleeps at noon" in prompt
    assert secret not in prompt
