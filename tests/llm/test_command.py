"""Any command as a provider: what it gets, what is read from it, and that it ends."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from memctl.errors import ModelFailed
from memctl.llm.command import GUARD, CommandProvider
from memctl.llm.provider import Prompt, Reply

SCHEMA = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "string"}}},
    "required": ["files"],
}
PROMPT = Prompt("select", "Choose well.", 'Prompt: "deploy"', SCHEMA)
RESULT = {
    "type": "result", "is_error": False, "result": '{"files": ["a.md"]}', "stop_reason": "end_turn",
    "total_cost_usd": 0.0123, "usage": {"input_tokens": 12, "output_tokens": 3},
    "modelUsage": {"claude-haiku-4-5": {}},
}  # fmt: skip


def script(folder: Path, body: str, name: str = "answer") -> Path:
    """An executable Python program called `name`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!{sys.executable}\nimport json, os, subprocess, sys, time\n{body}\n")
    file.chmod(0o755)
    return file


def living(group: int) -> list[int]:
    """Processes of a group that still run; a zombie that init has yet to reap does not."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, its_group = (folder / "stat").read_text().rsplit(") ", 1)[1].split()[:3]
        except (OSError, ValueError):
            continue
        if int(its_group) == group and state != "Z":
            found.append(int(folder.name))
    return found


def gone(group: int) -> bool:
    """Whether the processes of a group end within seconds: a killed one is still listed for a moment."""
    until = time.monotonic() + 10
    while living(group) and time.monotonic() < until:
        time.sleep(0.02)
    return not living(group)


def ask(command: str, deadline: float = 20.0, model: str | None = None) -> Reply:
    return CommandProvider(command, model).ask(PROMPT, deadline)


def test_the_prompt_is_on_stdin_and_json_on_stdout(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = script(
        tmp_path, f"open({str(seen)!r}, 'w').write(sys.stdin.read()); print('{{\"files\": [\"a.md\"]}}')"
    )
    assert ask(str(program)).data == {"files": ["a.md"]}
    assert PROMPT.system in seen.read_text()
    assert PROMPT.user in seen.read_text()


def test_text_around_the_json_is_read_over(tmp_path: Path) -> None:
    program = script(tmp_path, 'print(\'Well [1] {so}:\\n```json\\n{"files": ["b.md"]}\\n```\\nOK?\')')
    assert ask(str(program)).data == {"files": ["b.md"]}


def test_no_shell_runs_the_command(tmp_path: Path) -> None:
    program = script(tmp_path, "print(json.dumps({'files': sys.argv[1:]}))")
    reply = ask(f"{program} '$(id)' ';' 'a b' {{model}}", model="m-1")
    assert reply.data["files"] == ["$(id)", ";", "a b", "m-1"]


def test_it_runs_at_home_with_the_guard_set_and_not_inside_the_outer_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDECODE", "1")
    names = f"[os.getcwd(), os.environ.get('{GUARD}'), str(os.environ.get('CLAUDECODE'))]"
    program = script(tmp_path, f"print(json.dumps({{'files': {names}}}))")
    assert ask(str(program)).data["files"] == [os.path.realpath(Path.home()), "1", "None"]


def test_a_provider_inside_a_provider_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    program = script(tmp_path, f"open({str(ran)!r}, 'w')")
    monkeypatch.setenv(GUARD, "1")
    with pytest.raises(ModelFailed):
        ask(str(program))
    assert not ran.exists()


def test_nothing_of_the_working_directory_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    repository = tmp_path / "repository"
    script(repository, f"open({str(ran)!r}, 'w')")
    monkeypatch.chdir(repository)
    monkeypatch.setenv("PATH", f".:{os.pathsep}bin{os.pathsep}" + os.environ["PATH"])
    for command in ("answer", "./answer", "../repository/answer"):
        with pytest.raises(ModelFailed) as failed:
            ask(command)
        assert "not installed" in failed.value.message
    assert not ran.exists()


@pytest.mark.parametrize(
    "body",
    [
        "time.sleep(60)",
        "sys.stdin.read(); subprocess.run(['sleep', '60'])",
        "[(print('.', flush=True), time.sleep(0.1)) for _ in range(600)]",
        "sys.stdout.close(); os.close(1); time.sleep(60)",
    ],
)
def test_it_and_its_children_end_at_the_deadline(tmp_path: Path, body: str) -> None:
    pid = tmp_path / "pid"
    program = script(tmp_path, f"open({str(pid)!r}, 'w').write(str(os.getpid()))\n{body}")
    started = time.monotonic()
    with pytest.raises(ModelFailed) as failed:
        ask(str(program), deadline=1.0)
    assert failed.value.slug == "deadline"
    assert time.monotonic() - started < 30
    assert gone(int(pid.read_text()))


def test_a_child_left_in_the_background_does_not_hold_the_answer(tmp_path: Path) -> None:
    body = "subprocess.Popen(['sleep', '60']); print('{\"files\": []}', flush=True)"
    assert ask(str(script(tmp_path, body)), deadline=30).data == {"files": []}


def test_an_endless_answer_is_cut(tmp_path: Path) -> None:
    program = script(tmp_path, "while True: sys.stdout.write('x' * 65536)")
    with pytest.raises(ModelFailed) as failed:
        ask(str(program), deadline=30)
    assert failed.value.slug == "bad-reply"


def test_a_command_that_does_not_read_its_prompt_is_no_error(tmp_path: Path) -> None:
    program = script(tmp_path, "os.close(0); print('{\"files\": []}')")
    big = Prompt("enrich", "x" * 900_000, "y", SCHEMA)
    assert CommandProvider(str(program)).ask(big, 20).data == {"files": []}


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ("sys.exit(3)", "unavailable"),
        ("print('I would pick the second one.')", "bad-reply"),
        ("print('')", "bad-reply"),
        ("print('{\"chosen\": 3}')", "bad-reply"),
    ],
)
def test_failures(tmp_path: Path, body: str, slug: str) -> None:
    with pytest.raises(ModelFailed) as failed:
        ask(str(script(tmp_path, body)))
    assert failed.value.slug == slug


@pytest.mark.parametrize("command", ["", "  ", "'unclosed"])
def test_a_command_that_cannot_be_read(command: str) -> None:
    with pytest.raises(ModelFailed):
        CommandProvider(command)


def test_claude_code_is_asked_as_a_plain_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"
    keep = f"open({str(seen)!r}, 'w').write(json.dumps([sys.argv[1:], sys.stdin.read()]))"
    script(tmp_path / "bin", f"{keep}\nprint({json.dumps(RESULT)!r})", "claude")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}" + os.environ["PATH"])
    reply = ask("claude -p", model="haiku")
    arguments, text = json.loads(seen.read_text())
    assert reply.data == {"files": ["a.md"]}
    assert (reply.usage.input, reply.usage.cost, reply.model) == (12, 0.0123, "claude-haiku-4-5")
    assert text == PROMPT.user
    assert arguments[arguments.index("--tools") + 1] == ""
    assert arguments[arguments.index("--setting-sources") + 1] == ""
    assert arguments[arguments.index("--system-prompt") + 1] == PROMPT.system
    assert {"-p", "--no-session-persistence", "--strict-mcp-config", "--safe-mode"} <= set(arguments)


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"is_error": True, "result": "Not logged in · Please run /login"}, "no-credentials"),
        ({"is_error": True, "api_error_status": 401}, "unauthorized"),
        ({"is_error": True, "api_error_status": 429}, "rate-limited"),
        ({"is_error": True, "api_error_status": 529}, "unavailable"),
        ({"stop_reason": "refusal", "result": ""}, "refused"),
        ({"result": "I cannot see any files."}, "bad-reply"),
    ],
)
def test_claude_codes_own_failures(tmp_path: Path, change: dict[str, object], slug: str) -> None:
    program = script(tmp_path, f"print({json.dumps(RESULT | change)!r})", "claude")
    with pytest.raises(ModelFailed) as failed:
        ask(str(program))
    assert failed.value.slug == slug
