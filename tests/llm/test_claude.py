"""The Anthropic provider with the real SDK against a server that misbehaves."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from memctl.errors import ModelFailed
from memctl.llm.claude import ClaudeProvider, credentials_likely
from memctl.llm.provider import Prompt, Unusable
from tests.kit.faulty_api import faulty_api

SCHEMA = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "string"}}},
    "required": ["files"],
    "additionalProperties": False,
}
PROMPT = Prompt("select", "Choose.", 'Prompt: "deploy"', SCHEMA)
KEY = "sk-test-not-a-key-0123456789"
ANSWER = {"files": ["deploy.md", "a.md"]}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch, alone: None) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)


def ask(url: str, deadline: float = 20.0) -> list[str]:
    os.environ["ANTHROPIC_BASE_URL"] = url  # for good: a thread that is late must not find another server
    return list(ClaudeProvider("claude-haiku-4-5").ask(PROMPT, deadline).data["files"])


@pytest.mark.parametrize("shape", [None, "fenced", "prose-around", "thinking-first", "tool", "strict"])
def test_an_answer_in_any_wrapping_is_read(shape: str | None) -> None:
    with faulty_api(shape, ANSWER) as api:
        assert ask(api.url) == ANSWER["files"]


@pytest.mark.parametrize(
    ("fault", "slug"),
    [
        ("401", "unauthorized"),
        ("403", "unauthorized"),
        ("429", "rate-limited"),
        ("529", "unavailable"),
        ("500", "unavailable"),
        ("503", "unavailable"),
        ("400", "unavailable"),
        ("404", "unavailable"),
        ("reset", "unavailable"),
        ("redirect", "unavailable"),
        ("cut", "bad-reply"),
        ("not-json", "bad-reply"),
        ("html", "bad-reply"),
        ("empty", "bad-reply"),
        ("prose", "bad-reply"),
        ("wrong-tool", "bad-reply"),
        ("max_tokens", "bad-reply"),
        ("refusal", "refused"),
    ],
)
def test_each_failure_has_its_word_and_is_not_retried(fault: str, slug: str) -> None:
    with faulty_api(fault, ANSWER) as api:
        with pytest.raises(ModelFailed) as failed:
            ask(api.url)
        assert failed.value.slug == slug
        assert len(api.requests) == 1
        assert KEY not in f"{failed.value.message} {failed.value.hint}"


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_silence_and_a_slow_drip_end_at_the_deadline(fault: str) -> None:
    with faulty_api(None, ANSWER) as warm:
        ask(warm.url)  # the SDK is imported before the clock runs
    with faulty_api(fault, ANSWER) as api:
        started = time.monotonic()
        with pytest.raises(ModelFailed) as failed:
            ask(api.url, deadline=0.5)
        assert failed.value.slug == "deadline"
        assert time.monotonic() - started < 30  # generous: the drip would take over a minute


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_process_ends_although_the_server_does_not_answer(fault: str) -> None:
    code = (
        "import os, sys\n"
        "from memctl.errors import ModelFailed\n"
        "from memctl.llm.claude import ClaudeProvider\n"
        "from tests.llm.test_claude import PROMPT\n"
        "os.environ['ANTHROPIC_BASE_URL'] = sys.argv[1]\n"
        "provider = ClaudeProvider('claude-haiku-4-5')\n"
        "provider.warm()\n"
        "try: provider.ask(PROMPT, 2)\n"
        "except ModelFailed as e: print(e.slug)\n"
    )
    with faulty_api(fault, ANSWER) as api:
        done = subprocess.run(
            [sys.executable, "-c", code, api.url],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=45,
        )
    assert (done.stdout, done.returncode) == ("deadline\n", 0), done.stderr


def test_nothing_listens() -> None:
    with faulty_api() as api:
        url = api.url
    with pytest.raises(ModelFailed) as failed:
        ask(url)
    assert failed.value.slug == "unavailable"


def test_the_key_goes_into_one_header_of_one_server() -> None:
    with faulty_api(None, {"files": []}) as elsewhere, faulty_api("redirect") as api:
        api.redirect_to = elsewhere.url
        with pytest.raises(ModelFailed):
            ask(api.url)
        assert elsewhere.requests == []
        assert KEY in api.requests[0].credentials
        assert KEY.encode() not in api.requests[0].raw


def test_no_credentials_need_no_sdk_and_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with faulty_api(None, ANSWER) as api:
        with pytest.raises(ModelFailed) as failed:
            ask(api.url)
        assert failed.value.slug == "no-credentials"
        assert api.requests == []


def test_a_broken_profile_is_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_PROFILE", "work")
    with faulty_api(None, ANSWER) as api:
        with pytest.raises(ModelFailed) as failed:
            ask(api.url)
        assert failed.value.slug == "no-credentials"


def test_headers_of_the_users_own_stand_in_for_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "Authorization: Bearer mine")
    with faulty_api(None, ANSWER) as api:
        assert ask(api.url) == ANSWER["files"]
        assert "mine" in api.requests[0].credentials


@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE"])
def test_what_looks_like_credentials(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert not credentials_likely()
    monkeypatch.setenv(name, "x")
    assert credentials_likely()


def test_a_profile_on_disk_looks_like_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    config = Path.home() / ".config/anthropic/configs"
    config.mkdir(parents=True)
    assert not credentials_likely()
    (config / "default.json").write_text("{}")
    assert credentials_likely()


def test_usage_is_kept_even_of_an_answer_that_cannot_be_used() -> None:
    with faulty_api("prose", ANSWER) as api, pytest.raises(Unusable) as failed:
        ask(api.url)
    assert (failed.value.usage.input, failed.value.usage.output) == (1000, 50)


def test_the_request_has_no_sampling_and_a_static_schema() -> None:
    with faulty_api(None, ANSWER) as api:
        ask(api.url)
        body = api.requests[0].body
    assert body["output_config"]["format"]["schema"] == SCHEMA
    assert not {"temperature", "top_p", "top_k", "tools"} & set(body)
    assert body["messages"] == [{"role": "user", "content": PROMPT.user}]
