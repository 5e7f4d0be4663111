"""The real command in a process of its own, as a user runs it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Result:
    """What one command did."""

    code: int
    out: str
    err: str
    raw: bytes = b""

    @property
    def json(self) -> Any:
        """stdout as the one JSON document it must be."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """stdout, a line each."""
        return self.out.splitlines()


@dataclass
class Memctl:
    """Runs `memctl`; `directory` is given as MEMCTL_DIR unless it is None."""

    cwd: Path
    directory: Path | None = None
    env: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The environment of the command."""
        env = dict(os.environ)
        if self.directory is not None:
            env["MEMCTL_DIR"] = str(self.directory)
        env.update(self.env)
        return env

    def __call__(
        self, *arguments: str, stdin: str | bytes | None = None, code: int | None = 0, **env: str
    ) -> Result:
        """Run `memctl ARGUMENTS`; asserts the exit code unless `code` is None. No stdin means /dev/null."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "memctl", *arguments],
            cwd=self.cwd,
            env={**self.environment(), **env},
            input=data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            timeout=60,
        )
        result = Result(
            done.returncode,
            done.stdout.decode("utf-8", "replace"),
            done.stderr.decode("utf-8", "replace"),
            done.stdout,
        )
        if code is not None:
            assert result.code == code, f"exit {result.code}\nout: {result.out}\nerr: {result.err}"
        return result


def topic(
    name: str, description: str = "a description", body: str = "The fact.\n", type_: str = "project"
) -> str:
    """The text of a topic file in the current form."""
    return f"---\nname: {name}\ndescription: {description}\nmetadata:\n  type: {type_}\n---\n{body}"
