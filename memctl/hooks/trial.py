"""`memctl hooks test`: run what is installed as the agent would, on a memory made for the occasion.

A project's settings come with the project, so a command in them is only compared: what is run is this memctl.
"""

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass

from memctl.agents.dialects import Dialect
from memctl.agents.table import Agent
from memctl.hooks import call, detached, targets

_FACT = "The harbour crane is painted teal."
_MEMORY = {
    "harbour-crane.md": f"---\nname: harbour-crane\ndescription: Colour of the harbour crane\n---\n{_FACT}\n",
    "MEMORY.md": "- [harbour-crane](harbour-crane.md) — Colour of the harbour crane\n",
}
_PROMPT = "which colour is the harbour crane painted"
_TIMEOUT = 20.0


@dataclass(frozen=True)
class Trial:
    """One event as the agent would send it: what came back, and what is wrong with that ("" for nothing)."""

    event: str
    command: str
    code: int
    chars: int
    seconds: float
    trouble: str = ""


def run(agent: Agent, commands: dict[str, str]) -> list[Trial]:
    """Try the installed `commands` (event -> command line) in a bare environment, one event after another.

    One that is not exactly what this memctl would install is not run, and that is its trouble.
    """
    with tempfile.TemporaryDirectory(prefix="memctl-test-", ignore_cleanup_errors=True) as folder:
        memory, work = os.path.join(folder, "memory"), os.path.join(folder, "work")
        for made in (memory, work):
            os.mkdir(made, 0o700)
        for name, text in _MEMORY.items():
            with open(os.path.join(memory, name), "w", encoding="utf-8") as handle:
                handle.write(text)
        environment = {
            "HOME": folder,
            "PATH": "/usr/bin:/bin",
            "MEMCTL_DIR": memory,
            "MEMCTL_STATE_DIR": os.path.join(folder, "state"),
            "MEMCTL_CACHE_DIR": os.path.join(folder, "cache"),
        }
        return [_one(agent, event, line, work, environment) for event, line in commands.items()]


def _one(agent: Agent, event: str, line: str, cwd: str, environment: dict[str, str]) -> Trial:
    known = {targets.command(agent.name, *words): words for words in ((), (event,))}
    if line not in known:
        trouble = f"not run: it is not this memctl's command; `memctl hooks install {agent.name}` renews it"
        return Trial(event, line, -1, 0, 0.0, trouble)
    transcript = os.path.join(os.path.dirname(cwd), "transcript.jsonl")
    data, recorded = agent.dialect().sample(event, cwd, _PROMPT, transcript)
    if recorded:
        with open(transcript, "w", encoding="utf-8") as handle:
            handle.write(recorded)
    started = time.monotonic()
    try:
        done = subprocess.run(
            detached.command("hook", agent.name, *known[line]),
            input=json.dumps(data).encode(),
            capture_output=True,
            cwd=cwd,
            env=environment,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Trial(event, line, -1, 0, _TIMEOUT, f"no answer within {_TIMEOUT:.0f} s")
    seconds = time.monotonic() - started
    output = done.stdout.decode("utf-8", "replace")
    trouble = _trouble(agent.dialect(), event, done.returncode, output, done.stderr, seconds)
    return Trial(event, line, done.returncode, len(output), seconds, trouble)


def _trouble(dialect: Dialect, event: str, code: int, output: str, errors: bytes, seconds: float) -> str:
    """What the agent would trip over, as a sentence, or ""."""
    if code != 0:
        return f"exit code {code}: {errors.decode('utf-8', 'replace').strip()[:200]}"
    if len(output) >= call.OUTPUT_MAX:
        return f"{len(output):,} characters; the limit is {call.OUTPUT_MAX:,}"
    if seconds > targets.TIMEOUT:
        return f"took {seconds:.1f} s; the host waits {targets.TIMEOUT} s"
    expected = {"start": "harbour-crane.md", "prompt": _FACT}.get(dict(dialect.events)[event])
    if expected is None:
        return "" if output == dialect.silent else "an answer where none is expected"
    try:
        answer = json.loads(output)
    except ValueError:
        return "the answer is no JSON" if output else "no answer"
    seen = _text(answer, dialect.envelope(event, "x"))
    return "" if expected in seen else "the memory is not where the model sees it"


def _text(answer: object, shape: object) -> str:
    """The text of `answer` in the place where `shape`, an envelope around "x", has it."""
    if shape == "x":
        return answer if isinstance(answer, str) else ""
    if isinstance(shape, dict) and isinstance(answer, dict):
        return "".join(_text(answer.get(key), value) for key, value in shape.items())
    if isinstance(shape, list) and isinstance(answer, list):
        return "".join(_text(item, shape[0]) for item in answer)
    return ""
