"""What goes where: the result to stdout, everything else to stderr, decoded values escaped on both.

On a terminal a result is laid out for reading; through a pipe it is one plain line per item; with `--json`
it is one document. `NO_COLOR`, `CLICOLOR_FORCE` and `TERM=dumb` are honoured.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

from memctl.domain.escape import escape

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = 1
"""Version of every JSON document; keys are added, never renamed (contract, section 5)."""


class Output:
    """The streams of one command."""

    def __init__(
        self, *, json: bool = False, quiet: bool = False, verbose: bool = False, color: str = "auto"
    ):
        self.json = json
        self.quiet = quiet
        self.verbose = verbose
        self._color = color

    @property
    def on_terminal(self) -> bool:
        """Whether a person reads the result: stdout is a terminal, and JSON was not asked for."""
        return not self.json and sys.stdout.isatty()

    def colored(self, stream: IO[str]) -> bool:
        """Whether `stream` gets colours."""
        if self._color != "auto":
            return self._color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
            return True
        return stream.isatty() and os.environ.get("TERM") != "dumb"

    def console(self) -> "Console":
        """A rich console on stdout; only laid-out results pay for its import."""
        from rich.console import Console

        colored = self.colored(sys.stdout)
        return Console(
            file=sys.stdout, no_color=not colored, force_terminal=colored or None,
            highlight=False, markup=False, emoji=False,
        )  # fmt: skip

    def line(self, text: str = "") -> None:
        """One line of the result, escaped."""
        write(escape(text) + "\n")

    def block(self, text: str) -> None:
        """Several lines of the result: line ends and tabs stay, everything else is escaped."""
        write(escape(text, keep="\n\t") + ("" if text.endswith("\n") or not text else "\n"))

    def document(self, content: Mapping[str, Any]) -> None:
        """The one JSON document of a command, `schema` first. Strings are escaped by JSON itself."""
        import json

        text = json.dumps({"schema": SCHEMA, **content}, ensure_ascii=False, indent=2, sort_keys=False)
        write(_json_safe(text) + "\n")

    def raw(self, data: bytes) -> None:
        """Bytes as they are: `show --raw` and `-0`."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def note(self, text: str) -> None:
        """A message of progress or hint; `--quiet` silences it."""
        if not self.quiet:
            say(f"memctl: {text}")

    def progress(self, done: int, total: int) -> None:
        """How far an indexing has come, on one line of a terminal; nothing where stderr is no terminal."""
        if self.quiet or not sys.stderr.isatty():
            return
        sys.stderr.write(
            f"\rmemctl: indexed {done:,} of {total:,} memories" + ("\n" if done >= total else "")
        )
        sys.stderr.flush()

    def warn(self, text: str) -> None:
        """Something that the user should know although the command succeeds."""
        say(self.paint(f"memctl: warning: {text}", "33", sys.stderr), painted=True)

    def warn_all(self, texts: Iterable[str]) -> None:
        """Each of `texts` as a warning, once."""
        for text in dict.fromkeys(texts):
            self.warn(text)

    def detail(self, text: str) -> None:
        """What only `--verbose` shows."""
        if self.verbose:
            say(f"memctl: {text}")

    def paint(self, text: str, code: str, stream: IO[str]) -> str:
        """`text`, escaped, in the ANSI colour `code` when `stream` gets colours."""
        safe = escape(text, keep="\n\t")
        return f"\x1b[{code}m{safe}\x1b[0m" if self.colored(stream) else safe


def write(text: str) -> None:
    """Text to stdout; a lone surrogate (a name that is no UTF-8) cannot break it."""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def say(text: str, *, painted: bool = False) -> None:
    """One line to stderr, escaped unless `paint` has done so; a closed stderr is no reason to fail."""
    try:
        sys.stdout.flush()  # where both streams meet, what was said first stands first
        sys.stderr.write((text if painted else escape(text, keep="\n\t")) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError, UnicodeEncodeError):
        pass


def _json_safe(text: str) -> str:
    """Inside JSON strings what JSON leaves raw (C1, bidi, zero-width, tags) becomes `\\uXXXX`: same value."""
    if text.isascii():
        return text
    safe = escape(text, keep="\n")
    if safe == text:
        return text
    return "".join(c if escape(c, keep="\n") == c else _unit_escapes(c) for c in text)


def _unit_escapes(char: str) -> str:
    wide = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{wide[i] << 8 | wide[i + 1]:04x}" for i in range(0, len(wide), 2))
