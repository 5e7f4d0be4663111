"""Antigravity's hooks, by samples as its documentation and others' recordings have them: it was not run here."""

import json
from pathlib import Path
from typing import Any

import pytest

from memctl.agents import table
from memctl.hooks import asked, hooklog
from tests.hooks.conftest import Run

ABOUT = "<ADDITIONAL_METADATA>\nThe current local time is: 2026-11-20\n</ADDITIONAL_METADATA>"


def prompt(number: int, text: str) -> dict[str, Any]:
    """A step in which the person types `text`."""
    content = f"<USER_REQUEST>\n{text}\n</USER_REQUEST>\n{ABOUT}"
    return {
        "step_index": number, "source": "USER_EXPLICIT", "type": "USER_INPUT", "status": "DONE",
        "created_at": "2026-11-20T09:00:00Z", "content": content,
    }  # fmt: skip


def answer(number: int, text: str, *calls: dict[str, Any]) -> dict[str, Any]:
    """A step of the agent."""
    step = {"step_index": number, "source": "MODEL", "type": "PLANNER_RESPONSE", "status": "DONE"}
    return {**step, "content": text, "tool_calls": list(calls)}


def write(path: Path, *steps: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(step) + "\n" for step in steps))
    return path


def sent(project: Path | None, transcript: Path, **more: Any) -> bytes:
    """The message of a hook; nothing in it says which event it is."""
    folders = [str(project)] if project else []
    about = {"conversationId": "c1", "workspacePaths": folders, "transcriptPath": str(transcript)}
    return json.dumps({**about, "artifactDirectoryPath": "/tmp/a", "modelName": "m", **more}).encode()


def injected(stdout: bytes) -> str:
    """The text of an answer that has exactly the documented shape."""
    found = json.loads(stdout)
    if not found:
        return ""
    assert list(found) == ["injectSteps"]
    (step,) = found["injectSteps"]
    assert list(step) == ["ephemeralMessage"]
    return str(step["ephemeralMessage"])


def test_each_request_has_the_index_and_what_fits_the_last_prompt(
    hook: Run, project: Path, memories: Path, home: Path, tmp_path: Path
) -> None:
    """What it is given is gone with the request, so that the second one of a turn needs it again."""
    transcript = write(tmp_path / "t.jsonl", prompt(0, "how is the service deployed"))
    data = sent(project, transcript, invocationNum=0, initialNumSteps=1)
    first = injected(hook("antigravity", "PreInvocation", stdin=data).stdout)
    call = {"name": "run_command", "args": {"CommandLine": "ls"}}
    write(transcript, prompt(0, "how is the service deployed"), answer(1, "", call))
    second = injected(hook("agy", "PreInvocation", stdin=data).stdout)
    for text in (first, second):
        assert "make ship" in text
        assert "(prefer-pnpm.md)" in text
    lines = (home / ".local/state/memctl/hooks.log").read_text().splitlines()
    assert [" again=1" in line for line in lines] == [False, True]
    assert hooklog.summary(lines, 0)["prompts"] == 1


@pytest.mark.parametrize(
    ("event", "data"),
    [("PreInvocation", b"no json"), ("Stop", b"{}"), ("PostInvocation", b"{}"), ("PreInvocation", b"[]")],
)
def test_it_is_always_answered_with_an_object(hook: Run, event: str, data: bytes) -> None:
    """It throws away what is none, and everything with a key that it does not know."""
    done = hook("antigravity", event, stdin=data)
    assert (done.returncode, done.stdout) == (0, b"{}")


def test_without_a_workspace_its_own_folder_is_no_project(
    hook: Run, project: Path, memories: Path, home: Path, tmp_path: Path
) -> None:
    """Its hooks run where their settings are: in a project's that leads to the project."""
    transcript = write(tmp_path / "t.jsonl", prompt(0, "how is the service deployed"))
    own, theirs = home / ".gemini" / "config", project / ".agents"
    for folder in (own, theirs):
        folder.mkdir(parents=True)
    data = sent(None, transcript)
    assert hook("antigravity", "PreInvocation", stdin=data, cwd=own).stdout == b"{}"
    assert "outcome=no-project" in (home / ".local/state/memctl/hooks.log").read_text()
    assert "make ship" in injected(hook("antigravity", "PreInvocation", stdin=data, cwd=theirs).stdout)


def test_the_last_prompt_of_a_transcript_is_found(tmp_path: Path) -> None:
    agent = table.find("agy")
    assert agent is not None
    file, dialect = tmp_path / "t.jsonl", agent.dialect()

    def last(*steps: dict[str, Any]) -> tuple[str, bool]:
        return asked.last(str(write(file, *steps)), dialect)

    assert last() == ("", False)
    assert last(prompt(0, "first")) == ("first", True)
    assert last(prompt(0, "first"), answer(1, 'it says "USER_INPUT"')) == ("first", False)
    assert last(prompt(0, "a"), answer(1, "x"), prompt(2, "b </USER_REQUEST> b")) == (
        "b </USER_REQUEST> b",
        True,
    )
    assert last({**prompt(0, ""), "content": f"plain {ABOUT}"}) == ("plain", True)
    assert (
        asked.last(str(tmp_path), dialect)
        == asked.last("t.jsonl", dialect)
        == asked.last(7, dialect)
        == ("", False)
    )
    file.write_bytes(b'\xff"USER_INPUT"\n' + b'{"type": "USER_INPUT", "content": 5}\n[' * 3)
    assert asked.last(str(file), dialect) == ("", False)


def test_a_hook_that_is_off_is_said(hook: Run, home: Path, quick: Any) -> None:
    quick("hooks", "install", "antigravity")
    file = home / ".gemini" / "config" / "hooks.json"
    found = json.loads(file.read_text())
    found["memctl"]["enabled"] = False
    file.write_text(json.dumps(found))
    assert "not enabled" in quick("hooks", "status", "antigravity", "--json").json["hooks"][0]["note"]


def test_its_sessions_are_found_and_only_the_persons_words_are_the_persons(
    home: Path, project: Path, memories: Path, quick: Any
) -> None:
    kept = home / ".gemini" / "antigravity-cli"
    logs = kept / "brain" / "c1" / ".system_generated" / "logs"
    logs.mkdir(parents=True)
    (kept / "history.jsonl").write_text(
        json.dumps({"display": "hi", "timestamp": 1, "workspace": str(project), "conversationId": "c1"})
        + "\n"
    )
    call = {"name": "run_command", "args": {"CommandLine": "make test"}}
    result = {
        "step_index": 2,
        "source": "MODEL",
        "type": "RUN_COMMAND",
        "exit_code": 2,
        "content": "it broke",
    }
    notice = {
        "step_index": 3,
        "source": "SYSTEM",
        "type": "SYSTEM_MESSAGE",
        "content": "Always push to main.",
    }
    steps = (
        prompt(0, "From now on always run the port tests first."),
        answer(1, "I will.", call),
        result,
        notice,
    )
    write(logs / "transcript_full.jsonl", *steps)
    write(logs / "transcript.jsonl", *steps)
    (session,) = quick("transcripts", "--json").json["sessions"]
    assert (session["agent"], session["id"]) == ("antigravity", "c1")
    found = quick("extract", "--session", "c1", "--engine", "rules", "--json").json["proposals"]
    assert [proposal["body"] for proposal in found] == ["Always run the port tests first.\n"]
    shown = quick("session", "note", "--session", "c1").out
    assert "make test" in shown
