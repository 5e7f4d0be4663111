"""From what a person said in a real client's session to a memory that its next session is given."""

from pathlib import Path

import pytest

from tests.clients.conftest import Client, Start

pytestmark = pytest.mark.client

CLAUDE = {"ANTHROPIC_API_KEY": "test", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}


def claude(start: Start) -> Client:
    client = start("claude", None)
    client.extra = {"ANTHROPIC_BASE_URL": client.model.url, **CLAUDE}
    return client


def test_what_was_said_in_one_session_is_known_in_the_next(start: Start) -> None:
    client = claude(start)
    client.run("-p", "From now on, paint every harbour crane teal. What is the weather?")
    listed = client.memctl("transcripts").splitlines()
    assert len(listed) == 1
    row = client.memctl("extract", "--engine", "rules", listed[0]).split("\t")
    assert row[1:3] == ["create", "paint-harbour-crane-teal"]
    assert client.memctl("list") == "", "nothing is saved before the verdict"
    client.memctl("review", "--accept", row[0])
    saved = Path(client.memctl("path", "paint-harbour-crane-teal").strip())
    assert "Paint every harbour crane teal." in saved.read_text()
    client.memctl("hooks", "install", "claude-code")
    client.run("-p", "please paint the harbour crane")
    text = client.model.requests[-1].text
    assert "(paint-harbour-crane-teal.md)" in text
    assert "Paint every harbour crane teal." in text
    for session in client.memctl("transcripts").splitlines():
        assert client.memctl("extract", "--engine", "rules", session) == "", (
            "a recalled memory is no evidence"
        )


def test_after_a_compaction_nothing_twice(start: Start) -> None:
    client = claude(start)
    client.run("-p", "Remember that Priya owns the harbour crane.")
    (session,) = client.memctl("transcripts").splitlines()
    assert len(client.memctl("extract", "--engine", "rules", session).splitlines()) == 1
    client.run("-p", "--continue", "/compact")
    client.run("-p", "--continue", "Never paint the crane on Mondays.")
    found = [
        line.split("\t")[3] for line in client.memctl("extract", "--engine", "rules", session).splitlines()
    ]
    assert found == ["Never paint the crane on Mondays."]
