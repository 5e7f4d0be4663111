"""The real clients from npm, each in a home of its own, talking to a loopback server.

They are found below the folder that MEMCTL_CLIENTS names (`sh tests/clients/install FOLDER` makes one), or
on PATH. Where one is missing, its tests are skipped and the summary of the run says so.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import Memctl
from tests.kit.loopback import Model, Respond, model

MISSING = pytest.StashKey[set[str]]()

PATIENCE = 240
"""Seconds that a client may take for one run: on a busy computer one takes minutes to start, and that is no
failure of memctl's."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test of a real client as much time as a busy computer needs for several of its runs."""
    for item in items:
        if item.get_closest_marker("client"):
            item.add_marker(pytest.mark.timeout(3 * PATIENCE))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say which clients were not there: a skipped test must not look like a passed one."""
    for name in sorted(config.stash.get(MISSING, set())):
        text = f"!! {name} IS NOT INSTALLED: its tests did not run (sh tests/clients/install FOLDER, "
        terminalreporter.write_line(text + "then MEMCTL_CLIENTS=FOLDER)", red=True, bold=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show beside a failure what the hooks did: a client says nothing of them."""
    report = yield
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if report.failed and folder is not None:
        for log in Path(folder).rglob("hooks.log"):
            report.sections.append((f"{log}", log.read_text(errors="replace")))
    return report


@dataclass
class Client:
    """One real client: its program, a home, a git project, and the server that plays its model."""

    program: str
    home: Path
    project: Path
    model: Model
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """A small environment; the client's own folder comes first on PATH, since it may need its node."""
        folders = [os.path.dirname(self.program), *os.environ.get("PATH", "/usr/bin:/bin").split(os.pathsep)]
        own = {
            "HOME": str(self.home),
            "PATH": os.pathsep.join(folders),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "MEMCTL_HOOK_DEADLINE": "5",  # the longest: a busy machine is no failure, and every client waits longer
        }
        return {**own, **self.extra}

    def run(self, *arguments: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
        """Run the client to its end. Fails the test when it does."""
        done = subprocess.run(
            [self.program, *arguments], cwd=cwd or self.project, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def answers(self, respond: Respond) -> None:
        """From now on the model answers as `respond` says."""
        self.model.respond = respond

    def memctl(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run memctl as the same person in the same project; its stdout."""
        return Memctl(cwd or self.project, env=self.environment, alone=True)(*arguments).out

    def proposed(self) -> str:
        """The inbox as JSON, once something is in it, or as it is after a minute."""
        listed = ""
        for _ in range(300):
            listed = self.memctl("review", "--list", "--json")
            if json.loads(listed)["proposals"]:
                break
            time.sleep(0.2)
        return listed

    def save(self, name: str, description: str, body: str) -> None:
        """Save one memory with memctl."""
        self.memctl("save", body, "--name", name, "--description", description, "--type", "project")


def find(name: str, request: pytest.FixtureRequest) -> str:
    """The client's program; skips the test, loudly, when there is none."""
    folder = os.environ.get("MEMCTL_CLIENTS")
    found = (
        shutil.which(name, path=os.path.join(folder, "node_modules", ".bin"))
        if folder
        else shutil.which(name)
    )
    if found:
        return os.path.abspath(found)
    request.config.stash.setdefault(MISSING, set()).add(name)
    pytest.skip(f"{name} is not installed: sh tests/clients/install FOLDER, then set MEMCTL_CLIENTS=FOLDER")


Start = Callable[..., Client]


@pytest.fixture
def start(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Start]:
    """Make a client: `start("claude", respond)`."""
    servers = []

    def make(name: str, respond: Respond | None = None) -> Client:
        program = find(name, request)
        server = model(respond)
        servers.append(server)
        home, project = tmp_path / "home", tmp_path / "project"
        home.mkdir()
        project.mkdir()
        subprocess.run(
            ["git", "init", "-q", str(project)],
            check=True,
            env={"PATH": os.environ["PATH"], "HOME": str(home)},
        )
        return Client(program, home, project, server.__enter__())

    yield make
    for server in servers:
        server.__exit__(None, None, None)
