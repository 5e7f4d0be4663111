"""The verb that finds memories for a query."""

import os
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.detailing import DetailOption, detail_object, details, print_details
from memctl.cli.options import (
    AsOfOption,
    DeadlineOption,
    ExcludeOption,
    FailEmptyOption,
    LimitOption,
    Print0Option,
    QueryArgument,
    SelectorOption,
    TypeOption,
)
from memctl.cli.query import ask, moment, of_other_types, provider_of, read_query
from memctl.cli.run import Run, verb
from memctl.errors import UsageError

if TYPE_CHECKING:
    from memctl.domain.selection import Selection
    from memctl.services.compress.detail import Detail


Format = StrEnum("Format", ["paths", "text", "json", "markdown"])
"""What `recall` prints."""


@verb
def recall(
    run: Run,
    query: QueryArgument = None,
    limit: LimitOption = None,
    selector: SelectorOption = None,
    deadline: DeadlineOption = None,
    exclude: ExcludeOption = None,
    as_of: AsOfOption = None,
    surfaced: Annotated[
        str | None, typer.Option("--surfaced", metavar="SESSION", help="Leave out what SESSION was shown.")
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", metavar="FORMAT", help=f"What to print: {', '.join(Format)}.")
    ] = None,
    print0: Print0Option = False,
    type_: TypeOption = None,
    body: Annotated[
        bool,
        typer.Option("--body", "-b", help="Print the whole text of each."),
    ] = False,
    detail: DetailOption = None,
    fallback: Annotated[
        bool, typer.Option("--fallback/--no-fallback", help="Let the lexical selector stand in for a model.")
    ] = True,
    fail_empty: FailEmptyOption = False,
) -> None:
    """Find the memories that help with QUERY: at most five, and none when none fits.

    On a terminal the first answers are shown with the beginning of their text; --body shows all of it.
    """
    from memctl.cli.show import selections
    from memctl.services.recall import answer as service

    started = time.monotonic()
    then = moment(as_of, run.now)
    text = read_query(run, query)
    settings = run.settings(selector=selector, deadline=deadline, limit=limit)
    run.repair()
    left_out = [*(exclude or ()), *of_other_types(run, type_, then)]
    asked = ask(run, text, settings, exclude=left_out, session=surfaced, fallback=fallback, as_of=then)
    found = service.recall(
        run.directory, asked, provider_of(settings), now=run.now, progress=run.out.progress
    )
    found = found if then is not None else _with_evidence(run, found, started + asked.deadline)
    format_ = _format(run, format_, "--detail" if detail else "--body" if body else "", print0=print0)
    files = [recalled.memory.file for recalled in found.memories]
    more = details(run, files, text, detail, exclude or ()) if detail else []
    run.page()
    _print(run, found, format_, more, print0=print0, body=body)
    selections.say_reason(run, found, asked=settings.selector == "llm")
    for recalled in found.memories:
        run.out.warn_all(f"{recalled.memory.file}: {text}" for text in recalled.warnings)
    run.out.warn_all(found.warnings)
    if surfaced and found.memories:
        from memctl.store.state.surfaced import add

        add(run.directory, surfaced, [r.memory.file for r in found.memories])
    run.found(found.memories, fail_empty)


def _format(run: Run, wanted: Format | None, texts: str, *, print0: bool) -> Format:
    """What is printed; `texts` is the option that asks for texts, or "". Raises UsageError where paths are
    asked for too, which texts would be taken for."""
    if texts and (print0 or wanted is Format.paths):
        raise UsageError(
            f"{texts} prints texts, and paths are asked for", hint="--format markdown, or --json"
        )
    if run.out.json:
        return Format.json
    piped = Format.markdown if texts else Format.paths
    return wanted or (Format.text if run.out.on_terminal else piped)


def _with_evidence(run: Run, found: "Selection", until: float) -> "Selection":
    """`found` with a warning on each memory of which the evidence was seen to have changed or to be gone."""
    from dataclasses import replace

    if not any("evidence" in r.memory.metadata for r in found.memories):
        return found
    from memctl.services.evidence import changed

    named = [r.memory.file for r in found.memories]
    states = changed.states(run.directory, named, run.place.root, until=until)
    said = {"changed": "its evidence changed since; memctl verify says how", "gone": "its evidence is gone"}
    memories = tuple(
        replace(r, warnings=(*r.warnings, said[states[r.memory.file]]))
        if states.get(r.memory.file) in said
        else r
        for r in found.memories
    )
    return replace(found, memories=memories)


def _print(
    run: Run, found: "Selection", format_: Format, more: "list[Detail]", *, print0: bool, body: bool
) -> None:
    from memctl.cli.show import selections

    if print0:
        run.out.raw(b"".join(os.fsencode(r.path) + b"\0" for r in found.memories))
    else:
        _print_format(run, found, format_, more, body=body)
    if format_ is not Format.json:
        print_details(run, more)
        selections.say_time(run, found, labels=print0 or format_ is Format.paths)
    if run.out.verbose or (format_ is Format.text and not print0):
        selections.say_strategy(run, found)


def _print_format(run: Run, found: "Selection", format_: Format, more: "list[Detail]", *, body: bool) -> None:
    from memctl.cli.show import selections

    if format_ is Format.json:
        added = {"detail": [detail_object(one) for one in more]} if more else {}
        run.out.document({**selections.selection_document(run, found, body=body), **added})
    elif format_ is Format.markdown:
        selections.print_links(run, found, body=body)
    elif format_ is Format.text:
        from memctl.cli.show.tables import memory_table

        notes = {r.memory.file: r.standing.label for r in found.memories}
        texts = selections.texts(run, found, whole=body)
        memory_table(run.out, [r.memory for r in found.memories], run.now, notes, texts=texts)
    else:
        for recalled in found.memories:
            run.out.line(recalled.path)
