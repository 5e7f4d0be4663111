"""The one way in which tests start the command: a process of its own, which is nearly always a warm one."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kit.warm import Warm, shared

COMMAND = (sys.executable, "-m", "memctl")
"""For a test that needs a shell, a terminal or a closed stream around it."""


def asking(command: Path | str, folder: Path, rest: str = "") -> dict[str, str]:
    """The environment in which the person's own settings, written into `folder`, name `command` as the provider;
    `rest` is what else they say."""
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(f"command = {json.dumps(str(command))}\n{rest}")
    return {"MEMCTL_CONFIG_DIR": str(folder)}


def _starts_otherwise(name: str, value: str) -> bool:
    """Whether Python or its C library, which read that variable when they start, would start otherwise with it
    than the warm process did; its locale is UTF-8's. TZ is none of these: a fork reads it anew."""
    if name == "LANG" or name.startswith("LC_"):
        return not value.upper().replace("-", "").endswith(".UTF8")
    return name.startswith(("PYTHON", "LD_", "MALLOC_"))


@dataclass
class Result:
    """What one command did. A killed one has a negative code."""

    arguments: tuple[str, ...]
    code: int
    raw: bytes
    raw_err: bytes
    peak_mib: float = 0.0  # measured by a warm process only
    cpu: float = 0.0  # seconds of processor time, which a busy machine does not lengthen; as `peak_mib`

    @property
    def out(self) -> str:
        """stdout, which must be UTF-8."""
        return self.raw.decode("utf-8")

    @property
    def err(self) -> str:
        """stderr, which must be UTF-8."""
        return self.raw_err.decode("utf-8")

    @property
    def json(self) -> Any:
        """stdout as the one JSON document it must be."""
        return json.loads(self.raw)

    @property
    def lines(self) -> list[str]:
        """stdout, a line each."""
        return self.out.splitlines()


@dataclass
class Memctl:
    """Runs `memctl`; `directory` is given as MEMCTL_DIR unless it is None.

    `env` adds to this process's environment, or is all of it when the command is `alone`. Each run is a fork of
    `warm`; without one, and where a run depends on how Python starts, Python is started, as a user does.
    """

    cwd: Path
    directory: Path | None = None
    env: dict[str, str] = field(default_factory=dict)
    alone: bool = False
    warm: Warm | None = field(default_factory=shared)

    def environment(self) -> dict[str, str]:
        """The environment of the command."""
        env = {} if self.alone else dict(os.environ)
        env.pop("PYTEST_CURRENT_TEST", None)  # the test's id may be longer than the system lets a variable be
        if self.directory is not None:
            env["MEMCTL_DIR"] = str(self.directory)
        return env | self.env

    def __call__(
        self, *arguments: str, stdin: str | bytes | None = None, code: int | None = 0, **env: str
    ) -> Result:
        """Run `memctl ARGUMENTS`; asserts the exit code unless `code` is None. No stdin means /dev/null."""
        result = self.run(arguments, stdin=stdin.encode() if isinstance(stdin, str) else stdin, env=env)
        if code is not None:
            assert result.code == code, f"exit {result.code}\nout: {result.raw!r}\nerr: {result.err}"
        return result

    def completed(self, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run `memctl ARGUMENTS`; what came of it in the shape that programs beside it give."""
        done = self.run(arguments, env=env)
        return subprocess.CompletedProcess(arguments, done.code, done.out, done.err)

    def run(
        self,
        arguments: tuple[str, ...],
        *,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        seconds: float = 60.0,
        bound: bool = False,
        **options: Any,
    ) -> Result:
        """Run `memctl ARGUMENTS`, whatever comes of it. `bound` is that of `Warm.run`; `options` are those of
        `subprocess.run`, and need a process that is not warm."""
        env = self.environment() | dict(env or {})
        if self.warm is not None and not options and not any(_starts_otherwise(*one) for one in env.items()):
            return Result(arguments, **self.warm.run(arguments, self.cwd, env, stdin, seconds, bound))
        assert not bound, "only a warm process is"
        options = {"stdin": subprocess.DEVNULL} | options if stdin is None else {"input": stdin} | options
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=self.cwd, env=env, capture_output=True, timeout=seconds, **options
        )
        return Result(arguments, done.returncode, done.stdout, done.stderr)
