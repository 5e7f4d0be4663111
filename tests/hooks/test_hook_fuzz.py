"""Whatever arrives on stdin: exit 0, and a valid envelope or nothing.

The calls run in forked children of one process, so that hundreds of them take seconds.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memctl.agents import table
from memctl.hooks import entry

NAMES = st.sampled_from(
    ["SessionStart", "UserPromptSubmit", "Stop", "SubagentStop", "PreCompact", "SessionEnd", "BeforeAgent",
     "AfterAgent", "sessionStart", "beforeSubmitPrompt", "stop", "sessionEnd"]
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "hook_event_name",
        "session_id",
        "cwd",
        "prompt",
        "source",
        "transcript_path",
        "workspace_roots",
        "conversation_id",
    ]
)
WORDS = st.sampled_from(
    ["how is the service deployed", "/", "", "/no/such", "..", "\0", "\ud800", "{}", "compact"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.dictionaries(KEYS, VALUES, max_size=8).flatmap(
    lambda event: NAMES.map(lambda name: {**event, "hook_event_name": name}) | st.just(event)
)
DOCUMENTS = st.one_of(
    st.binary(max_size=200),
    st.text(alphabet='{}[]",:\\nulltrue01 ', max_size=60).map(str.encode),
    EVENTS.map(lambda event: json.dumps(event).encode()),
    st.tuples(EVENTS, st.integers(0, 200)).map(lambda pair: json.dumps(pair[0]).encode()[: pair[1]]),
    VALUES.map(lambda value: json.dumps(value).encode()),
)
FUZZ = settings(
    max_examples=60 if os.environ.get("MEMCTL_FULL") else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

Call = Callable[..., tuple[int, bytes]]


@pytest.fixture
def call(tmp_path: Path, memories: Path, project: Path, environment: dict[str, str]) -> Call:
    """Answer one call in a forked child: its exit status and what it wrote."""

    def run(arguments: list[str], data: bytes) -> tuple[int, bytes]:
        source, target = tmp_path / "stdin", tmp_path / "stdout"
        source.write_bytes(data)
        target.write_bytes(b"")
        child = os.fork()
        if child == 0:
            os.dup2(os.open(source, os.O_RDONLY), 0)
            os.dup2(os.open(target, os.O_WRONLY), 1)
            os.dup2(1, 2)
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(project)
            sys.executable = "/bin/true"  # what a turn's end starts
            entry.main(arguments)
        _, status = os.waitpid(child, 0)
        return status, target.read_bytes()

    return run


def check(status: int, output: bytes) -> None:
    assert status == 0
    if output:
        answer = json.loads(output)
        assert set(answer) <= {
            "hookSpecificOutput",
            "additional_context",
            "context",
            "continue",
            "systemMessage",
        }
        assert len(output.decode()) < 10_000


@FUZZ
@given(data=DOCUMENTS, agent=st.sampled_from([agent.name for agent in table.AGENTS]))
def test_any_input(call: Call, data: bytes, agent: str) -> None:
    check(*call([agent], data))


@FUZZ
@given(
    arguments=st.lists(
        st.text(max_size=8) | NAMES | st.sampled_from(["claude-code", "git", "--json"]), max_size=4
    )
)
def test_any_arguments(call: Call, arguments: list[str]) -> None:
    check(*call(arguments, b'{"prompt": "how is the service deployed"}'))


@pytest.mark.parametrize(
    "prompt",
    ["x" * 20_000_000, "how is the service deployed " * 100_000, "\u202e\0" * 100_000, "部署" * 1_000_000],
    ids=[
        "letters",
        "words",
        "hidden",
        "wide",
    ],  # else the test's name, in the environment, is too long for git
)
def test_huge_prompts(call: Call, prompt: str) -> None:
    event = {"hook_event_name": "UserPromptSubmit", "session_id": "s" * 100_000, "prompt": prompt}
    check(*call(["claude-code"], json.dumps(event, ensure_ascii=False).encode()))


@FUZZ
@given(body=st.text(max_size=400), about=st.text(max_size=80))
def test_any_memory_gives_a_valid_envelope(call: Call, memories: Path, body: str, about: str) -> None:
    text = f"---\nname: x\ndescription: {about}\n---\nservice deployed {body}"
    (memories / "any.md").write_bytes(text.encode("utf-8", "surrogatepass"))
    (memories / "MEMORY.md").write_bytes(f"- [x](any.md) — {about}\n".encode("utf-8", "surrogatepass"))
    for name in ("SessionStart", "UserPromptSubmit"):
        event = {"hook_event_name": name, "prompt": "how is the service deployed"}
        status, output = call(["claude-code"], json.dumps(event).encode())
        check(status, output)
        assert output, name
