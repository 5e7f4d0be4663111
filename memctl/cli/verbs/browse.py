"""Verbs that look: init, path, list, show, search."""

import os
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from memctl.cli.complete import memory_names
from memctl.cli.run import Run, verb
from memctl.errors import MemctlError, WriteFailed
from memctl.text.escape import escape

Names = Annotated[
    list[str],
    typer.Argument(metavar="NAME...", help="Memories, by file or name.", autocompletion=memory_names),
]


class Sort(StrEnum):
    """Orders of `list`."""

    modified = "modified"
    name = "name"
    type = "type"


class Type(StrEnum):
    """Types of a memory, as `--type` takes them."""

    user = "user"
    feedback = "feedback"
    project = "project"
    reference = "reference"


@verb
def init(run: Run) -> None:
    """Make, or adopt, this project's memory directory and print its path."""
    from memctl.places import make_private

    existed = os.path.isdir(run.directory)
    try:
        make_private(run.directory)
        run.register()
    except OSError as error:
        slug = "read-only" if error.errno == 30 else "denied" if error.errno in (1, 13) else "io"
        raise WriteFailed(
            f"{run.directory}: {error.strerror}",
            hint="choose another place with --dir or MEMCTL_HOME",
            slug=slug,
        ) from None
    if run.out.json:
        run.out.document({"directory": run.directory, "root": run.place.root, "created": not existed})
        return
    run.out.line(run.directory)
    run.out.note("it was there already" if existed else "made; `memctl save` writes the first memory")


@verb
def path(
    run: Run,
    name: Annotated[
        str | None, typer.Argument(help="Print this memory's file instead.", autocompletion=memory_names)
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print every rule, and why one matched.")
    ] = False,
) -> None:
    """Print the memory directory of this project, or the file of one memory."""
    if name is not None:
        file = run.store.path(run.store.find(name).file)
        run.out.document({"path": file}) if run.out.json else run.out.line(file)
        return
    if not explain:
        document = {
            "directory": run.directory,
            "root": run.place.root,
            "exists": os.path.isdir(run.directory),
        }
        run.out.document(document) if run.out.json else run.out.line(run.directory)
        return
    _explain(run)


def _explain(run: Run) -> None:
    from memctl.store.state.resolve import explain

    place = explain(os.getcwd(), run.dir_flag)
    if run.out.json:
        rules = [
            {"rule": r.name, "path": r.path or None, "reason": r.reason, "matched": r.matched}
            for r in place.rules
        ]
        run.out.document({"directory": place.directory, "root": place.root, "rules": rules})
        return
    run.out.line(f"project: {place.root}")
    for number, rule in enumerate(place.rules, 1):
        mark = "->" if rule.matched else "  "
        said = f"{rule.path} ({rule.reason})" if rule.path else rule.reason
        run.out.line(f"{mark} {number}. {rule.name}: {said}")
    run.out.line(place.directory)


@verb
def list_(
    run: Run,
    type_: Annotated[Type | None, typer.Option("--type", help="Only memories of this type.")] = None,
    stale: Annotated[
        bool, typer.Option("--stale", help="Only what is expired, superseded, or has changed evidence.")
    ] = False,
    sort: Annotated[Sort, typer.Option("--sort", help="Order; newest first by default.")] = Sort.modified,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=0, help="At most this many.")] = None,
) -> None:
    """List the memories of this project, newest first."""
    from memctl.services.evidence import changed
    from memctl.services.recall import overview

    run.repair()
    found, problems = overview.headers(run.directory, now=run.now, progress=run.out.progress)
    if type_ is not None:
        found = [m for m in found if m.type == type_.value]
    found = overview.ordered(found, sort.value)
    if limit is not None and not stale:
        found = found[:limit]
    states = changed.states(run.directory, [m.file for m in found], str(run.place.root))
    reasons = {m.file: _stale(m.stale(run.now), states.get(m.file, "")) for m in found}
    if stale:
        found = [m for m in found if reasons[m.file]]
    _print_list(run, found if limit is None else found[:limit], problems, states, reasons)


def _stale(over: str, state: str) -> str:
    """Why a memory should no longer be relied on, or ""."""
    return over or {"changed": "its evidence changed", "gone": "its evidence is gone"}.get(state, "")


def _print_list(
    run: Run,
    memories: list[Any],
    problems: list[tuple[str, str]],
    states: dict[str, str],
    reasons: dict[str, str],
) -> None:
    from memctl.cli.show.documents import memory_object

    if run.out.json:
        objects = [
            memory_object(
                m, run.directory, run.now, stale=reasons[m.file] or None, evidence=states.get(m.file)
            )
            for m in memories
        ]
        odd = [{"file": file, "message": message} for file, message in problems]
        run.out.document({"directory": run.directory, "memories": objects, "problems": odd})
    elif run.out.on_terminal:
        from memctl.cli.show.tables import memory_table

        memory_table(run.out, memories, run.now, reasons)
    else:
        for memory in memories:
            run.out.line(os.path.join(run.directory, memory.file))
    for memory in memories:
        run.out.warn_all(f"{memory.file}: {text}" for text in memory.warnings)
    run.out.warn_all(f"{file} {message}" for file, message in problems)
    if not memories and run.out.on_terminal:
        run.out.note("no memories here yet; `memctl save TEXT` writes one")


@verb
def show(
    run: Run,
    names: Names,
    raw: Annotated[bool, typer.Option("--raw", help="The bytes of the file as they are.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="REF", help="As it was at this point.")] = None,
) -> None:
    """Show memories whole: header, body, and the queries anticipated for them."""
    from memctl.cli.show.documents import memory_object
    from memctl.services.recall.queries import anticipated

    found = [run.store.find(name) for name in names] if at is None else _at(run, names, at)
    if raw:
        for memory in found:
            _write_raw(run, memory)
        return
    found = [_shortened(memory) for memory in found]
    if run.out.json:
        objects = [
            memory_object(
                m, run.directory, run.now, body=m.body, header=m.header, anticipated=anticipated(run.store, m)
            )
            for m in found
        ]
        run.out.document({"memories": objects})
        return
    for number, memory in enumerate(found):
        if number:
            run.out.line()
        _show_one(run, memory, titled=len(found) > 1 or run.out.on_terminal)
        run.out.warn_all(f"{memory.file}: {text}" for text in memory.warnings)


SHOWN_MAX = 2 * 1024 * 1024
"""Characters of a body that are shown: no memory is that long, and each may take eight when it is escaped."""


def _write_raw(run: Run, memory: Any) -> None:
    if not memory.cut:
        run.out.raw(memory.raw)
        return
    from memctl.store.disk import files

    for part in files.parts(run.store.path(memory.file)):
        run.out.raw(part)


def _shortened(memory: Any) -> Any:
    if len(memory.body) <= SHOWN_MAX:
        return memory
    from dataclasses import replace

    note = f"only the first {SHOWN_MAX:,} characters are shown; --raw gives the whole file"
    raw, body = memory.raw[:SHOWN_MAX], memory.body[:SHOWN_MAX]
    return replace(memory, raw=raw, body=body, warnings=(*memory.warnings, note))


def _at(run: Run, names: list[str], ref: str) -> list[Any]:
    from memctl.services.write.undo import version

    run.repair()
    return [version(run.directory, name, ref) for name in names]


def _show_one(run: Run, memory: Any, *, titled: bool) -> None:
    from memctl.cli.output import write
    from memctl.cli.show.documents import age_days, age_words
    from memctl.format.header import read
    from memctl.services.recall.queries import anticipated

    if titled:
        age = age_words(age_days(memory.modified, run.now))
        write(run.out.paint(f"{run.store.path(memory.file)}  ({age})", "1", sys.stdout) + "\n")
    run.out.block(read(memory.raw).text.removeprefix("\ufeff"))
    queries = anticipated(run.store, memory)
    if queries:
        run.out.line()
        run.out.line("Anticipated queries:")
        for query in queries:
            run.out.line(f"  {query}")


@verb
def search(
    run: Run,
    pattern: Annotated[str, typer.Argument(help="Text to find in bodies and headers; no model is asked.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most this many memories.")] = 50,
) -> None:
    """Find a text in the memories, with the lines that hold it."""
    from memctl.services.recall import fulltext

    if not pattern.strip():
        raise MemctlError(
            "an empty pattern matches everything", hint="say what to look for, or use `memctl list`"
        )
    matches, warnings = fulltext.search(run.store, pattern, limit=limit, now=run.now)
    if run.out.json:
        from memctl.cli.show.documents import memory_object

        objects = [
            memory_object(
                m.memory, run.directory, run.now, matches=[{"line": n, "text": t} for n, t in m.lines]
            )
            for m in matches
        ]
        run.out.document({"query": pattern, "memories": objects})
    else:
        for match in matches:
            file = match.memory.file if run.out.on_terminal else run.store.path(match.memory.file)
            for number, text in match.lines:
                _print_match(run, file, number, text)
    run.out.warn_all(warnings)


def _print_match(run: Run, file: str, number: int, text: str) -> None:
    from memctl.cli.output import write

    where = run.out.paint(file, "35", sys.stdout)
    write(f"{where}:{number}: {escape(text.strip(), keep=chr(9))}\n")
