"""The verb that shows memories whole."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.abbreviation import named
from memctl.cli.options import Names
from memctl.cli.query import point
from memctl.cli.run import Run, verb
from memctl.errors import MemctlError, NotFound
from memctl.text.escape import escape, shell_word

if TYPE_CHECKING:
    from memctl.domain.memory import Memory
    from memctl.domain.selection import Standing


@verb
def show(
    run: Run,
    names: Names,
    raw: Annotated[bool, typer.Option("--raw", help="The bytes of the file as they are.")] = False,
    at: Annotated[
        str | None, typer.Option("--at", metavar="REF", help="As it was at this commit, date, or 30d ago.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Of a shortened memory the full text, from the history.")
    ] = False,
) -> None:
    """Show memories whole: header, body, and the queries anticipated for them."""
    from memctl.services.recall import overview

    found = _named(run, names, at)
    if full:
        found = [_full(run, memory) for memory in found]
    if raw:
        for memory in found:
            _write_raw(run, memory)
        return
    found = [_shortened(memory) for memory in found]
    standing = overview.standings(run.directory, [m.file for m in found], run.now) if at is None else {}
    if run.out.json:
        _print_json(run, found, standing)
        return
    run.page()
    for number, memory in enumerate(found):
        if number:
            run.out.line()
        _show_one(run, memory, titled=len(found) > 1 or run.out.on_terminal)
        label = standing[memory.file].label if memory.file in standing else ""
        if label:
            run.out.note(f"{escape(memory.file)}: {escape(label)}")
        run.out.warn_all(f"{memory.file}: {text}" for text in memory.warnings)


def _named(run: Run, names: Names, at: str | None) -> "list[Memory]":
    """The memories that `names` mean, as they are or as they were `at` a point of the history."""
    if at is None:
        return [_there(run, name) for name in names]
    from memctl.services.write.undo import version

    run.repair()
    return [version(run.directory, name, point(at, run.now)) for name in names]


def _there(run: Run, name: str) -> "Memory":
    """The memory `name`. Raises NotFound, which says of one that was forgotten how to get it back."""
    try:
        return named(run, name)
    except NotFound as error:
        from memctl.store.history import records

        file, past = f"{name.removesuffix('.md')}.md", list[records.Record]()
        with suppress(MemctlError):  # without git there is no history to look into
            past = records.log(run.directory, 1, file)
        if past:
            verb_ = "log" if past[0].verb == "mv" else "restore"
            error.hint = f"it was there: memctl {verb_} {shell_word(file.removesuffix('.md'))}"
        raise


def _print_json(run: Run, found: "list[Memory]", standing: "dict[str, Standing]") -> None:
    from memctl.cli.show.documents import memory_object, standing_keys
    from memctl.services.recall.queries import anticipated

    objects = [
        memory_object(
            run,
            m,
            body=m.body,
            header=m.header,
            anticipated=anticipated(run.store, m),
            **(standing_keys(standing[m.file]) if m.file in standing else {}),
        )
        for m in found
    ]
    run.out.document({"memories": objects})


def _full(run: Run, memory: "Memory") -> "Memory":
    """The version of `memory` that holds its full text; itself where it is not shortened, which is said."""
    from memctl.services.compress import original

    whole = original.whole(run.directory, memory)
    found = whole.memory
    if not whole.is_current:
        run.out.note(f"{memory.stem} was changed since: where the two differ, the short text holds")
    if found is memory:
        run.out.note(f"{memory.stem} is not shortened: this is its full text")
    elif original.named(found):
        run.out.note(f"{memory.stem} had been shortened before that too: memctl log {memory.stem}")
    return found


SHOWN_MAX = 2 * 1024 * 1024
"""Characters of a body that are shown: no memory is that long, and each may take eight when it is escaped."""


def _write_raw(run: Run, memory: "Memory") -> None:
    if not memory.cut:
        run.out.raw(memory.raw)
        return
    from memctl.store.disk import files

    for part in files.parts(run.store.path(memory.file)):
        run.out.raw(part)


def _shortened(memory: "Memory") -> "Memory":
    if len(memory.body) <= SHOWN_MAX:
        return memory
    from dataclasses import replace

    note = f"only the first {SHOWN_MAX:,} characters are shown; --raw gives the whole file"
    raw, body = memory.raw[:SHOWN_MAX], memory.body[:SHOWN_MAX]
    return replace(memory, raw=raw, body=body, warnings=(*memory.warnings, note))


def _show_one(run: Run, memory: "Memory", *, titled: bool) -> None:
    from memctl.cli.show.documents import age
    from memctl.format.header import read
    from memctl.services.recall.queries import anticipated

    if titled:
        run.out.painted(f"{run.store.path(memory.file)}  ({age(memory.modified, run.now)})", "1")
    run.out.block(read(memory.raw).text.removeprefix("\ufeff"))
    queries = anticipated(run.store, memory)
    if queries:
        run.out.line()
        run.out.line("Anticipated queries:")
        for query in queries:
            run.out.line(f"  {query}")
