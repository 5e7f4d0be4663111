"""The ledger: what a call cost, and that a day's cap holds."""

import json
import os
import stat
import time
from pathlib import Path

import pytest

from memctl.errors import ModelFailed
from memctl.llm import ledger
from memctl.llm.ledger import Entry, Metered
from memctl.llm.provider import Prompt, Reply, Unusable, Usage
from memctl.settings import Settings

PROMPT = Prompt("select", "s", "the person's words", {"type": "object"})
MILLION = Usage(input=1_000_000, output=1_000_000)


class Fake:
    """A provider that answers, or fails, and counts."""

    name = "anthropic"

    def __init__(
        self, usage: Usage, failure: ModelFailed | None = None, model: str = "claude-haiku-4-5"
    ) -> None:
        self.model: str | None = model
        self.usage, self.failure, self.calls = usage, failure, 0

    def warm(self) -> None:
        pass

    def ask(self, prompt: Prompt, deadline: float) -> Reply:
        self.calls += 1
        if self.failure:
            raise self.failure
        return Reply({}, self.model, self.usage, 0.5)


def file() -> Path:
    return Path(os.environ["MEMCTL_STATE_DIR"]) / "ledger.jsonl"


def test_each_call_is_one_line_without_a_word_of_the_prompt() -> None:
    Metered(Fake(Usage(input=2_000, output=100))).ask(PROMPT, 1)
    (line,) = file().read_text().splitlines()
    record = json.loads(line)
    assert (record["purpose"], record["model"], record["input"]) == ("select", "claude-haiku-4-5", 2000)
    assert record["cost"] == pytest.approx(2_000 / 1e6 * 1.0 + 100 / 1e6 * 5.0)
    assert "person" not in line
    assert stat.S_IMODE(file().stat().st_mode) == 0o600
    assert stat.S_IMODE(file().parent.stat().st_mode) == 0o700


def test_a_failed_call_is_entered_with_what_it_used() -> None:
    failure = Unusable("prose", usage=Usage(input=10), model="claude-sonnet-5-5")
    with pytest.raises(Unusable):
        Metered(Fake(Usage(), failure)).ask(PROMPT, 1)
    (entry,) = ledger.entries()
    assert (entry.outcome, entry.usage.input, entry.model) == ("bad-reply", 10, "claude-sonnet-5-5")


def test_the_cap_stops_the_next_call_before_it_is_made() -> None:
    fake = Fake(MILLION)
    metered = Metered(fake, cap=5.0)
    metered.ask(PROMPT, 1)
    with pytest.raises(ModelFailed) as failed:
        metered.ask(PROMPT, 1)
    assert (failed.value.slug, fake.calls) == ("cap", 1)
    with pytest.raises(ModelFailed):
        metered.warm()


def test_yesterday_does_not_count() -> None:
    yesterday = time.time() - 30 * 3600
    ledger.append(Entry(yesterday, "select", "anthropic", "claude-haiku-4-5", MILLION, 6.0, "ok", 1.0))
    assert ledger.spent_today(time.time()) == 0
    Metered(Fake(MILLION), cap=5.0).ask(PROMPT, 1)


@pytest.mark.parametrize("provider", ["anthropic", "codex"])
def test_an_unknown_model_has_no_price_and_counts_at_the_dearest_against_the_cap(provider: str) -> None:
    assert ledger.cost("some-new-model", MILLION) is None
    fake = Fake(MILLION, model="some-new-model")
    fake.name = provider
    metered = Metered(fake, cap=5.0)
    metered.ask(PROMPT, 1)
    assert next(iter(ledger.entries())).cost is None
    with pytest.raises(ModelFailed):
        metered.ask(PROMPT, 1)


def test_the_persons_own_command_without_a_price_is_free() -> None:
    fake = Fake(MILLION, model="some-new-model")
    fake.name = "command"
    metered = Metered(fake, cap=5.0)
    metered.ask(PROMPT, 1)
    metered.ask(PROMPT, 1)
    assert fake.calls == 2


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-haiku-4-5", 6.0),
        ("claude-haiku-4-5-20251001", 6.0),
        ("claude-opus-5", 30.0),
        ("claude-opus-5-5", 24.0),
        ("anthropic/claude-sonnet-4-5", 18.0),
    ],
)
def test_the_longest_prefix_prices_a_model(model: str, dollars: float) -> None:
    assert ledger.cost(model, MILLION) == pytest.approx(dollars)


def test_what_the_provider_reports_goes_before_the_table() -> None:
    assert ledger.cost("claude-haiku-4-5", Usage(input=10**9, cost=0.5)) == 0.5


def test_a_ledger_that_cannot_be_written_does_not_cost_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCTL_STATE_DIR", "/proc/nowhere")
    assert Metered(Fake(Usage())).ask(PROMPT, 1).seconds == 0.5


def test_damaged_lines_are_left_out() -> None:
    Metered(Fake(Usage(input=1))).ask(PROMPT, 1)
    with file().open("a") as more:
        more.write('{"at": "yesterday"}\nnonsense\n\n[1]\n{"at": 1, "half')
    assert len(list(ledger.entries())) == 1


@pytest.mark.parametrize("setting", ["model", "enrich_model", "extract_model"])
def test_each_model_asked_by_default_has_a_price_and_no_end_announced(setting: str) -> None:
    from anthropic.resources.messages.messages import DEPRECATED_MODELS  # what the SDK warns of

    model = getattr(Settings(), setting)
    assert model not in DEPRECATED_MODELS
    assert ledger.cost(model, MILLION) is not None
