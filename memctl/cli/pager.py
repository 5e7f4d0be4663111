"""A pager for a result that is longer than the terminal, as git has one.

Which: `MEMCTL_PAGER`, then `PAGER`, then `less`; an empty one or `cat` is none. What is short enough is
printed as it always is, and no program is started for it.
"""

import os
import shlex
import subprocess
import sys
from typing import IO, Any

from memctl import programs

_LESS = {"LESS": "FRX", "LV": "-c"}
"""As git's: quit where it fits a screen, keep colours, leave the text standing. A person's own LESS wins."""


class Pages:
    """Stands for the stdout of a terminal: holds what is written until it no longer fits, then opens a pager.

    What else is asked of it is asked of the terminal. Once the pager was left, the rest goes nowhere.
    """

    def __init__(self, terminal: IO[str], command: list[str]) -> None:
        self.terminal = terminal
        self.held: list[str] = []
        self.notes: list[str] = []  # for stderr, once the pager has gone
        self._command = command
        size = os.get_terminal_size(terminal.fileno())
        self._columns, self._room = size.columns or 80, (size.lines or 24) - 1
        self._pager: subprocess.Popen[bytes] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.terminal, name)

    @property
    def buffer(self) -> IO[bytes]:
        """The terminal's bytes, for what is given as it is: no pager then."""
        self.release()
        return self.terminal.buffer  # type: ignore[no-any-return, attr-defined]

    def write(self, text: str) -> int:
        """Hold `text`, or hand it to the pager, which opens where the screen is full."""
        self.held.append(text)
        if self._pager is None:
            self._room -= self._rows(text)
            if self._room < 0:
                self._open()
        if self._pager is not None:
            self._feed()
        return len(text)

    def _rows(self, text: str) -> int:
        """Lines that `text` takes; one that is wider than the screen takes several."""
        lines = text.split("\n")
        return sum(max(0, len(line) - 1) // self._columns for line in lines) + len(lines) - 1

    def flush(self) -> None:
        """Nothing: whether it fits is known at the end."""

    def release(self) -> None:
        """Print what is held, while no pager is open: what follows on stderr stands below it."""
        if self._pager is None:
            held, self.held = "".join(self.held), []
            self.terminal.write(held)
            self.terminal.flush()

    def _open(self) -> None:
        try:
            self._pager = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                env={**_LESS, **os.environ},
                stdout=self.terminal.fileno(),
            )
        except OSError:
            self._room = sys.maxsize  # no such pager: everything is printed
            self.release()

    def _feed(self) -> None:
        """Hand what is held to the pager."""
        held, self.held = "".join(self.held), []
        stdin = self._pager.stdin if self._pager else None
        if stdin is not None and not stdin.closed:
            try:
                stdin.write(held.encode("utf-8", "backslashreplace"))
            except (BrokenPipeError, KeyboardInterrupt):
                self._hang_up()

    def _hang_up(self) -> None:
        if self._pager is not None and self._pager.stdin is not None:
            try:
                self._pager.stdin.close()
            except BrokenPipeError:
                pass  # the person has left it

    def later(self, text: str) -> bool:
        """Keep a line for stderr until the pager has gone; False where none is open."""
        if self._pager is not None:
            self.notes.append(text)
        return self._pager is not None

    def close_pager(self) -> list[str]:
        """Print the rest or wait for the pager; returns the lines that stderr is owed."""
        if self._pager is None:
            self.release()
            return []
        self._hang_up()
        while self._pager.poll() is None:
            try:
                self._pager.wait()
            except KeyboardInterrupt:
                continue  # the pager's own affair, as in git
        return self.notes


def begin() -> None:
    """Put a pager before stdout, which is a terminal; nothing where none is set or found."""
    if isinstance(sys.stdout, Pages) or os.environ.get("TERM", "dumb") == "dumb":
        return
    command = _command()
    if command:
        sys.stdout = Pages(sys.stdout, command)


def _command() -> list[str]:
    """The pager as a command, its program outside the project; [] for none."""
    said = next((os.environ[name] for name in ("MEMCTL_PAGER", "PAGER") if name in os.environ), "less")
    try:
        words = shlex.split(said)
    except ValueError:
        return []
    if not words or words == ["cat"]:
        return []
    program = os.path.expanduser(words[0])
    path = program if os.path.isabs(program) else programs.find(program)
    return [path, *words[1:]] if path else []
