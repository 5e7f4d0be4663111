"""The thread of work in real clients: after a compaction, a resumption and a fresh start."""

import json

import pytest

from tests.clients.conftest import Client, Start
from tests.clients.test_claude_code import claude
from tests.clients.test_codex import TRUST, codex
from tests.clients.test_opencode import opencode
from tests.kit.loopback import Answer, Call, Request

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
    assert told(client).count("Constraints, verbatim:") == 1, "a resumption does not say the same note again"
