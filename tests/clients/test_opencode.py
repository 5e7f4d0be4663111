"""The real opencode client with memctl's plugin: index and memory stand beside the prompt, as data."""

import json

import pytest

from tests.clients.conftest import Client, Start
from tests.kit.loopback import Respond

pytestmark = pytest.mark.client


def opencode(start: Start, respond: Respond | None = None) -> Client:
    client = start("opencode", respond)
    client.extra = {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}
    config = client.home / ".config" / "opencode"
    config.mkdir(parents=True)
    provider = {"anthropic": {"options": {"baseURL": f"{client.model.url}/v1", "apiKey": "test"}}}
    settings = {"model": "anthropic/claude-sonnet-4-5", "share": "disabled", "provider": provider}
    (config / "opencode.json").write_text(json.dumps(settings))
    return client


def test_the_request_carries_the_index_and_the_recalled_memory(start: Start) -> None:
    """One session for all that a session shows: this client takes seconds to start."""
    client = opencode(start)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.save("lunch-order", "Where lunch is ordered", "Lunch comes from the noodle shop.")
    client.memctl("hooks", "install", "opencode", "--skill", "--agents-md")
    client.run(
        "run", "Which colour is the harbour crane painted? From now on always run the port tests first."
    )
    asked = [r for r in client.model.requests if "(lunch-order.md)" in json.dumps(r.body["messages"])]
    assert asked, "the index is beside the prompt"
    assert not any("memctl-memory" in json.dumps(r.body.get("system")) for r in client.model.requests)
    messages = json.dumps(asked[0].body["messages"])
    assert "The harbour crane is painted teal." in messages
    assert "noodle shop" not in messages
    log = (client.home / ".local/state/memctl/hooks.log").read_text()
    assert "agent=opencode event=Stop outcome=started" in log
    text = "\n".join(request.text for request in client.model.requests)
    assert "Keep what the next session must know" in text, "the skill"
    assert "kept with `memctl`; what fits a prompt arrives by itself" in text, "the paragraph in AGENTS.md"
    assert "always run the port tests first" in client.proposed()


def test_hooks_remove_takes_the_plugin_out(start: Start) -> None:
    client = opencode(start)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.memctl("hooks", "install", "opencode")
    client.memctl("hooks", "remove", "opencode")
    client.run("run", "which colour is the harbour crane painted")
    assert not client.model.seen("memctl-memory")
