"""What each verb imports: a module that costs tens of milliseconds is loaded only by the verbs that need it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.topics import topic

HEAVY = {
    "anthropic", "asyncio", "email", "frontmatter", "http", "httpx2", "importlib.metadata", "jinja2", "mcp",
    "numpy", "platformdirs", "pydantic", "rapidfuzz", "requests", "rich", "slugify", "sqlite3", "ssl",
    "tomlkit", "tomllib", "urllib.request", "wordllama", "yaml",
}  # fmt: skip
"""Modules worth asking about; what typer itself loads (subprocess, difflib) cannot be avoided and is not."""

ALLOWED = {
    "path": set(),
    "list": {"sqlite3"},
    "show": {"sqlite3"},
    "search": {"sqlite3"},
    "recall": {"sqlite3"},
    "index": {"sqlite3"},
    "config list": set(),
    "config get": set(),
    "config set": {"tomlkit", "tomllib"},
    "log": {"sqlite3"},
    "save": {"sqlite3", "rapidfuzz", "slugify", "tomllib", "yaml", "frontmatter"},
}
COMMANDS = {
    "path": ["path"],
    "list": ["list"],
    "show": ["show", "one"],
    "search": ["search", "fact"],
    "recall": ["recall", "--selector", "lexical", "the fact"],
    "index": ["index"],
    "config list": ["config", "list"],
    "config get": ["config", "get", "selector"],
    "config set": ["config", "set", "selector", "lexical"],
    "log": ["log"],
    "save": ["save", "Another text about something else"],
}

PROBE = """
import os, sys
from memctl.cli.app import run
try:
    run(sys.argv[1:])
finally:
    sys.stderr.write("\\nLOADED " + " ".join(sorted(sys.modules)) + "\\n")
"""


def loaded(directory: Path, *arguments: str, code: str = PROBE) -> set[str]:
    """The modules in memory after `memctl ARGUMENTS`."""
    import os

    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "MEMCTL_DIR": str(directory)}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    lines = [line for line in done.stderr.splitlines() if line.startswith("LOADED ")]
    assert lines, done.stderr
    return set(lines[0].split()[1:])


@pytest.mark.parametrize("verb", list(COMMANDS))
def test_a_verb_loads_no_more_than_it_needs(verb: str, memory_dir: Path) -> None:
    (memory_dir / "one.md").write_text(topic("one", "a fact about one"))
    loaded(memory_dir, *COMMANDS[verb])  # the cache is built once
    found = loaded(memory_dir, *COMMANDS[verb]) & HEAVY
    assert found <= ALLOWED[verb], f"memctl {verb} loads {sorted(found - ALLOWED[verb])}"


def test_version_loads_nothing() -> None:
    code = (
        "import sys; sys.argv = ['memctl', '--version']\n"
        "from memctl.__main__ import main; main()\n"
        "sys.stderr.write('LOADED ' + ' '.join(sorted(m for m in sys.modules if m.startswith('memctl') or m == 'typer')))"
    )
    assert loaded(Path("/nowhere"), code=code) == {"memctl", "memctl.__main__"}
