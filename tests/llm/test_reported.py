"""What a hostile server or command says of its own answer costs neither the answer nor the ledger."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memctl.errors import ModelFailed
from memctl.llm import claude, ledger, printout, reported
from memctl.llm.ledger import Metered
from memctl.llm.provider import Prompt, Reply, Usage
from tests.kit.cli import Memctl, asking
from tests.kit.topics import topic
from tests.llm.test_command import PROMPT, RESULT, ask, script

HUGE = 10**400
ENVELOPES: list[dict[str, Any]] = [
    {"modelUsage": 5},
    {"modelUsage": [{"model": "x"}]},
    {"modelUsage": {"\ud800": 1}},
    {"modelUsage": {"m" * 100_000: 1}},
    {"modelUsage": {}},
    {"usage": {"input_tokens": HUGE, "output_tokens": True}},
    {"usage": [HUGE]},
    {"total_cost_usd": float("nan")},
    {"total_cost_usd": float("inf")},
    {"total_cost_usd": HUGE},
    {"total_cost_usd": -1000},
]


@pytest.mark.parametrize("strange", ENVELOPES, ids=lambda e: next(iter(e)))
def test_a_command_that_reports_nonsense_still_answers(
    tmp_path: Path, memory_dir: Path, strange: dict[str, Any]
) -> None:
    answer = script(tmp_path, f"print({json.dumps({**RESULT, **strange})!r})")
    assert ask(str(answer)).data == {"files": ["a.md"]}
    (memory_dir / "a.md").write_text(topic("a", "How the service is deployed"))
    memctl = Memctl(tmp_path, memory_dir, asking(answer, tmp_path / "config", "daily_cap_usd = 1\n"))
    found = memctl("recall", "--selector", "llm", "--json", "how is it deployed").json
    assert [m["name"] for m in found["memories"]] == ["a"]
    cost = json.loads(memctl("stats", "--cost", "--json").out, parse_constant=pytest.fail)
    assert cost["calls"] == 1
    assert 0 <= cost["usd"] <= 1
    assert 0 <= cost["input_tokens"] <= reported.COUNT_MAX


def message(**fields: Any) -> bytes:
    content = [{"type": "text", "text": '{"files": ["a.md"]}'}]
    return json.dumps({"content": content, "stop_reason": "end_turn", **fields}).encode()


@pytest.mark.parametrize(
    "fields", [{"model": "\ud800"}, {"model": "\x1b[2J"}, {"model": 5}, {"usage": {"input_tokens": HUGE}}]
)
def test_a_server_that_reports_nonsense_still_answers(fields: dict[str, Any]) -> None:
    reply = claude._read(message(**fields), PROMPT, "asked", 0.1)
    assert (reply.data, reply.model, reply.usage) == ({"files": ["a.md"]}, "asked", Usage())


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"content":' * 50_000, b'{"model":"\xff"}'])
def test_a_server_that_answers_with_nonsense_is_a_bad_reply(body: bytes) -> None:
    with pytest.raises(ModelFailed) as caught:
        claude._read(body, PROMPT, "asked", 0.1)
    assert caught.value.slug == "bad-reply"


_numbers = st.integers() | st.floats() | st.just(HUGE) | st.booleans() | st.text() | st.none()


@given(value=_numbers | st.lists(_numbers) | st.dictionaries(st.text(), _numbers))
def test_only_what_can_be_true_is_taken(value: object) -> None:
    counts = {"input_tokens": value, "output_tokens": value}
    usage = reported.usage(counts, value)
    assert 0 <= usage.input <= reported.COUNT_MAX
    assert usage.cost is None or 0 <= usage.cost <= reported.COST_MAX
    name = reported.name(value)
    assert name is None or name.encode()


class _Answers:
    name = "anthropic"
    model: str | None = "claude-haiku-4-5"

    def __init__(self, usage: Usage) -> None:
        self.usage = usage

    def warm(self) -> None: ...

    def ask(self, prompt: Prompt, deadline: float) -> Reply:
        return Reply({"files": []}, "\ud800", self.usage, 0.5)


@pytest.mark.parametrize("usage", [Usage(input=HUGE), Usage(cost=float("nan")), Usage(cost=-1.0)])
def test_no_failure_of_the_ledger_costs_the_answer(usage: Usage) -> None:
    assert Metered(_Answers(usage)).ask(PROMPT, 1.0).data == {"files": []}


def test_a_poisoned_ledger_is_read_and_the_cap_stays_on(monkeypatch: pytest.MonkeyPatch) -> None:
    good = {
        "at": 2e9, "purpose": "select", "provider": "command", "model": "m", "input": 1, "output": 1,
        "cache_read": 0, "cache_write": 0, "cost": 3.0, "outcome": "ok", "seconds": 1.0,
    }  # fmt: skip
    strange = [
        {"cost": float("nan")}, {"cost": -1000}, {"cost": HUGE}, {"input": float("inf")}, {"at": HUGE},
        {"at": float("nan")}, {"seconds": float("inf")}, {"model": ["\ud800"]}, {"purpose": {"a": 1}},
    ]  # fmt: skip
    lines = [json.dumps({**good, **s}) for s in strange] + ["[" * 100_000, "5", json.dumps(good)]
    path = Path(ledger._path())
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines) + "\n")
    found = list(ledger.entries())
    assert all(e.cost is None or 0 <= e.cost <= reported.COST_MAX for e in found)
    assert sum(e.cost or 0.0 for e in found) == 3.0 * 3, "of the good one, the odd model and the odd count"
    monkeypatch.setattr("time.time", lambda: 2e9)
    with pytest.raises(ModelFailed) as caught:
        Metered(_Answers(Usage()), cap=1.0).warm()
    assert caught.value.slug == "cap"


def test_a_ledger_that_cannot_be_read_keeps_the_cap() -> None:
    path = Path(ledger._path())
    path.mkdir(parents=True)
    with pytest.raises(ModelFailed) as caught:
        Metered(_Answers(Usage()), cap=1.0).warm()
    assert caught.value.slug == "cap"
    assert Metered(_Answers(Usage())).ask(PROMPT, 1.0).data == {"files": []}


@pytest.mark.parametrize(
    ("printed", "tokens"),
    [
        ("codex\n{}\ntokens used\n15\n", 15),
        ("codex\n{}\ntokens used\n12,345\n", 12_345),
        ("tokens used\n1.234.567", 1_234_567),
        ("tokens used\n15\nand more", 0),
        ("tokens used\n" + "9" * 400, 0),
        ("the answer says tokens used 15", 0),
    ],
)
def test_the_tokens_with_which_codex_ends_its_log_are_counted(printed: str, tokens: int) -> None:
    read = printout.read(b'{"files": []}', printed.encode(), 0, PROMPT, "gpt-6-luna", 0.1)
    assert read.usage == Usage(input=tokens)


def test_the_tokens_of_gemini_are_counted() -> None:
    models = {"flash": {"tokens": {"prompt": 10, "cached": 4, "candidates": 5, "thoughts": 2}}, "x": 5}
    record = {"response": '{"files": []}', "stats": {"models": models}}
    read = printout.read(json.dumps(record).encode(), b"", 0, PROMPT, None, 0.1)
    assert read.usage == Usage(input=6, output=7, cache_read=4)
