"""The real Codex CLI: memctl's hooks put the index and the recalled memory before its model."""

import json

import pytest

from tests.clients.conftest import Client, Start
from tests.kit.loopback import Respond

pytestmark = pytest.mark.client

TRUST = "--dangerously-bypass-hook-trust"
"""A person confirms new hooks once under /hooks, in the terminal interface; a test cannot."""


def codex(start: Start, respond: Respond | None = None) -> Client:
    client = start("codex", respond)
    client.extra = {"LOOPBACK_KEY": "test", "CODEX_HOME": str(client.home / ".codex")}
    (client.home / ".codex").mkdir()
    (client.home / ".codex" / "config.toml").write_text(
        'model = "gpt-5"\nmodel_provider = "loopback"\n\n[model_providers.loopback]\nname = "loopback"\n'
        f'base_url = "{client.model.url}/v1"\nwire_api = "responses"\nenv_key = "LOOPBACK_KEY"\n'
    )
    return client


def test_the_request_carries_the_index_and_the_recalled_memory(start: Start) -> None:
    client = codex(start)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.save("lunch-order", "Where lunch is ordered", "Lunch comes from the noodle shop.")
    client.memctl("hooks", "install", "codex")
    client.run("exec", TRUST, "which colour is the harbour crane painted")
    request = client.model.requests[0]
    assert "(lunch-order.md)" in request.text
    assert "The harbour crane is painted teal." in request.text
    assert "noodle shop" not in request.text
    told = [item for item in request.body["input"] if "memctl-memory" in json.dumps(item)]
    assert [item["role"] for item in told] == ["developer", "developer"]


def test_a_full_index_is_not_set_aside(start: Start) -> None:
    client = codex(start)
    client.memctl("init")
    directory = client.memctl("path").strip()
    with open(f"{directory}/MEMORY.md", "w", encoding="utf-8") as index:
        for n in range(180):
            with open(f"{directory}/m{n}.md", "w", encoding="utf-8") as memory:
                memory.write(f"---\nname: m{n}\ndescription: d\n---\nbody\n")
            index.write(f"- [m{n}](m{n}.md) — 港口的起重机漆成什么颜色,第{n}部分\n")
    client.memctl("hooks", "install", "codex")
    client.run("exec", TRUST, "hello there")
    text = client.model.requests[0].text
    assert "Full hook output saved" not in text
    assert text.count("港口的起重机") > 60


def test_a_hook_that_was_not_approved_does_not_run(start: Start) -> None:
    """What the how-to says: after installing, confirm the hooks in Codex."""
    client = codex(start)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.memctl("hooks", "install", "codex")
    client.run("exec", "which colour is the harbour crane painted")
    assert not client.model.seen("memctl-memory")


def test_its_session_is_extracted(start: Start) -> None:
    client = codex(start)
    client.memctl("init")
    client.memctl("hooks", "install", "codex")
    client.run("exec", TRUST, "From now on always run the harbour tests before you push.")
    log = (client.home / ".local/state/memctl/hooks.log").read_text()
    assert "agent=codex event=Stop outcome=started" in log
    assert "harbour tests before you push" in client.proposed()


def test_hooks_remove_leaves_no_trace(start: Start) -> None:
    client = codex(start)
    client.memctl("hooks", "install", "codex")
    client.memctl("hooks", "remove", "codex")
    assert not (client.home / ".codex" / "hooks.json").exists()
    client.run("exec", TRUST, "hello there")
    assert not client.model.seen("memctl-memory")


def test_the_skill_is_offered_to_the_model(start: Start) -> None:
    client = codex(start)
    client.memctl("hooks", "install", "codex", "--skill", "--agents-md")
    client.run("exec", TRUST, "hello there")
    assert client.model.seen("Keep what the next session must know")
    assert client.model.seen("kept with `memctl`; what fits a prompt arrives by itself")
    client.memctl("hooks", "remove", "codex")
    before = len(client.model.requests)
    client.run("exec", TRUST, "hello again")
    assert not any("Keep what the next session" in one.text for one in client.model.requests[before:])
