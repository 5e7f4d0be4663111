"""A home of their own for hooks: no test sees the person's files."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memctl.hooks import detached
from tests.kit.cli import Memctl
from tests.kit.topics import topic
from tests.kit.warm import Warm

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home directory."""
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """A bare environment, as an editor started from a desktop gives it; Claude Code's auto memory is off, so that
    memctl tells of the index."""
    return {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A git project with nothing in it."""
    path = tmp_path / "project"
    path.mkdir()
    subprocess.run(["git", "init", "-q", str(path)], check=True, capture_output=True)
    return path


@pytest.fixture
def memories(home: Path, project: Path) -> Path:
    """The project's memory directory, with three memories."""
    slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in str(project))
    path = home / ".claude" / "projects" / slug / "memory"
    path.mkdir(parents=True)
    facts = {
        "deploy-with-ship": ("How the service is deployed", "Deploy with `make ship`, never by hand."),
        "prefer-pnpm": ("Package manager of the frontend", "Use pnpm in the frontend, not npm."),
        "timezone-berlin": ("Time zone of the reports", "Reports are in Europe/Berlin time."),
    }
    for name, (about, body) in facts.items():
        (path / f"{name}.md").write_text(topic(name, about, f"{body}\n"))
    (path / "MEMORY.md").write_text(
        "".join(f"- [{n}]({n}.md) — {about}\n" for n, (about, _) in facts.items())
    )
    return path


@pytest.fixture
def quick(environment: dict[str, str], project: Path, warm: Warm) -> Memctl:
    """memctl in the project, without the cost of its start."""
    return Memctl(project, env=environment, alone=True, warm=warm)


@pytest.fixture
def hook(environment: dict[str, str], tmp_path: Path) -> Run:
    """Run `memctl hook ...` as an installed hook runs: `hook("claude-code", stdin=b"...")`."""

    def run(*arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None, **kwargs: Any) -> Any:
        kwargs.setdefault("cwd", tmp_path)
        line = [os.path.abspath(sys.executable), *detached.command("hook", *arguments)[1:]]
        settings = environment if env is None else env
        return subprocess.run(
            line, input=stdin, capture_output=True, env=settings, timeout=30, check=False, **kwargs
        )

    return run
