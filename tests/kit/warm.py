"""A process that has imported memctl once and forks for each run; `tests.kit.cli.Memctl` uses it unless told not to.

Each run is a process of its own (its streams, environment, working directory, umask, peak memory): only Python's start
and the imports are saved, and what is waited for the disk. What depends on those is tested without it.
"""

import atexit
import ctypes
import gc
import importlib
import inspect
import json
import os
import pkgutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

LIBRARIES = (
    "rapidfuzz.process rapidfuzz.fuzz rapidfuzz.utils yaml frontmatter slugify typer.rich_utils"
    " typer._click.decorators resource"
).split()
"""What verbs import inside functions."""

RAISED, RETURNED = 98, 99
"""Exit codes of a fork in which an exception passed through memctl, or which could not become one."""


def unsynced() -> None:
    """From now on nothing that this process or its git writes waits for the disk.

    No test can see a power cut, and waiting is half of the time of a save. Programs that tests start from a
    shell, and the real clients, do wait. Handles are still looked at, as fsync does.
    """
    from memctl.store.history import git

    def fsync(handle: int) -> None:
        os.fstat(handle)

    os.fsync = fsync
    told = git.environment
    git.environment = lambda: {**told(), "GIT_TEST_FSYNC": "0"}


def _read_once(modules: list[ModuleType]) -> None:
    """Fill what memctl reads once for a process and from its own package: every cached function that takes
    nothing."""
    for module in modules:
        for one in list(vars(module).values()):
            if hasattr(one, "cache_info") and not inspect.signature(one).parameters:
                with suppress(ModuleNotFoundError):  # an extra that is not installed
                    one()


class Warm:
    """The server, started at once with the modules of `preload` imported too. Use as a context manager."""

    def __init__(self, *preload: str) -> None:
        self._work = tempfile.TemporaryDirectory()
        self._one = threading.Lock()
        self._server = subprocess.Popen(
            [sys.executable, "-P", __file__, self._work.name, *preload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={k: v for k, v in os.environ.items() if not k.startswith("LC_")} | {"LANG": "C.UTF-8"},
        )

    def __enter__(self) -> "Warm":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate(timeout=30)
        self._work.cleanup()

    def run(
        self,
        arguments: Sequence[str],
        cwd: Path | str,
        env: Mapping[str, str],
        stdin: bytes | None,
        seconds: float,
        bound: bool = False,
    ) -> dict[str, Any]:
        """Run `memctl ARGUMENTS`, killed after `seconds`; returns the fields of a `tests.kit.cli.Result`.

        A run that is `bound` cannot pass permissions, although it may be root's. Raises TimeoutExpired after
        `seconds`, and AssertionError for what memctl never ends with: no test takes either for a refusal.
        """
        order = {
            "arguments": [os.fsencode(a).hex() for a in arguments],
            "cwd": os.fsencode(cwd).hex(),
            "env": {k: os.fsencode(v).hex() for k, v in env.items()},
            "stdin": stdin is not None,
            "seconds": seconds,
            "bound": bound,
        }
        with self._one:
            done = self._ordered(order, stdin)
        if done["code"] == -signal.SIGALRM:
            raise subprocess.TimeoutExpired(list(arguments), seconds, done["raw"], done["raw_err"])
        assert done["code"] not in (RAISED, RETURNED), done["raw_err"].decode(errors="replace")
        return done

    def _ordered(self, order: dict[str, Any], stdin: bytes | None) -> dict[str, Any]:
        """Hand over one order and wait for what comes of it."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        work = Path(self._work.name)
        if stdin is not None:
            (work / "in").write_bytes(stdin)
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        line = self._server.stdout.readline()
        assert line, "the warm process died"
        said = json.loads(line)
        return {**said, "raw": (work / "out").read_bytes(), "raw_err": (work / "err").read_bytes()}


@cache
def shared() -> Warm:
    """The one of this process; it ends with it."""
    made = Warm()
    atexit.register(made.__exit__)
    return made


def main() -> None:
    """Serve until stdin ends: orders as JSON lines in, what came of each out."""
    import memctl

    work, *preload = sys.argv[1:]
    ours = [module.name for module in pkgutil.walk_packages(memctl.__path__, "memctl.")]
    for name in [*LIBRARIES, *ours, *preload]:
        with suppress(ModuleNotFoundError):  # an extra that is not installed
            importlib.import_module(name)
    _read_once([sys.modules[name] for name in ours if name in sys.modules])
    unsynced()
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_serve(json.loads(line), work)) + "\n")
        sys.stdout.flush()


def _serve(order: dict[str, Any], work: str) -> dict[str, Any]:
    child = os.fork()
    if child == 0:
        try:
            _become(order, work)
        finally:
            os._exit(RETURNED)  # memctl always leaves by itself
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return {"code": code, "peak_mib": used.ru_maxrss / 1024, "cpu": used.ru_utime + used.ru_stime}


def bind_by_permissions() -> None:
    """Take from this process, and from what it executes, what lets root pass permissions: CAP_DAC_OVERRIDE and
    CAP_DAC_READ_SEARCH leave its bounding set (PR_CAPBSET_DROP) and its own sets (capset). Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    sets = ctypes.create_string_buffer(24)
    failed = any(libc.prctl(24, capability, 0, 0, 0) for capability in (1, 2)) or libc.capget(header, sets)
    words = [word if at > 2 else word & ~0b110 for at, word in enumerate(struct.unpack("6I", sets.raw))]
    if failed or libc.capset(header, struct.pack("6I", *words)):
        raise OSError(ctypes.get_errno(), "capabilities cannot be given up")


def _become(order: dict[str, Any], work: str) -> None:
    """Turn this fork into a `memctl` that was just started."""
    signal.setitimer(signal.ITIMER_REAL, order["seconds"])  # the default action kills
    source = os.path.join(work, "in") if order["stdin"] else os.devnull
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path, how in (
        (0, source, os.O_RDONLY),
        (1, os.path.join(work, "out"), flags),
        (2, os.path.join(work, "err"), flags),
    ):
        handle = os.open(path, how, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    if order["bound"] and os.geteuid() == 0:
        bind_by_permissions()
    os.environ.clear()
    os.environ.update({k: os.fsdecode(bytes.fromhex(v)) for k, v in order["env"].items()})
    time.tzset()
    os.chdir(bytes.fromhex(order["cwd"]))
    sys.argv = ["memctl", *(os.fsdecode(bytes.fromhex(a)) for a in order["arguments"])]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    from memctl.__main__ import main as memctl_main

    try:
        memctl_main()
        sys.stdout.flush()
        os._exit(0)
    except SystemExit as leaving:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(leaving.code if isinstance(leaving.code, int) else 0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(RAISED)


if __name__ == "__main__":
    main()
