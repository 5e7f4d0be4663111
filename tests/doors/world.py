"""One machine for one test: a git project, memctl's own places, and the means to look at all of them.

Everything is done through the real command and read from disk; nothing of memctl is imported.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kit import sessions
from tests.kit.cli import Memctl, Result, asking
from tests.kit.secret_samples import fill
from tests.kit.warm import Warm

STAND_IN = Path(__file__).parent / "stand_in"
AGENT = {"CLAUDECODE": "1"}
"""What Claude Code sets in the shells that it starts."""

WORDS = ("name", "session", "evidence", "remote")
"""Slots of one word; the others take sentences."""

Say = Callable[[str, str], str]
"""(slot, harmless text) -> the text to give in that slot: the harmless one, or one with a secret in it."""


def secret(seed: str) -> str:
    """A made-up GitHub token that belongs to the test called `seed` and stands in no file."""
    return fill("gh|p_{a36}", zlib.crc32(seed.encode()))


def harmless(slot: str, text: str) -> str:
    """Say nothing but the harmless text."""
    return text


def saying(slot: str, token: str) -> Say:
    """Say the harmless texts, but in `slot` one with `token`; a name is the token alone."""

    def say(at: str, text: str) -> str:
        if at != slot:
            return text
        return token if at in WORDS else f"{text.rstrip(' .')} with the token {token}."

    return say


@dataclass
class World:
    """The project at `root` and everything that memctl keeps for it; all of it below `top`."""

    top: Path
    root: Path
    cli: Memctl
    planted: list[Path] = field(default_factory=list)
    """Files and folders which the test itself fills: a secret there is the test's own."""
    before: dict[str, bytes] = field(default_factory=dict)
    commits: set[str] = field(default_factory=set)
    found: dict[Path, Path] = field(default_factory=dict)

    @classmethod
    def make(cls, top: Path, warm: Warm) -> "World":
        """A fresh machine: memctl has never run on it."""
        root = repository(top / "project")
        for name in ("state", "cache", "config", "tmp", "given"):
            (top / name).mkdir()
        env = {
            "MEMCTL_STATE_DIR": str(top / "state"),
            "MEMCTL_CACHE_DIR": str(top / "cache"),
            "MEMCTL_CONFIG_DIR": str(top / "config"),
            "TMPDIR": str(top / "tmp"),
        }
        # An editor's copy lies in TMPDIR: what was typed there is kept on purpose when it is refused.
        return cls(top, root, Memctl(cwd=root, env=env, warm=warm), [root, top / "given", top / "tmp"])

    @property
    def directory(self) -> Path:
        """The memory directory of the project, found by its slug; it is asked for once for each root."""
        if self.root not in self.found:
            self.found[self.root] = Path(self.cli("path").lines[0])
        return self.found[self.root]

    @property
    def state(self) -> Path:
        """Where the history, the inbox and the registry are."""
        return self.top / "state"

    def plant(
        self, name: str, description: str, body: str = "It stands at the north quay.\n", **metadata: str
    ) -> Path:
        """Write a topic file by hand, as an editor or another tool does."""
        lines = [f"name: {name}", f"description: {description}", "metadata:", "  type: project"]
        lines += [f"  {key}: {value}" for key, value in metadata.items()]
        path = self.directory / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["---", *lines, "---", body]), encoding="utf-8")
        self.planted.append(path)
        return path

    def given(self, name: str, text: str, *, executable: bool = False) -> Path:
        """A file outside of memctl's places that the test hands to memctl."""
        path = self.top / "given" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755 if executable else 0o644)
        return path

    def session(self, *said: tuple[str, str]) -> Path:
        """A recorded session of Claude Code."""
        return sessions.write(said, "claude-code", self.top / "given")

    def recorded(self, *said: tuple[str, str]) -> Path:
        """A session where Claude Code itself keeps it."""
        folder = Path(os.environ["HOME"]) / ".claude" / "projects" / "-elsewhere"
        folder.mkdir(parents=True, exist_ok=True)
        self.planted.append(folder)
        return sessions.write(said, "claude-code", folder)

    def model(self, answer: object) -> dict[str, str]:
        """The environment in which a model answers `answer`; what it was asked is written to `top/asked`.

        Which command is asked is said in a settings file beside the person's own, with what that says.
        """
        text = self.given("answer.json", json.dumps(answer))
        script = f"#!/bin/sh\ncat >> '{self.top}/asked'\ncat '{text}'\n"
        own = self.top / "config" / "config.toml"
        rest = own.read_text() if own.exists() else ""
        return asking(self.given("model", script, executable=True), self.top / "asking", rest)

    def configure(self, text: str) -> None:
        """The person's own config.toml."""
        (self.top / "config" / "config.toml").write_text(text)

    def mcp(self, arguments: dict[str, str], tool: str = "save", **env: str) -> dict[str, Any]:
        """Call a tool of `memctl mcp`; returns its result."""
        if importlib.util.find_spec("mcp") is None:
            env["PYTHONPATH"] = os.pathsep.join([str(STAND_IN), os.environ.get("PYTHONPATH", "")])
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}}
        requests = [
            {
                "id": 1,
                "method": "initialize",
                "params": {**hello, "clientInfo": {"name": "t", "version": "0"}},
            },
            {"method": "notifications/initialized"},
            {"id": 2, "method": "tools/call", "params": {"name": tool, "arguments": arguments}},
        ]
        server = subprocess.Popen(
            [sys.executable, "-m", "memctl", "mcp"],
            cwd=self.cli.cwd,
            env={**self.cli.environment(), **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert server.stdin is not None
        assert server.stdout is not None
        for request in requests:
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **request}) + "\n")
            server.stdin.flush()
            if "id" in request:
                line = server.stdout.readline()
                assert line, f"the server ended: {server.communicate()[1]}"
        server.communicate(timeout=30)
        result: dict[str, Any] = json.loads(line)["result"]
        return result

    def point(self, *pointers: str) -> None:
        """Write the index by hand."""
        text = "".join(f"{pointer}\n" for pointer in ("# Memory Index", "", *pointers))
        (self.directory / "MEMORY.md").write_text(text, encoding="utf-8")

    # --- looking ---

    def snapshot(self) -> dict[str, bytes]:
        """Every file of the memory directory and its bytes, and every skill of the project."""
        folders = (self.directory, self.root / ".claude" / "skills")
        return {
            str(p.relative_to(at)): p.read_bytes() for at in folders for p in at.rglob("*") if p.is_file()
        }

    def mark(self) -> None:
        """Remember what there is now, for `changed` and `changes`."""
        self.before, self.commits = self.snapshot(), set(self._commits())

    def changed(self) -> bool:
        """Whether the memory directory differs from what `mark` saw."""
        return self.snapshot() != self.before

    def changes(self) -> list[dict[str, Any]]:
        """What `memctl log` has since `mark`, the newest first, without edits made outside memctl."""
        found = self.cli("log", "--json").json["changes"]
        return [c for c in found if c["commit"] not in self.commits and c["verb"] != "outside"]

    def _commits(self) -> Iterator[str]:
        for history in self.histories():
            yield from _git(history, "rev-list", "--all").decode().split()

    def histories(self) -> list[Path]:
        """Every git repository below the state directory."""
        return [p.parent for p in self.state.rglob("HEAD") if (p.parent / "objects").is_dir()]

    def roots(self) -> list[str]:
        """The project folders that `memctl project list` names for the memory directory."""
        projects = self.cli("project", "list", "--json").json["projects"]
        return [r for p in projects if p["directory"] == str(self.directory) for r in p["roots"]]

    def unregister(self) -> None:
        """Forget which project the memory directory belongs to, whatever the preparation has done.

        No command is run: it could finish what the preparation left unfinished.
        """
        for record in self.state.glob("stores/*/project"):
            record.unlink()
        root = str(self.root).encode()
        assert [p for p in self.state.rglob("*") if p.is_file() and root in p.read_bytes()] == []

    def waiting(self) -> list[dict[str, Any]]:
        """The proposals that wait for a verdict."""
        found: list[dict[str, Any]] = self.cli("review", "--list", "--json").json["proposals"]
        return found

    def holds(self, token: str, *, history: bool = True) -> list[str]:
        """Every file and git object with `token` in it that the test did not fill; case is not told apart.

        A search index folds case and cuts a token at its marks, so the last thirty characters are looked for.
        """
        needle = token[-30:].lower().encode()
        places = {self.top, Path(os.environ["HOME"])}
        files = (p for place in places for p in place.rglob("*") if p.is_file() and not self._is_planted(p))
        found = [str(p) for p in files if needle in p.read_bytes().lower()]
        if history:
            objects = ("cat-file", "--batch-all-objects", "--batch")
            found += [str(h) for h in self.histories() if needle in _git(h, *objects).lower()]
        return found

    def _is_planted(self, path: Path) -> bool:
        return any(path == own or own in path.parents for own in self.planted)

    # --- states that only a crash leaves ---

    def interrupt(self, file: str, *command: str) -> None:
        """Kill `command` when it has written `file`, and take back what it wrote: only its journal is left.

        That is what a kill right after the journal leaves. A `git` that comes first on PATH does the killing.
        """
        before, target = self.snapshot(), self.directory / file
        real = shutil.which("git")
        shim = self.given(
            "git", f'#!/bin/sh\n[ -e "{target}" ] && kill -9 $PPID && exit 1\nexec {real} "$@"\n'
        )
        shim.chmod(0o755)
        self.cli(*command, code=-9, PATH=f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
        shim.unlink()
        assert target.exists()
        shutil.rmtree(self.directory)
        for name, content in before.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        assert list(self.state.glob("stores/*/journal/*.json"))

    def keep_aside(self) -> None:
        """Turn the interrupted change into one that could not be written and is kept for the doctor."""
        for entry in list(self.state.glob("stores/*/journal/*.json")):
            kept = entry.parent.parent / "spool"
            kept.mkdir(mode=0o700, exist_ok=True)
            entry.rename(kept / entry.name)


def repository(root: Path) -> Path:
    """A git project with one commit."""
    root.mkdir(parents=True)
    project_git(root, "init", "-q", "-b", "main")
    (root / "limits.py").write_text(f"PAGE_SIZE = 50  # {root}\n")
    project_git(root, "add", ".")
    project_git(root, "commit", "-q", "-m", "First")
    return root


def project_git(root: Path, *arguments: str) -> str:
    """git in the project, as the person's."""
    line = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run([*line, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _git(history: Path, *arguments: str) -> bytes:
    line = ["git", "--git-dir", str(history), *arguments]
    return subprocess.run(line, check=True, capture_output=True).stdout


def answered(text: str) -> Result:
    """An answer that came by another way than the command line, in the shape of one that did."""
    return Result((), 0, text.encode(), b"")
