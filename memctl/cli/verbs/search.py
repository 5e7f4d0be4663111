"""The verb that finds a text in the memories."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.options import FailEmptyOption, Print0Option, TypeOption
from memctl.cli.output import write
from memctl.cli.run import Run, read_text, verb
from memctl.errors import UsageError
from memctl.text.escape import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memctl.services.recall.fulltext import Match


@verb
def search(
    run: Run,
    pattern: Annotated[
        str | None,
        typer.Argument(metavar="PATTERN", help="Text to find in headers and bodies; - reads stdin."),
    ] = None,
    regex: Annotated[
        bool,
        typer.Option("--regex", "-e", "-E", help="PATTERN is a regular expression, looked for line by line."),
    ] = False,
    type_: TypeOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most this many memories.")] = 50,
    names_only: Annotated[
        bool, typer.Option("--files-with-matches", "-l", help="Only which memories, a line for each.")
    ] = False,
    print0: Print0Option = False,
    fail_empty: FailEmptyOption = False,
) -> None:
    """Find a text in the memories, with the lines that hold it; case does not matter, no model is asked."""
    from memctl.services.recall import fulltext

    text = (read_text(pattern, run.out, "pattern") or "").rstrip("\n")
    if not text.strip():
        raise UsageError(
            "an empty pattern matches everything", hint="say what to look for, or use `memctl list`"
        )
    matches, warnings = fulltext.search(
        run.store, text, limit=limit, now=run.now, regex=regex, type_=type_.value if type_ else ""
    )
    run.page()
    if print0:
        run.out.raw(b"".join(os.fsencode(run.store.path(m.memory.file)) + b"\0" for m in matches))
    elif run.out.json:
        _print_json(run, text, matches)
    else:
        _print(run, matches, names_only=names_only)
    if not matches and run.out.on_terminal:
        run.out.note("no memory holds that; memctl recall finds by meaning, search by the letter")
    run.out.warn_all(warnings)
    run.found(matches, fail_empty)


def _print_json(run: Run, pattern: str, matches: "Sequence[Match]") -> None:
    from memctl.cli.show.documents import memory_object, standing_keys

    objects = [
        memory_object(
            run, m.memory, matches=[{"line": n, "text": t} for n, t in m.lines], **standing_keys(m.standing)
        )
        for m in matches
    ]
    run.out.document({"query": pattern, "memories": objects})


def _print(run: Run, matches: "Sequence[Match]", *, names_only: bool) -> None:
    """On a terminal the name above its lines; through a pipe a path before each."""
    for number, match in enumerate(matches):
        if names_only:
            run.out.line(match.memory.stem if run.out.on_terminal else run.store.path(match.memory.file))
        elif run.out.on_terminal:
            write("\n" * bool(number) + run.out.paint(match.memory.stem, "35") + "\n")
            for line, text in match.lines:
                run.out.sentence(f"{line:>4}: {text.strip()}", indent=6)
        else:
            path = run.out.paint(run.store.path(match.memory.file), "35")
            for line, text in match.lines:
                write(f"{path}:{line}: {escape(text.strip(), keep=chr(9))}\n")
    for match in matches:
        if match.standing.label:
            run.out.note(f"{escape(match.memory.file)}: {escape(match.standing.label)}")
