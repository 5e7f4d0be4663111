"""Recall with a model: whatever the server does: an answer within the deadline, and whose it is."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from memctl.domain.selection import Selection
from memctl.errors import ModelFailed
from memctl.llm.claude import ClaudeProvider
from memctl.llm.command import CommandProvider
from memctl.llm.provider import Prompt, Provider, Reply
from memctl.services.recall.answer import Ask, recall
from tests.kit.faulty_api import Request, faulty_api
from tests.kit.topics import topic

NOW = time.time()
QUERY = "deploy the website to production"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Four memories: two about the query, one expired, one about something else."""
    folder = tmp_path / "memory"
    folder.mkdir()
    note(folder, "deploy", "How the website is deployed to production", "Run `make ship`. BODYTEXT")
    note(folder, "hosting", "Where production runs", "On the blue cluster. The website too.")
    note(folder, "old-deploy", "How the website was deployed to production", "By FTP", expires="2020-01-01")
    note(folder, "cats", "The office cats", "There are three.")
    return folder


def note(folder: Path, name: str, description: str, body: str, **metadata: str) -> None:
    (folder / f"{name}.md").write_text(topic(name, description, f"{body}\n", **metadata))


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test-not-a-key")
    yield
    for thread in threading.enumerate():
        if thread.name == "memctl-model":  # a late one would ask the next test's server
            thread.join(20)


def run(directory: Path, url: str = "", query: str = QUERY, **more: Any) -> Selection:
    os.environ["ANTHROPIC_BASE_URL"] = url  # for good: a thread that is late must not find another server
    ask = Ask(query, **{"selector": "llm", "deadline": 20.0, **more})
    return recall(
        str(directory),
        ask,
        lambda: ClaudeProvider("claude-haiku-4-5"),
        now=NOW,
        redact=lambda text: text,
    )


def files(found: Selection) -> list[str]:
    return [recalled.memory.file for recalled in found.memories]


def test_the_model_chooses(directory: Path, key: None) -> None:
    with faulty_api(None, {"files": ["hosting.md", "cats.md"]}) as api:
        found = run(directory, api.url)
    assert (found.strategy, found.reason, found.message) == ("llm", None, None)
    assert files(found) == ["hosting.md", "cats.md"]
    assert [r.score for r in found.memories] == [None, None]
    assert found.model == "claude-haiku-4-5"
    assert (found.scanned, found.candidates) == (4, 4)
    assert found.memories[0].path == str(directory / "hosting.md")


def test_the_model_sees_headers_and_never_a_body_or_what_is_out(directory: Path, key: None) -> None:
    with faulty_api(None, {"files": []}) as api:
        found = run(directory, api.url, exclude=("cats",), surfaced=("hosting.md",))
        sent = json.dumps(api.requests[0].body)
    assert "deploy.md" in sent
    assert "(expired 2020-01-01) How the website was deployed" in sent
    assert not any(text in sent for text in ("BODYTEXT", "cats.md", "hosting.md"))
    assert (found.strategy, files(found), found.candidates) == ("llm", [], 2)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("401", "unauthorized"), ("429", "rate-limited"), ("529", "unavailable"), ("500", "unavailable"),
        ("reset", "unavailable"), ("redirect", "unavailable"), ("cut", "bad-reply"),
        ("not-json", "bad-reply"), ("html", "bad-reply"), ("empty", "bad-reply"), ("prose", "bad-reply"),
        ("wrong-tool", "bad-reply"), ("max_tokens", "bad-reply"), ("refusal", "refused"),
        ("hang", "deadline"), ("drip", "deadline"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("selector", ["auto", "llm"])
def test_no_failure_costs_the_answer(
    directory: Path, key: None, fault: str, reason: str, selector: str
) -> None:
    with faulty_api(fault, {"files": ["cats.md"]}) as api:
        started = time.monotonic()
        # who answers is given all the time that a busy machine may take, who does not as little as shows it
        found = run(directory, api.url, selector=selector, deadline=0.5 if reason == "deadline" else 60.0)
        took = time.monotonic() - started
    assert (found.strategy, found.reason) == ("lexical", reason)
    assert files(found)[0] == "deploy.md"
    assert "lexical selector answered" in (found.message or "")
    assert took < 25  # generous: a drip alone would take minutes


def test_invented_names_fall_back_and_some_real_ones_do_not(directory: Path, key: None) -> None:
    with faulty_api(None, {"files": ["invented.md", "../deploy.md"]}) as api:
        assert (run(directory, api.url).strategy, run(directory, api.url).reason) == ("lexical", "bad-reply")
    with faulty_api(None, {"files": ["invented.md", "cats.md"]}) as api:
        found = run(directory, api.url)
    assert (found.strategy, files(found)) == ("llm", ["cats.md"])
    assert "1" in found.warnings[0]


def test_without_credentials_the_lexical_selector_answers_and_nothing_is_sent(directory: Path) -> None:
    with faulty_api(None, {"files": []}) as api:
        found = run(directory, api.url, selector="auto")
        assert api.requests == []
    assert (found.strategy, found.reason) == ("lexical", "no-credentials")
    assert files(found)[0] == "deploy.md"


def test_a_fallback_that_is_not_allowed_is_an_error(directory: Path, key: None) -> None:
    with faulty_api("529") as api, pytest.raises(ModelFailed) as failed:
        run(directory, api.url, fallback=False)
    assert (failed.value.slug, failed.value.code) == ("unavailable", 4)


def test_lexical_asks_no_provider(directory: Path) -> None:
    def never() -> Provider:
        raise AssertionError

    found = recall(str(directory), Ask(QUERY, "lexical"), never, now=NOW)
    assert (found.strategy, found.reason) == ("lexical", None)
    assert files(found)[0] == "deploy.md"
    assert files(found)[-1] == "old-deploy.md"
    assert found.memories[-1].standing.label == "expired 2020-01-01"


def test_a_command_as_provider(directory: Path, tmp_path: Path) -> None:
    program = tmp_path / "answer"
    program.write_text(f'#!{sys.executable}\nprint(\'{{"files": ["cats.md"]}}\')\n')
    program.chmod(0o755)
    ask = Ask(QUERY, "llm", 20.0)
    found = recall(str(directory), ask, lambda: CommandProvider(str(program)), now=NOW, redact=str)
    assert (found.strategy, files(found)) == ("llm", ["cats.md"])


def test_an_empty_query_or_directory_asks_nobody(directory: Path, tmp_path: Path, key: None) -> None:
    with faulty_api(None, {"files": []}) as api:
        assert (run(directory, api.url, query=" \n").strategy, api.requests) == ("none", [])
        assert (run(tmp_path / "nowhere", api.url).strategy, api.requests) == ("none", [])


def test_more_than_two_hundred_are_cut_by_relevance(directory: Path, key: None) -> None:
    for n in range(300):
        note(directory, f"noise-{n:03}", f"Remark {n} on the weather", "rain")
    os.utime(directory / "deploy.md", (1_000_000_000, 1_000_000_000))

    def respond(request: Request, n: int) -> dict[str, list[str]]:
        return {"files": ["deploy.md"]}

    with faulty_api(respond=respond) as api:
        found = run(directory, api.url)
        manifest = api.user
    assert (found.strategy, files(found), found.scanned, found.candidates) == ("llm", ["deploy.md"], 304, 200)
    assert sum(line.startswith("- ") for line in manifest.splitlines()) == 200
    assert len(manifest.encode()) < 27_000


class Slow:
    """A provider that keeps what deadline it was given."""

    name = "anthropic"
    model: str | None = "m"

    def __init__(self) -> None:
        self.deadline = 0.0

    def warm(self) -> None:
        time.sleep(0.3)

    def ask(self, prompt: Prompt, deadline: float) -> Reply:
        self.deadline = deadline
        return Reply({"files": []}, "m")


def test_the_deadline_is_for_the_whole_recall(directory: Path) -> None:
    slow = Slow()
    recall(str(directory), Ask(QUERY, "llm", 5.0), lambda: slow, now=NOW, redact=str)
    assert 0 < slow.deadline <= 4.7


def test_a_deadline_of_nothing_still_answers(directory: Path, key: None) -> None:
    with faulty_api("hang") as api:
        found = run(directory, api.url, deadline=0.0)
    assert (found.strategy, found.reason, files(found)[0]) == ("lexical", "deadline", "deploy.md")


def test_secrets_in_the_query_are_replaced(directory: Path, key: None) -> None:
    hide: Callable[[str], str] = lambda text: text.replace("hunter2", "[secret]")  # noqa: E731
    with faulty_api(None, {"files": []}) as api:
        os.environ["ANTHROPIC_BASE_URL"] = api.url
        recall(
            str(directory), Ask("deploy with hunter2", "llm", 20.0), lambda: ClaudeProvider("m"),
            now=NOW, redact=hide,
        )  # fmt: skip
        assert b"hunter2" not in api.requests[0].raw
        assert b"[secret]" in api.requests[0].raw


def test_what_the_lexical_selector_needs_is_all_that_it_loads(directory: Path) -> None:
    code = (
        "import sys, time\n"
        "from memctl.services.recall.answer import Ask, recall\n"
        "recall(sys.argv[1], Ask('deploy the website', 'lexical'), lambda: None, now=time.time())\n"
        "heavy = ('anthropic', 'pydantic', 'secrets', 'httpx2')\n"
        "print(*(m for m in sys.modules if m.split('.')[0] in heavy or m.startswith('memctl.llm')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(directory)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == ""


def test_what_the_model_chooses_is_told_with_what_replaced_it(directory: Path, key: None) -> None:
    note(directory, "ship", "Releases", "By rsync.", created="2026-05-12")
    note(directory, "old-ship", "How the website is shipped", "By FTP", supersededBy="ship")
    with faulty_api(None, {"files": ["old-ship.md", "deploy.md"]}) as api:
        found = run(directory, api.url)
        sent = json.dumps(api.requests[0].body)
    assert files(found) == ["ship.md", "old-ship.md", "deploy.md"]
    assert "(replaced by ship on 2026-05-12) How the website is shipped" in sent
    with faulty_api(None, {"files": ["old-ship.md"]}) as api:
        assert "old-ship.md" not in files(run(directory, api.url, holding=True))
        assert "old-ship" not in json.dumps(api.requests[0].body)
