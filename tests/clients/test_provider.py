"""The real Claude Code client as the provider: memctl asks it as a plain model."""

import json
import os
from pathlib import Path

import pytest

from tests.clients.conftest import Client, Start
from tests.kit.cli import asking
from tests.kit.loopback import Answer, Request

pytestmark = pytest.mark.client


@pytest.fixture
def asked(start: Start) -> Client:
    def respond(request: Request, n: int) -> Answer:
        return '{"files": ["harbour-crane.md", "made-up.md"]}'

    client = start("claude", respond)
    client.extra = {
        "ANTHROPIC_BASE_URL": client.model.url,
        "ANTHROPIC_API_KEY": "test",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        **asking(f"{client.program} -p", client.home / "asking"),
    }
    client.save("harbour-crane", "Colour of the harbour crane", "BODY: it is painted teal.")
    client.save("lunch-order", "Where lunch is ordered", "BODY: from the noodle shop.")
    return client


def recall(client: Client) -> dict[str, object]:
    answer = client.memctl(
        "recall", "--json", "--selector", "llm", "--deadline", "60", "what about the crane"
    )
    found: dict[str, object] = json.loads(answer)
    return found


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_it_selects_from_the_headers(asked: Client) -> None:
    found = recall(asked)
    assert (found["strategy"], found["reason"]) == ("llm", None)
    assert [memory["name"] for memory in found["memories"]] == ["harbour-crane"]  # type: ignore[attr-defined]
    request = asked.model.requests[-1]
    assert "Colour of the harbour crane" in request.text
    assert "BODY" not in request.text
    assert len(asked.model.requests) == 1, "one request for one question"
    assert not request.body.get("tools")


def test_neither_hooks_nor_instructions_nor_a_session_come_of_it(asked: Client) -> None:
    asked.memctl("hooks", "install", "claude-code")
    (asked.project / "CLAUDE.md").write_text("PROJECT INSTRUCTIONS\n")
    (asked.home / ".claude" / "CLAUDE.md").write_text("USER INSTRUCTIONS\n")
    before = files(asked.home)
    recall(asked)
    text = asked.model.requests[-1].text
    assert not [s for s in ("memctl-memory", "PROJECT INSTRUCTIONS", "USER INSTRUCTIONS") if s in text]
    assert not [path for path in files(asked.home) - before if path.endswith(".jsonl") and "projects" in path]
    assert os.listdir(asked.project / ".git")  # the project itself is left alone
    assert sorted(os.listdir(asked.project)) == [".git", "CLAUDE.md"]


def test_what_it_costs_is_in_the_ledger(asked: Client) -> None:
    recall(asked)
    ledgers = list(asked.home.rglob("ledger.jsonl"))
    entry = json.loads(ledgers[0].read_text().splitlines()[-1])
    assert (entry["provider"], entry["outcome"], entry["purpose"]) == ("command", "ok", "select")
    assert entry["cost"] is not None
