"""Started in a folder full of modules named like those that memctl needs, memctl imports none of them."""

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile import corpus
from tests.kit.sessions import write

DECOY = """
import sys
folder = __file__.rpartition("/")[0]
open(f"{MARKS}/{__name__}", "w").close()
kept, sys.path[:] = sys.path[:], [p for p in sys.path if p not in ("", folder)]
del sys.modules[__name__]
try:
    __import__(__name__)  # the real one, so that the run goes on to the next decoy
finally:
    sys.path[:] = kept
"""
"""A module that says that it was imported and then lets the real one take its place."""

NAMES = sorted(
    {"sitecustomize", "usercustomize", *sys.stdlib_module_names, *importlib.metadata.packages_distributions()}
    - {"__main__", "memctl"}
)
"""More than any verb loads: the whole standard library, and every package that is installed here. memctl itself
is what `python -m memctl` is told to find in the folder."""

VERBS = {
    "version": (["--version"], ""),
    "help": (["--help"], ""),
    "list": (["list", "--json"], ""),
    "show": (["show", "lantern"], ""),
    "save": (["save", "Paint the shutters green", "--name", "green"], ""),
    "recall": (["recall", "lantern light left", "--selector", "lexical"], ""),
    "recall by a model": (["recall", "lantern", "--deadline", "3"], ""),
    "doctor": (["doctor"], ""),
    "config": (["config", "set", "selector", "lexical"], ""),
    "extract": (["extract", "session.jsonl"], ""),
    "review": (["review", "--list"], ""),
    "undo": (["undo"], ""),
    "hook": (["hook", "claude-code"], '{"hook_event_name": "UserPromptSubmit", "session_id": "s", "prompt": "lantern"}'),
    "hook at the start": (["hook", "claude-code"], '{"hook_event_name": "SessionStart", "session_id": "s"}'),
    "hook with rubbish": (["hook", "claude-code"], "]"),
}  # fmt: skip


class Folder:
    """A working directory with a decoy for each of NAMES, and the marks that imported decoys left."""

    def __init__(self, base: Path) -> None:
        self.path, self.marks = base / "work", base / "marks"
        for folder in (self.path, self.marks, base / "home", base / "memory"):
            folder.mkdir()
        (base / "memory" / "lantern.md").write_bytes(corpus.GOOD)
        write([("user", "Always use pnpm in this repository, never npm.")], "claude-code", self.path)
        for name in NAMES:
            self.plant(name)
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(base / "home"),
            "LANG": "C.UTF-8",
            "MEMCTL_DIR": str(base / "memory"),
            "ANTHROPIC_API_KEY": "none",
            "ANTHROPIC_BASE_URL": "http://127.0.0.1:1",
        }

    def plant(self, name: str) -> None:
        """Add a decoy called `name`."""
        (self.path / f"{name}.py").write_text(DECOY.replace("{MARKS}", str(self.marks)))

    def imported(self, *command: str, stdin: str = "", **env: str) -> set[str]:
        """The decoys that `command` imported when it was started in the folder."""
        done = subprocess.run(
            command,
            cwd=self.path,
            env=self.env | env,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert done.returncode in (0, 1, 3), done.stderr
        found = {mark.name for mark in self.marks.iterdir()}
        for name in found:
            (self.marks / name).unlink()
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def before_us(folder: Folder, tmp_path: Path) -> set[str]:
    """What Python itself imports from the folder before the first line of any `python -m PACKAGE`."""
    package = tmp_path / "elsewhere" / "empty_package"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").touch()
    found = folder.imported(sys.executable, "-m", "empty_package", PYTHONPATH=str(package.parent))
    assert len(found) < 20, found
    return found


@pytest.mark.parametrize("verb", VERBS)
def test_python_m_imports_nothing_from_the_folder(folder: Folder, before_us: set[str], verb: str) -> None:
    arguments, stdin = VERBS[verb]
    found = folder.imported(sys.executable, "-m", "memctl", *arguments, stdin=stdin)
    assert found - before_us == set()


def test_the_command_imports_nothing_from_the_folder(folder: Folder) -> None:
    folder.plant("memctl")
    script = str(Path(sys.executable).with_name("memctl"))
    for arguments, stdin in VERBS.values():
        assert folder.imported(script, *arguments, stdin=stdin) == set(), arguments


def test_a_safe_path_leaves_python_nothing_to_import(folder: Folder) -> None:
    assert folder.imported(sys.executable, "-P", "-m", "memctl", "list") == set()


@pytest.mark.parametrize("entry", ["{here}", ".", ""])
def test_the_path_loses_only_the_entry_of_python_m(tmp_path: Path, entry: str) -> None:
    """PYTHONPATH may lead into the working directory: that entry is the user's own, and stays where it is."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    code = "import atexit, json, sys; atexit.register(lambda: print(json.dumps(sys.path)))"
    (hooks / "sitecustomize.py").write_text(code)

    def paths(flag: str, named: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, flag, "-m", "memctl", "--version"],
            cwd=tmp_path, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": named},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return list(json.loads(done.stdout.splitlines()[-1]))

    assert paths("-B", str(hooks)) == paths("-P", str(hooks))
    assert str(tmp_path) not in paths("-B", str(hooks))
    named = f"{entry.format(here=tmp_path)}:{hooks}"
    assert paths("-B", named) == paths("-P", named)
    assert paths("-B", named)[:2] == [str(tmp_path), str(hooks)]
