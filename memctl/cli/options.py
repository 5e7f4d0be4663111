"""Options that more than one verb takes, and the global ones that every verb takes."""

import inspect
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer

from memctl.cli.complete import memory_names

PANEL = "Global options"


def _option(kind: object, *names: str, help_: str, metavar: str | None = None) -> object:
    return Annotated[kind, typer.Option(*names, metavar=metavar, help=help_, rich_help_panel=PANEL)]


OPTIONS = {
    "dir_": _option(str | None, "--dir", metavar="PATH", help_="Use this memory directory."),
    "chdir": _option(str | None, "-C", metavar="PATH", help_="Run as if started in PATH."),
    "json_": _option(bool, "--json", help_="Print one JSON document."),
    "quiet": _option(bool, "--quiet", "-q", help_="No notes on stderr."),
    "verbose": _option(bool, "--verbose", "-v", help_="Say on stderr which directory is used, and how."),
    "color": _option(str | None, "--color", metavar="WHEN", help_="auto, always or never."),
    "no_pager": _option(bool, "--no-pager", help_="Never open a pager for a long result."),
}
"""Global options: parameter name -> annotation; none is given by default."""


def with_options(function: Callable[..., None], like: Callable[..., None]) -> Callable[..., None]:
    """`function(ctx, **given)` for the parser: `given` are the parameters of `like`, and the global options.

    The parser reads both from a signature that is made here, of which no type can know; so `Any` is meant.
    """
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    own = [p for p in inspect.signature(like).parameters.values() if p.name not in ("run", "ctx", "given")]
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in OPTIONS.items()
    ]
    parameters = [context, *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own), *more]
    command: Any = function
    command.__signature__ = inspect.Signature(parameters)
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return function


def take(given: dict[str, Any]) -> dict[str, Any]:
    """Take the global options out of `given`; returns those that the person gave."""
    found = {name: given.pop(name) for name in OPTIONS}
    return {name: value for name, value in found.items() if value is not None and value is not False}


Type = StrEnum("Type", ["user", "feedback", "project", "reference"])
"""Types of a memory, as `--type` takes them."""

TypeOption = Annotated[
    Type | None,
    typer.Option("--type", "-t", metavar="TYPE", help=f"Only memories of this type: {', '.join(Type)}."),
]
FailEmptyOption = Annotated[bool, typer.Option("--fail-empty", help="Exit 1 when nothing is found.")]
Print0Option = Annotated[
    bool, typer.Option("--print0", "-0", help="Paths, each ended by NUL, as they are: for xargs -0.")
]

Selector = StrEnum("Selector", ["auto", "llm", "lexical"])
"""Who selects: a model, words, or whichever can answer."""

Names = Annotated[
    list[str],
    typer.Argument(metavar="NAME...", help="Memories, by file or name.", autocompletion=memory_names),
]
QueryArgument = Annotated[
    str | None, typer.Argument(metavar="QUERY", help="What you are about to do; - reads stdin.")
]
LimitOption = Annotated[int | None, typer.Option("-k", metavar="N", min=0, help="At most this many.")]
SelectorOption = Annotated[Selector | None, typer.Option("--selector", help="Who selects.")]
DeadlineOption = Annotated[
    float | None, typer.Option("--deadline", metavar="SECONDS", min=0.0, help="Answer within this time.")
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="NAME", help="Leave this memory out.", autocompletion=memory_names),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="As things were at the end of DATE, or 30d, 6w, 3m, 1y ago."
    ),
]
SessionOption = Annotated[
    str | None, typer.Option("--session", metavar="ID", help="This session; default: the last one.")
]
