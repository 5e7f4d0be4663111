"""memctl on a pseudo-terminal: what a person would see, and the keys that they press."""

import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType

_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")


class Terminal:
    """One command on a terminal of its own, 100 columns wide unless `env` has COLUMNS."""

    def __init__(self, arguments: list[str], cwd: Path, env: dict[str, str]) -> None:
        self.raw = ""
        self._handle, child = pty.openpty()
        termios.tcsetwinsize(self._handle, (50, int(env.get("COLUMNS", "100"))))
        line = [sys.executable, "-m", "memctl", *arguments]
        settings = {**env, "TERM": "xterm-256color", "COLUMNS": env.get("COLUMNS", "100"), "LINES": "50"}
        self._process = subprocess.Popen(line, cwd=cwd, env=settings, preexec_fn=lambda: os.login_tty(child))
        os.close(child)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._handle)

    @property
    def text(self) -> str:
        """Everything shown so far, without colours."""
        return _STYLE.sub("", self.raw).replace("\r\n", "\n")

    def wait_for(self, text: str, seconds: float = 20.0) -> str:
        """Read until `text` was shown after what was awaited before; returns what was shown until then. Lines may
        break between its words."""
        start = getattr(self, "_seen", 0)
        wanted = re.compile(re.escape(text).replace("\\ ", r"\s+"))
        end = time.monotonic() + seconds
        while (found := wanted.search(self.text, start)) is None:
            if time.monotonic() > end or not self._read(end - time.monotonic()):
                raise AssertionError(f"{text!r} was not shown; shown was:\n{self.text[start:]}")
        self._seen = found.end()
        return self.text[start : self._seen]

    def _read(self, seconds: float) -> bool:
        if not select.select([self._handle], [], [], max(0.0, seconds))[0]:
            return False
        try:
            data = os.read(self._handle, 65536)
        except OSError:
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)

    def press(self, keys: str) -> None:
        """Type `keys`."""
        os.write(self._handle, keys.encode())

    def code(self, seconds: float = 20.0) -> int:
        """The exit code, once the command has ended."""
        end = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < end:
            self._read(0.1)
        while self._read(0.1):
            pass
        return self._process.wait(timeout=1)
