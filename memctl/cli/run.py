"""One run of one verb: the global options, the streams, the memory directory, the clock.

`@verb` gives a function every global option, so that they are accepted before and after the verb.
"""

import functools
import inspect
import os
import sys
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memctl.cli.output import Output
from memctl.errors import MemctlError, Refused, UsageError

if TYPE_CHECKING:
    from memctl.services.write.door import WriteDoor

PANEL = "Global options"

DirOption = Annotated[
    str | None,
    typer.Option("--dir", metavar="PATH", help="Use this memory directory.", rich_help_panel=PANEL),
]
ChdirOption = Annotated[
    str | None,
    typer.Option("-C", metavar="PATH", help="Run as if started in PATH.", rich_help_panel=PANEL),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.", rich_help_panel=PANEL)]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="No notes on stderr.", rich_help_panel=PANEL)
]
VerboseOption = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="Say on stderr which directory is used, and how.", rich_help_panel=PANEL
    ),
]
ColorOption = Annotated[
    str | None,
    typer.Option("--color", metavar="WHEN", help="auto, always or never.", rich_help_panel=PANEL),
]

OPTIONS: dict[str, Any] = {
    "dir_": (DirOption, None),
    "chdir": (ChdirOption, None),
    "json_": (JsonOption, False),
    "quiet": (QuietOption, False),
    "verbose": (VerboseOption, False),
    "color": (ColorOption, None),
}
"""Global options: parameter name -> (annotation, default)."""


class ClosedPipe(Exception):
    """Whoever read the result has gone: a quiet end. No OSError, which the parser would turn into exit 1."""


class Run:
    """What a verb is given: options that every verb has, and what follows from them, made when asked for."""

    def __init__(self, options: dict[str, Any]) -> None:
        if options.get("chdir"):
            _change_directory(options["chdir"])
        color = options.get("color") or "auto"
        if color not in ("auto", "always", "never"):
            raise UsageError(f"--color {color}", hint="auto, always or never")
        self.sub_verb: str | None = None  # of a verb that has sub-verbs, e.g. `list` in `config list`
        self.dir_flag: str | None = options.get("dir_")
        self.out = Output(
            json=bool(options.get("json_")),
            quiet=bool(options.get("quiet")),
            verbose=bool(options.get("verbose")),
            color=color,
        )

    @cached_property
    def now(self) -> float:
        """Seconds since the epoch when this run asked first."""
        return time.time()

    @cached_property
    def place(self) -> Any:
        """The resolved memory directory and project root (`store.state.resolve.Place`).

        Raises Refused when another living project has the same slug.
        """
        from memctl.store.state.registry import open_place

        place = self._named(open_place(_cwd(), self.dir_flag))
        if place.by_slug and not os.path.isdir(place.directory):
            self._offer(place)
        return place

    @cached_property
    def bare_place(self) -> Any:
        """As `place`, without asking whose it is: for the verbs that settle just that."""
        from memctl.store.state.resolve import resolve

        return self._named(resolve(_cwd(), self.dir_flag))

    def _named(self, place: Any) -> Any:
        """`place`; with `--verbose` its directory and the rule that found it are said."""
        rule = next((rule.name for rule in place.rules if rule.matched), "")
        self.out.detail(f"memory directory: {place.directory} ({rule})")
        return place

    def _offer(self, place: Any) -> None:
        """On a miss: say where the memory of a moved project is, one line on stderr."""
        from memctl.services.projects import offer

        sentence = offer(place)
        if sentence:
            self.out.warn(sentence)

    @cached_property
    def door(self) -> "WriteDoor":
        """The way to change this memory directory."""
        from memctl.services.write.door import WriteDoor

        return WriteDoor(self.place)

    def register(self) -> None:
        """Remember which project the memory directory belongs to, before it is written to."""
        from memctl.services.projects import register

        register(self.place)

    @property
    def directory(self) -> str:
        """The memory directory, which need not exist."""
        return str(self.place.directory)

    @cached_property
    def store(self) -> Any:
        """The memories of this directory (`store.memory.memories.MemoryStore`), after `repair`."""
        from memctl.store.memory.memories import MemoryStore

        self.repair()
        return MemoryStore(self.directory)

    def repair(self) -> None:
        """Finish what a killed command left, and say on stderr what was repaired or is still waiting.

        Two listings when nothing is left, as is usual: what recovers is imported only when there is.
        """
        from memctl import places

        state = places.store_state(self.directory)
        if not any(_holds_files(os.path.join(state, name)) for name in ("journal", "spool")):
            return
        try:
            self.out.warn_all(self.door.repair(now=self.now))
        except MemctlError as error:
            self.out.warn(error.message)

    def settings(self, **flags: Any) -> Any:
        """The settings (`settings.Settings`), with what this verb's own options say."""
        from memctl.settings import load

        return load(flags)


def _holds_files(folder: str) -> bool:
    try:
        return bool(os.listdir(folder))
    except OSError:
        return False


def _cwd() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise MemctlError(
            "the current directory does not exist any more", hint="cd elsewhere, or use -C"
        ) from None


def _change_directory(path: str) -> None:
    try:
        os.chdir(os.path.expanduser(path))
    except OSError as error:
        raise UsageError(f"-C {path}: {error.strerror}", hint="name an existing directory") from None


def verb(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give `function(run, ...)` the global options; those before the verb and after it are joined."""
    signature = inspect.signature(function)
    own = [p for name, p in signature.parameters.items() if name != "run"]
    extra = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in OPTIONS.items()
    ]
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)

    def call(ctx: typer.Context, **given: Any) -> Any:
        options = dict(ctx.obj or {})
        for name in OPTIONS:
            value = given.pop(name)
            if value is not None and value is not False:
                options[name] = value
        ctx.obj = options  # sub-verbs inherit them
        run = Run(options)
        run.sub_verb = ctx.invoked_subcommand
        try:
            return function(run, **given)
        except BrokenPipeError:
            raise ClosedPipe from None

    own_keywords = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    command: Any = functools.update_wrapper(call, function)
    command.__signature__ = inspect.Signature([context, *own_keywords, *extra])
    command.__annotations__ = {p.name: p.annotation for p in [context, *own, *extra]}
    del command.__wrapped__  # else the parser would read the signature of `function` behind it
    return command  # type: ignore[no-any-return]


TEXT_MAX = 1024 * 1024
"""Bytes that are read of a text on stdin: a memory may have 100,000, a query and a tool call a few more."""


def read_text(argument: str | None, out: Output, what: str = "text") -> str | None:
    """A verb's text: the argument, stdin for `-`, a piped stdin without an argument, else None.

    Never waits on a terminal, nor on a stdin that is no pipe and no file. Raises UsageError for text that
    is not UTF-8, Refused for one longer than TEXT_MAX.
    """
    if argument is not None and argument != "-":
        return argument
    if argument is None and not _stdin_is_piped():
        return None
    if sys.stdin is None or (argument == "-" and sys.stdin.isatty()):
        raise UsageError(f"no {what} on stdin", hint=f"pipe the {what} in, or give it as an argument")
    data = sys.stdin.buffer.read(TEXT_MAX + 1)
    if not data and argument is None:
        return None
    if len(data) > TEXT_MAX:
        message = f"the {what} on stdin is longer than {TEXT_MAX >> 20} MiB"
        raise Refused(message, hint="give less of it", slug="size")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"stdin, line {line}: is not valid UTF-8", hint="convert it first") from None


def _stdin_is_piped() -> bool:
    """Whether something was put on stdin on purpose: a pipe, file or socket, but no terminal or device."""
    import stat

    if sys.stdin is None:
        return False
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)
