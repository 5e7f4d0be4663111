"""What goes where: the result to stdout, everything else to stderr, decoded values escaped on both.

On a terminal a result is laid out for reading; through a pipe it is one plain line per item; with `--json`
it is one document. `NO_COLOR`, `CLICOLOR_FORCE` and `TERM=dumb` are honoured.
"""

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING

from memctl.cli import folding
from memctl.cli.hints import carry, verbs
from memctl.text.counted import counted as counted
from memctl.text.escape import escape

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = 1
"""Version of every JSON document; keys are added, never renamed."""


GAUGE_AFTER, GAUGE_EVERY = 1.0, 0.1
"""Seconds after which work says how far it is, and between two times that it does."""


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
    def can_ask(self) -> bool:
        """Whether somebody sits there to answer a question, which goes to stderr."""
        return not self.json and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

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
            file=sys.stdout, force_terminal=colored or None, no_color=not colored,
            color_system="standard" if colored else None,  # without: no bold either
            highlight=False, markup=False, emoji=False,
        )  # fmt: skip

    def line(self, text: str = "") -> None:
        """One line of the result, escaped."""
        write(escape(text) + "\n")

    def sentence(self, text: str, indent: int = 2, keep: str = "") -> None:
        """One line of the result, escaped but for `keep`, of words: on a terminal broken between them, with
        `indent` blanks before what goes on."""
        for line in self.folded(escape(text, keep=keep), indent):
            write(line + "\n")

    def folded(self, text: str, indent: int) -> list[str]:
        """The line `text` (escaped) as lines that fit where stdout is a terminal; else as it is."""
        width = folding.columns(sys.stdout)
        return folding.folded(text, width, indent, verbs()) if 0 < width < len(text) else [text]

    def row(self, *fields: object) -> None:
        """One line of the result with tabs between its fields, each escaped by itself."""
        write(row(*fields))

    def block(self, text: str) -> None:
        """Several lines of the result: line ends (of Windows too, as plain ones) and tabs stay, everything
        else is escaped."""
        text = text.replace("\r\n", "\n")
        write(escape(text, keep="\n\t") + ("" if text.endswith("\n") or not text else "\n"))

    def painted(self, text: str, code: str) -> None:
        """One line of the result, escaped, in the ANSI colour `code`."""
        write(self.paint(text, code) + "\n")

    def document(self, content: Mapping[str, object]) -> None:
        """The one JSON document of a command, `schema` first. Strings are escaped by JSON itself."""
        write(json_text({"schema": SCHEMA, **content}) + "\n")

    def result(self, content: Mapping[str, object], text: str) -> None:
        """A result of one line: the document `content` with `--json`, else the line `text`."""
        self.document(content) if self.json else self.line(text)

    def raw(self, data: bytes) -> None:
        """Bytes as they are: `show --raw` and `-0`."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def note(self, text: str) -> None:
        """A message of progress or hint; `--quiet` silences it."""
        if not self.quiet:
            say(f"memctl: {carry(text)}")

    def progress(self, done: int, total: int, doing: str = "indexed") -> None:
        """How far what takes long has come, on one line of a terminal; nothing where stderr is none."""
        if self.quiet or not sys.stderr.isatty():
            return
        sys.stderr.write(
            f"\rmemctl: {doing} {done:,} of {total:,} memories" + ("\n" if done >= total else "")
        )
        sys.stderr.flush()

    @contextlib.contextmanager
    def gauge(self) -> Iterator[Callable[[str, int, int], None]]:
        """Tells of work that takes over a second how far it is, on one line of a terminal that goes with it:
        words with two places, done, of how many. Nothing where stderr is no terminal."""
        began, shown = time.monotonic(), 0.0
        quiet = self.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb"

        def tell(what: str, done: int, total: int) -> None:
            """The line anew, at most ten times a second."""
            nonlocal shown
            now = time.monotonic()
            if not quiet and now - began > GAUGE_AFTER and now - shown > GAUGE_EVERY:
                shown = now
                sys.stderr.write(f"\r\x1b[Kmemctl: {what.format(f'{done:,}', f'{total:,}')}")
                sys.stderr.flush()

        try:
            yield tell
        finally:
            if shown:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()

    def warn(self, text: str) -> None:
        """Something that the user should know although the command succeeds."""
        say(self.paint(f"memctl: warning: {carry(text)}", "33", sys.stderr), painted=True)

    def warn_all(self, texts: Iterable[str]) -> None:
        """Each of `texts` as a warning, once."""
        for text in dict.fromkeys(texts):
            self.warn(text)

    def detail(self, text: str) -> None:
        """What only `--verbose` shows."""
        if self.verbose:
            say(f"memctl: {carry(text)}")

    def paint(self, text: str, code: str, stream: IO[str] | None = None) -> str:
        """`text`, escaped, in the ANSI colour `code` when `stream` (default: stdout) gets colours."""
        safe = escape(text, keep="\n\t")
        return f"\x1b[{code}m{safe}\x1b[0m" if self.colored(stream or sys.stdout) else safe


def row(*fields: object) -> str:
    """Fields as one line with tabs between them, each escaped by itself, so that `cut -f` can trust them."""
    return "\t".join(escape(str(field)) for field in fields) + "\n"


def word(value: object) -> str:
    """A figure or a setting in one line: `true`, `0.5`, `a = b, c = d`; `-` for none."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        value = ", ".join(f"{key} = {item}" for key, item in value.items())
    return "-" if value is None or value == "" else str(value)


def write(text: str) -> None:
    """Text to stdout; a lone surrogate (a name that is no UTF-8) cannot break it."""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def say(text: str, *, painted: bool = False) -> None:
    """One line to stderr, escaped unless `painted` (escaped then already); a closed stderr is no failure."""
    try:
        # where both streams meet, what was said first stands first
        getattr(sys.stdout, "release", sys.stdout.flush)()
    except (OSError, ValueError):
        pass
    shown = text if painted else escape(text, keep="\n\t")
    shown = shown if text.startswith("{") else wrapped(shown)
    later = getattr(sys.stdout, "later", None)  # a pager's: it has the screen now
    if later is None or not later(shown):
        _tell(shown)


def _tell(shown: str) -> None:
    try:
        sys.stderr.write(shown + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


def end_page() -> None:
    """Where a pager stands before stdout: wait until the person leaves it, then say what was to be said."""
    close = getattr(sys.stdout, "close_pager", None)
    if close is not None:
        sys.stdout = vars(sys.stdout)["terminal"]
        for shown in close():
            _tell(shown)


def wrapped(text: str) -> str:
    """`text` with its first line broken between words where stderr is a terminal.

    What follows a first line is a diff or a list, and stays.
    """
    first, *rest = text.split("\n")
    width = folding.columns(sys.stderr)
    if not width or len(_STYLE.sub("", first)) <= width:
        return text
    indent = len(first) - len(first.lstrip()) + 2
    return "\n".join([*folding.folded(first, width, indent, verbs()), *rest])


_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def json_text(content: Mapping[str, object], indent: int | None = 2) -> str:
    """`content` as JSON in which nothing hides or steers, and that the encoding of stdout can say."""
    import json

    plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    return _json_safe(json.dumps(content, ensure_ascii=plain, indent=indent))


def _json_safe(text: str) -> str:
    """Inside JSON strings what JSON leaves raw (DEL, C1, bidi, zero-width, tags) becomes `\\uXXXX`: same
    value."""
    if text.isascii():
        return text.replace("\x7f", "\\u007f")
    if escape(text, keep="\n") == text:
        return text
    hiding = {ord(char): _unit_escapes(char) for char in set(text) if escape(char, keep="\n") != char}
    return text.translate(hiding)


def _unit_escapes(char: str) -> str:
    wide = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{wide[i] << 8 | wide[i + 1]:04x}" for i in range(0, len(wide), 2))
