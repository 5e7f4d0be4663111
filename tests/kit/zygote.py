"""Many runs of the real command in little time: one process imports memctl once and forks for each run.

Each run is a process of its own (its streams, environment, working directory, limits, peak memory), and only
Python's start and the imports are saved. What depends on those is tested with `tests.kit.cli` instead.

    with zygote() as run:
        done = run(["list", "--json"], cwd=..., env={...})
        done.code, done.out, done.err, done.peak_mib, done.cpu
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("zygote_server.py")

SECONDS = 60.0
"""A run that takes longer on the clock is killed: it waits for something."""


@dataclass
class Done:
    """What one run did. A killed run has a negative code."""

    arguments: tuple[str, ...]
    code: int
    raw: bytes
    raw_err: bytes
    peak_mib: float
    cpu: float  # seconds of processor time, which a busy machine does not lengthen

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


Run = Callable[..., Done]


@contextmanager
def zygote(*preload: str) -> Iterator[Run]:
    """Start the server, with the modules of `preload` imported too; yields the function that runs memctl."""
    with tempfile.TemporaryDirectory() as work:
        server = subprocess.Popen(
            [sys.executable, str(SERVER), work, *preload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert server.stdin is not None
        assert server.stdout is not None
        to_server, from_server = server.stdin, server.stdout

        def run(
            arguments: Sequence[str],
            *,
            cwd: Path | str,
            env: Mapping[str, str],
            stdin: bytes | None = None,
            seconds: float = SECONDS,
            limits: Mapping[str, int] | None = None,
            user: int | None = None,
        ) -> Done:
            """Run `memctl ARGUMENTS`. `limits` are names of `resource` and their values."""
            if stdin is not None:
                Path(work, "in").write_bytes(stdin)
            order = {
                "arguments": [a.encode("utf-8", "surrogateescape").hex() for a in arguments],
                "cwd": os.fsencode(cwd).hex(),
                "env": {k: v.encode("utf-8", "surrogateescape").hex() for k, v in env.items()},
                "stdin": stdin is not None,
                "seconds": seconds,
                "limits": dict(limits or {}),
                "user": user,
            }
            to_server.write(json.dumps(order) + "\n")
            to_server.flush()
            line = from_server.readline()
            assert line, "the zygote died"
            said = json.loads(line)
            return Done(
                tuple(arguments),
                said["code"],
                Path(work, "out").read_bytes(),
                Path(work, "err").read_bytes(),
                said["peak_kib"] / 1024,
                said["cpu"],
            )

        try:
            yield run
        finally:
            to_server.close()
            server.wait(timeout=30)
