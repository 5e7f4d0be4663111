"""The thread of work in real clients: after a compaction, a resumption and a fresh start."""

import json
import time

import pytest

from tests.clients.conftest import Client, Start
from tests.clients.test_claude_code import claude
from tests.clients.test_codex import TRUST, codex
from tests.clients.test_gemini import MODEL, gemini
from tests.clients.test_opencode import opencode
from tests.kit.loopback import Answer, Call, Costly, Request

pytestmark = pytest.mark.client

RULE = "Never push to the harbour branch."


def told(client: Client) -> str:
    """The last request that carries the note, less what the conversation itself says."""
    return client.model.requests[-1].text


def failing(request: Request, n: int) -> Answer:
    """A command that fails, and then the end of the turn."""
    if n == 1:
        return Call("Bash", {"command": "make harbour", "description": "build"})
    return "I tried to build the harbour."


def test_after_claude_codes_own_compaction_the_next_request_holds_the_note(start: Start) -> None:
    client = claude(start, failing)
    client.memctl("hooks", "install", "claude-code")
    client.run("-p", "--allowedTools=Bash", f"Build the harbour. {RULE}")
    client.run("-p", "--continue", "/compact")
    client.run("-p", "--continue", "go on")
    text = told(client)
    assert "Constraints, verbatim:" in text
    assert RULE in text
    assert "make harbour" in text
    assert "memctl session show" in text
    # what the note said is not taken for the person's words, by a second one either
    client.run("-p", "--continue", "/compact")
    client.run("-p", "--continue", "go on then")
    note = client.memctl("session", "note", "--json")
    items = json.loads(note)["items"]
    assert [item["text"] for item in items if item["class"] == "constraints"] == [RULE]
    assert told(client).count("Constraints, verbatim:") < 3, "a resumption does not say the same note again"


def test_a_new_claude_code_session_is_told_what_the_last_one_left_open(start: Start) -> None:
    client = claude(start, failing)
    client.memctl("hooks", "install", "claude-code")
    client.run("-p", "--allowedTools=Bash", f"Build the harbour. {RULE}")
    wait(client, "last-session")
    client.run("-p", "hello there")
    lines = [line for line in told(client).split("\n") if "The last session left open:" in line]
    assert len(lines) == 1
    assert "still failing: `make harbour`" in lines[0]
    assert "memctl session note --session" in lines[0]
    assert RULE not in told(client)


def test_codex_is_given_the_note_after_its_compaction_and_when_resumed(start: Start) -> None:
    client = codex(start, lambda request, n: "I tried to build the harbour.")
    client.memctl("hooks", "install", "codex")
    client.run("exec", TRUST, f"Build the harbour. {RULE}")
    wait(client, "note")
    client.run("exec", "resume", "--last", TRUST, "go on")
    assert told(client).count("Constraints, verbatim:") == 1
    client.run("exec", "resume", "--last", TRUST, "-c", "model_auto_compact_token_limit=1", "go on then")
    assert "CONTEXT CHECKPOINT COMPACTION" in client.model.requests[-2].text
    assert "Constraints, verbatim:" in told(client)
    assert "event=PreCompact outcome=started" in (client.home / ".local/state/memctl/hooks.log").read_text()


def test_opencode_is_given_the_note_when_it_goes_on_after_its_compaction(start: Start) -> None:
    """By itself, with no message of the person, and when it is resumed."""
    spent: list[int] = []

    def long_once(request: Request, n: int) -> Answer:
        if not spent and "Generate a title" not in request.text and "Build the harbour" in request.text:
            spent.append(n)
            return Costly("I tried to build the harbour.")
        return "I tried to build the harbour."

    client = opencode(start, long_once)
    config = client.home / ".config" / "opencode" / "opencode.json"
    settings = json.loads(config.read_text())
    limited = {"claude-sonnet-4-5": {"limit": {"context": 40_000, "output": 1_000}}}
    settings["provider"]["anthropic"]["models"] = limited
    config.write_text(json.dumps(settings))
    client.memctl("hooks", "install", "opencode")
    client.run("run", f"Build the harbour. {RULE}")
    asked = [json.dumps(request.body["messages"]) for request in client.model.requests]
    at = next(n for n, text in enumerate(asked) if "Create a new anchored summary" in text)
    assert "Constraints, verbatim:" in asked[at + 1], "the request after the compaction"
    client.run("run", "--continue", "go on")
    assert "Constraints, verbatim:" in json.dumps(client.model.requests[-1].body["messages"])


def test_gemini_is_given_the_note_when_it_is_resumed(start: Start) -> None:
    client = gemini(start)
    client.memctl("hooks", "install", "gemini")
    client.run(*MODEL, "-p", f"Build the harbour. {RULE}")
    wait(client, "note")
    client.run(*MODEL, "--resume", "latest", "-p", "go on")
    assert "Constraints, verbatim:" in told(client)


def wait(client: Client, name: str) -> None:
    """Until memctl's own process, which no client waits for, has written its file. Fails after a minute."""
    end = time.monotonic() + 60
    while not any((client.home / ".local/state/memctl").rglob(name)):
        assert time.monotonic() < end, f"no {name} was written"
        time.sleep(0.1)
