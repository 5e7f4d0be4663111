"""What a hook loads, beside the contract in pyproject.toml that says what those modules may import."""

import ast
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memctl.places import store_state
from tests.kit.topics import write_topic

ROOT = Path(__file__).parents[2]

PROBE = """
import os, sys
def leave(code, leave=os._exit):
    sys.stderr.write(" ".join(sys.modules))
    sys.stderr.flush()
    leave(code)
os._exit = leave
sys.argv = ["memctl", "hook", "claude-code"]
from memctl.__main__ import main
main()
"""


def loaded(event: dict[str, Any], code: str = PROBE) -> tuple[set[str], str]:
    """The modules in memory when the real entry point is done with `event`, and what it answered."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        input=json.dumps(event),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split()), done.stdout


@pytest.fixture
def contract() -> dict[str, Any]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return next(c for c in settings["tool"]["importlinter"]["contracts"] if c["name"].startswith("hot path"))


@pytest.fixture
def events(memory_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A prompt and a start for which there is something to say, in a project with an inbox, and everything
    has been cached."""
    write_topic(memory_dir, "deploys", "How the service is deployed", "With canary releases.")
    (memory_dir / "MEMORY.md").write_text("- [Deploys](deploys.md) — canary releases\n")
    monkeypatch.setenv("MEMCTL_DIR", str(memory_dir))
    inbox = Path(store_state(str(memory_dir))) / "inbox"
    inbox.mkdir(parents=True)
    os.utime(inbox, (1e9, 1e9))
    common = {"cwd": str(tmp_path), "prompt": "how is the service deployed, with canary releases?"}
    found = []
    for name in ("UserPromptSubmit", "SessionStart"):
        event = {**common, "hook_event_name": name, "source": "startup"}
        loaded({**event, "session_id": "first"})
        found.append({**event, "session_id": "second"})
    return found


def test_the_contract_lists_what_a_hook_loads(contract: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """And none of what it forbids is loaded, whichever way an import is hidden."""
    bare, _ = loaded({}, "import sys; sys.stderr.write(' '.join(sys.modules))")
    found: set[str] = set()
    for event in events:
        modules, answer = loaded(event)
        assert "canary releases" in answer
        found |= {name for name in modules - bare if not _is_package(name)}
    own = {name for name in found if name.partition(".")[0] == "memctl"} - {"memctl"}
    listed = set(contract["source_modules"])
    idle = listed - own - set(_saying_so())  # an end, a changed file, a memory with evidence load some more
    assert own <= listed, f"loaded and not listed: {sorted(own - listed)}"
    assert not idle, f"listed in vain: {sorted(idle)}"
    slow = {"typing", "collections", *contract["forbidden_modules"]}
    assert not {name.partition(".")[0] for name in found} & slow


def test_every_module_that_says_it_is_on_the_hot_path_is_listed(contract: dict[str, Any]) -> None:
    assert sorted(set(_saying_so()) - set(contract["source_modules"])) == []


def _saying_so() -> Iterator[str]:
    for path in (ROOT / "memctl").rglob("*.py"):
        said = ast.get_docstring(ast.parse(path.read_text())) or ""
        if "On the hot path" in said:
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _is_package(name: str) -> bool:
    """Whether `name` is a package of memctl's own that holds no code beside its docstring."""
    init = ROOT / name.replace(".", "/") / "__init__.py"
    if not name.startswith("memctl") or not init.exists():
        return False
    return not any(
        isinstance(node, ast.Assign | ast.ClassDef | ast.FunctionDef)
        for node in ast.parse(init.read_text()).body
    )
