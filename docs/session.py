"""Run the commands that the README shows, in a home of their own, and give back what a reader would see.

Used by docs/generate.py (writes the session and the pictures) and by the tests (compares them).
"""

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from memctl.store.state.resolve import slug

ROOT = Path(__file__).parent.parent

COMMANDS = (
    'memctl save "The web client is built with pnpm; npm breaks its workspace links" --type feedback',
    'memctl save "Production deploys go out Tuesday to Thursday, never on a Friday" --name deploy-window',
    'memctl recall "which package manager installs the web client?"',
    'memctl recall "can I deploy to production on a friday?"',
    'memctl recall "how tall is the Eiffel tower?"',
    "memctl forget deploy-window",
    "memctl undo",
    "memctl log",
)
"""The README's session."""


EXAMPLES = date(2026, 11, 20)
"""The day as on which the pictures show the example memories: their ages do not change with the calendar."""

ENTRY = "memctl.__main__"
"""What a console script names, by which `memctl doctor` knows a `memctl` on PATH for this one."""


class Sandbox:
    """A home and a project in a temporary folder; `memctl` is the one under test."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="memctl-session-")).resolve()
        self.project = self.home / "shop"
        self.project.mkdir()
        tools = self.home / "bin"
        tools.mkdir()
        command = tools / "memctl"
        call = f'exec {shlex.quote(sys.executable)} -m memctl "$@"'
        command.write_text(f"#!/bin/sh\n# {ENTRY}\n{call}\n")
        command.chmod(0o755)
        self.env = {
            "HOME": str(self.home),
            "PATH": f"{tools}:{os.environ.get('PATH', os.defpath)}",
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
        }

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.home, ignore_errors=True)

    def examples(self) -> Path:
        """A copy of the example memories that is as old today as they were on the day EXAMPLES."""
        copy = self.project / "memory"
        shutil.copytree(ROOT / "examples" / "memory", copy)
        later = date.today() - EXAMPLES
        for file in copy.glob("*.md"):
            text = file.read_text(encoding="utf-8")
            moved = re.sub(
                r"(?<=modified: )\d{4}-\d\d-\d\d", lambda m: str(date.fromisoformat(m[0]) + later), text
            )
            file.write_text(moved, encoding="utf-8")
        return copy

    def run(self, command: str) -> str:
        """stdout and stderr of one command, as a pipe gets them, with the home shown as `~`."""
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.project, env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return self.tilde(done.stdout)

    def tilde(self, text: str) -> str:
        """`text` with the sandbox's home as `~`, and the project as one at /home/mira/shop."""
        return text.replace(slug(str(self.project)), "-home-mira-shop").replace(str(self.home), "~")

    def on_terminal(self, command: str, columns: int, rows: int = 24) -> str:
        """What one command prints on a terminal of `columns` columns, escape codes included."""
        import fcntl
        import struct
        import termios

        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        process = subprocess.Popen(
            ["sh", "-c", command],
            cwd=self.project, env=self.env, stdin=follower, stdout=follower, stderr=follower, close_fds=True,
        )  # fmt: skip
        os.close(follower)
        shown = _drain(leader, process)
        os.close(leader)
        return self.tilde(shown.decode("utf-8", "replace").replace("\r\n", "\n"))


def _drain(leader: int, process: "subprocess.Popen[bytes]") -> bytes:
    shown = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([leader], [], [], 0.1)[0]:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
        elif process.poll() is not None:
            break
    process.wait()
    return shown


IDS = ("8d3f0a61c2", "b47e95d018", "1c6a72f3e9", "e09b58d4a7", "52f8c13b6e", "a7d4069ef1")
"""Stand in for commit ids, in the order in which they appear."""


def session() -> str:
    """The README's session: each command with what it printed; commits and times as placeholders."""
    with Sandbox() as sandbox:
        text = "".join(f"$ {command}\n{sandbox.run(command)}" for command in COMMANDS)
    found = re.findall(r"\b[0-9a-f]{8,10}\b", text)
    ids = dict(zip(dict.fromkeys(commit[:8] for commit in found), IDS, strict=False))
    text = re.sub(r"\b[0-9a-f]{8,10}\b", lambda m: ids[m[0][:8]][: len(m[0])], text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-11-20T09:30:00Z", text)
