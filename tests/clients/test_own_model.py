"""Each agent's own command line, with its own login, asked for memories once a session is over."""

import json
import time

import pytest

from tests.clients.conftest import Client, Start
from tests.kit.loopback import Answer, Call, Request

pytestmark = pytest.mark.client

SAID = "No, ship it with the wombat pipeline, the old script has broken production twice."
PROPOSAL = {
    "operation": "create", "name": "ship-with-wombat", "type": "feedback", "supersedes": "",
    "description": "Releases go through the wombat pipeline", "why": "a correction",
    "body": "Ship with the wombat pipeline.\n\n**Why:** the old script has broken production twice.",
    "evidence": [{"turn": "t1", "quote": "ship it with the wombat pipeline"}],
}  # fmt: skip
PROMPTS = ["how do I get a hotfix onto the servers", "roll out the new build tonight"]


def is_extraction(request: Request) -> bool:
    return "You read a recorded session" in request.text


def is_enrichment(request: Request) -> bool:
    return "You help a search index" in request.text


def respond(request: Request, n: int) -> Answer:
    if is_extraction(request):
        return json.dumps({"proposals": [PROPOSAL]})
    if is_enrichment(request):
        return json.dumps({"memories": [{"id": 1, "prompts": PROMPTS}]})
    return "done"


def logged(client: Client, *words: str) -> str:
    """The line of the hook log that has all `words`, once it is there."""
    log = client.home / ".local/state/memctl/hooks.log"
    for _ in range(300):
        lines = log.read_text().splitlines() if log.exists() else []
        found = [line for line in lines if all(word in line for word in words)]
        if found:
            return found[-1]
        time.sleep(0.2)
    raise AssertionError("\n".join(lines))


def server(client: Client) -> list[str]:
    """An MCP server of the person's own that notes where it was started."""
    return ["sh", "-c", f"pwd >> '{client.home}/served'"]


def claude(start: Start) -> Client:
    client = start("claude", respond)
    (client.home / ".claude.json").write_text(
        json.dumps({"mcpServers": {"mine": {"command": "sh", "args": server(client)[1:]}}})
    )
    client.extra = {
        "ANTHROPIC_BASE_URL": client.model.url,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    # how this client is logged in: a setting of the person's own, of which memctl's environment knows nothing
    (client.home / ".claude").mkdir()
    (client.home / ".claude" / ".credentials.json").write_text(
        json.dumps(
            {
                "claudeAiOauth": {
                    "accessToken": "sk-ant-oat01-test", "refreshToken": "x", "subscriptionType": "max",
                    "expiresAt": int((time.time() + 86_400) * 1000), "scopes": ["user:inference"],
                }
            }
        )
    )  # fmt: skip
    return client


def codex(start: Start) -> Client:
    client = start("codex", respond)
    client.extra = {"LOOPBACK_KEY": "test", "CODEX_HOME": str(client.home / ".codex")}
    (client.home / ".codex").mkdir()
    (client.home / ".codex" / "config.toml").write_text(
        'model = "gpt-5"\nmodel_provider = "loopback"\n\n[model_providers.loopback]\nname = "loopback"\n'
        f'base_url = "{client.model.url}/v1"\nwire_api = "responses"\nenv_key = "LOOPBACK_KEY"\n\n'
        f'[mcp_servers."my.own"]\ncommand = "sh"\nargs = {json.dumps(server(client)[1:])}\n'
    )
    return client


def gemini(start: Start) -> Client:
    client = start("gemini", respond)
    client.extra = {
        "GEMINI_API_KEY": "test",
        "GOOGLE_GEMINI_BASE_URL": client.model.url,
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
    }
    (client.home / ".gemini").mkdir()
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "mcpServers": {"mine": {"command": "sh", "args": server(client)[1:]}},
    }
    (client.home / ".gemini" / "settings.json").write_text(json.dumps(settings))
    return client


def opencode(start: Start) -> Client:
    client = start("opencode", respond)
    client.extra = {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}
    config = client.home / ".config" / "opencode"
    config.mkdir(parents=True)
    provider = {"anthropic": {"options": {"baseURL": f"{client.model.url}/v1", "apiKey": "test"}}}
    settings = {
        "model": "anthropic/claude-sonnet-4-5", "small_model": "anthropic/claude-haiku-4-5",
        "share": "disabled", "provider": provider,
        "mcp": {"mine": {"type": "local", "command": server(client)}},
    }  # fmt: skip
    (config / "opencode.json").write_text(json.dumps(settings))
    return client


CLIENTS = {
    "claude-code": (claude, ("-p",), "haiku"),
    "codex": (codex, ("exec", "--dangerously-bypass-hook-trust"), "gpt-6-luna"),
    "gemini": (gemini, ("-m", "gemini-2.5-flash", "-p"), "flash-lite"),
    "opencode": (opencode, ("run",), "claude-haiku-4-5"),
}
SHELL = {
    "claude-code": Call("Bash", {"command": "touch {home}/acted", "description": "x"}),
    "codex": Call("shell", {"command": ["touch", "{home}/acted"]}),
    "gemini": Call("run_shell_command", {"command": "touch {home}/acted"}),
    "opencode": Call("bash", {"command": "touch {home}/acted", "description": "x"}),
}


@pytest.mark.parametrize("agent", CLIENTS)
def test_a_session_is_read_by_the_agents_small_model_once_and_it_cannot_act(start: Start, agent: str) -> None:
    """The model first wants to use the shell. Hooks, servers and sessions of the call itself would show."""
    make, words, small = CLIENTS[agent]
    client = make(start)
    tried: list[Request] = []

    def act(request: Request, n: int) -> Answer:
        if is_extraction(request) and not tried:
            tried.append(request)
            call = SHELL[agent]
            return Call(call.tool, json.loads(json.dumps(call.input).replace("{home}", str(client.home))))
        return respond(request, n)

    client.answers(act)
    client.memctl("init")
    client.memctl("hooks", "install", agent, "--use-own-model")
    client.run(*words, SAID)
    line = logged(client, "event=extract", "engine=")
    asked = [r for r in client.model.requests if is_extraction(r)]
    assert asked, line
    assert all(small in (r.body.get("model") or r.path) for r in asked)
    assert not (client.home / "acted").exists()
    started = (client.home / "served").read_text().splitlines()
    assert set(started) == {str(client.project)}, "the session alone started the server"
    log = (client.home / ".local/state/memctl/hooks.log").read_text()
    assert log.count("event=extract") == 1, "where its hooks are called, they do nothing"
    assert len(client.memctl("transcripts").splitlines()) == 1, "the call itself is no session of the project"


def test_a_correction_is_proposed_by_the_clients_own_login_and_found_in_other_words(start: Start) -> None:
    client = claude(start)
    client.memctl("init")
    client.memctl("hooks", "install", "claude-code", "--use-own-model")
    client.run("-p", SAID)
    listed = json.loads(client.proposed())["proposals"]
    assert [p["name"] for p in listed] == ["ship-with-wombat"]
    assert "outcome=ok engine=llm proposals=1" in logged(client, "event=extract")
    asked = [r for r in client.model.requests if is_extraction(r)]
    assert len(asked) == 1
    assert "haiku" in asked[0].body["model"], "the small model, not that of the session"
    assert not asked[0].body.get("tools")
    client.memctl("review", "--show", listed[0]["id"])
    client.memctl("review", "--accept", listed[0]["id"])
    logged(client, "event=enrich", "memories=1")
    client.run("-p", "can you get a hotfix onto our servers?")
    assert "**Why:** the old script has broken production twice." in client.model.requests[-1].text
    sessions = client.memctl("transcripts").splitlines()
    assert len(sessions) == 2, "memctl's own calls left no session"
