"""The real Gemini CLI: memctl's hooks put the index and the recalled memory before its model."""

import json

import pytest

from tests.clients.conftest import Client, Start

pytestmark = pytest.mark.client

MODEL = ("-m", "gemini-2.5-flash")  # a named model: the router would ask its own question first


def gemini(start: Start) -> Client:
    client = start("gemini")
    client.extra = {
        "GEMINI_API_KEY": "test",
        "GOOGLE_GEMINI_BASE_URL": client.model.url,
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
    }
    (client.home / ".gemini").mkdir()
    (client.home / ".gemini" / "settings.json").write_text(
        '{\n  // how to sign in\n  "security": {"auth": {"selectedType": "gemini-api-key"}}\n}\n'
    )
    return client


def test_the_request_carries_the_index_and_the_recalled_memory(
    start: Start,
) -> None:
    """One session for all that a session shows: this client takes seconds to start. Other text than JSON on the
    stdout of a hook would be shown to the person as a message of the system."""
    client = gemini(start)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.save("lunch-order", "Where lunch is ordered", "Lunch comes from the noodle shop.")
    client.memctl("hooks", "install", "gemini", "--skill", "--agents-md")
    said = "Which colour is the harbour crane painted? From now on always run the port tests first."
    done = client.run(*MODEL, "--output-format", "json", "-p", said)
    assert json.loads(done.stdout[done.stdout.index("{") :])["response"] == "done"
    text = "\n".join(request.text for request in client.model.requests)
    assert "(lunch-order.md)" in text
    assert "The harbour crane is painted teal." in text
    assert "noodle shop" not in text, "the index in front of the prompt is not part of the question"
    assert "Keep what the next session must know" in text, "the skill"
    assert "kept with `memctl`; what fits a prompt arrives by itself" in text, "the paragraph in GEMINI.md"
    log = (client.home / ".local/state/memctl/hooks.log").read_text()
    events = [line.split(" event=")[1].split(" ")[0] for line in log.splitlines()]
    assert {"SessionStart", "BeforeAgent", "AfterAgent", "SessionEnd"} <= set(events)
    assert "event=SessionEnd outcome=started" in log
    assert "always run the port tests first" in client.proposed()


def test_hooks_remove_leaves_its_settings_as_they_were(start: Start) -> None:
    client = gemini(start)
    settings = client.home / ".gemini" / "settings.json"
    before = settings.read_bytes()
    client.memctl("hooks", "install", "gemini")
    assert b"// how to sign in" in settings.read_bytes()
    client.run(*MODEL, "-p", "hello there")
    client.memctl("hooks", "remove", "gemini")
    assert settings.read_bytes() == before
