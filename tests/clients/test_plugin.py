"""opencode's plugin by itself, in node: when a compaction is answered, however late its event comes."""

import json
import subprocess
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from tests.clients.conftest import find

pytestmark = pytest.mark.client

STEPS = """
const patience = []
const wait = globalThis.setTimeout
globalThis.setTimeout = (work, time) => (patience.push(time), wait(work, time))
const { MemctlPlugin } = await import("./plugin.mjs")
const plugin = await MemctlPlugin({ directory: "/" })
const user = () => ({ info: { role: "user", sessionID: "s" }, parts: [{ type: "text", text: "on" }] })
const summary = (id) => ({ info: { id, role: "assistant", summary: true, finish: "stop", sessionID: "s" }, parts: [] })
const step = {
  message: async () => {
    const output = { message: { sessionID: "s" }, parts: user().parts }
    await plugin["chat.message"]({ sessionID: "s" }, output)
    return output.parts
  },
  request: async (id) => {
    const messages = [...(id ? [summary(id)] : []), user()]
    await plugin["experimental.chat.messages.transform"]({}, { messages })
    return messages.at(-1).parts
  },
  event: async () => {
    await plugin.event({ event: { type: "session.compacted", properties: { sessionID: "s" } } })
    return []
  },
}
const told = []
for (const [name, id] of JSON.parse(process.argv[2])) {
  told.push((await step[name](id)).filter((part) => part.text.includes("compact")).length)
}
console.log(JSON.stringify({ told, patience }))
"""

# What memctl would be: it answers a session's start with the source it was told.
MEMCTL = """#!/bin/sh
[ "$3" = SessionStart ] || exit 0
case "$(cat)" in *'"source":"compact"'*) echo '{"context":"after compact"}' ;; *) echo '{"context":"index"}' ;; esac
"""


Told = Callable[..., list[int]]


@pytest.fixture
def told(tmp_path: Path, request: pytest.FixtureRequest) -> Told:
    """Run these steps; how many notes of a compaction each was given."""
    node = find("node", request)
    (tmp_path / "plugin.mjs").write_bytes(files("memctl").joinpath("data", "opencode_plugin.js").read_bytes())
    (tmp_path / "steps.mjs").write_text(STEPS)
    (tmp_path / "memctl").write_text(MEMCTL)
    (tmp_path / "memctl").chmod(0o755)

    def run(*steps: tuple[str, str], asked: str = "told", **variables: str) -> list[int]:
        done = subprocess.run(
            [node, "steps.mjs", json.dumps(steps)], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin", **variables},
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return list(json.loads(done.stdout)[asked])

    return run


MESSAGE, EVENT = ("message", ""), ("event", "")


def request(summary: str = "") -> tuple[str, str]:
    """A request to the model, with the summary that it carries."""
    return ("request", summary)


def test_a_request_after_a_compaction_is_told_before_the_event_comes(told: Told) -> None:
    assert told(MESSAGE, request(), request("a"), EVENT, request("a")) == [0, 0, 1, 0, 1]


def test_a_second_compaction_before_any_message_is_told_anew(told: Told) -> None:
    assert told(MESSAGE, request(), request("a"), request("b"), MESSAGE, request("b")) == [0, 0, 1, 1, 1, 0]


def test_a_compaction_by_hand_is_told_once_with_the_next_message(told: Told) -> None:
    assert told(MESSAGE, request(), EVENT, MESSAGE, request("a")) == [0, 0, 0, 1, 0]


def test_a_summary_of_an_earlier_run_is_no_compaction(told: Told) -> None:
    assert told(MESSAGE, request("a"), request("a")) == [0, 0, 0]


@pytest.mark.parametrize(
    ("given", "waits"), [("", 4000), ("0.2", 2700), ("5", 7500), ("60", 7500), ("x", 4000)]
)
def test_it_waits_longer_than_memctl_does(told: Told, given: str, waits: int) -> None:
    assert set(told(MESSAGE, asked="patience", MEMCTL_HOOK_DEADLINE=given)) == {waits}
