"""The verb that finds memories for a query."""

import os
from enum import StrEnum
from typing import Annotated, Any

import typer

from memctl.cli.complete import memory_names
from memctl.cli.run import Run, read_text, verb
from memctl.errors import UsageError


class Selector(StrEnum):
    """Who selects: a model, words, or whichever can answer."""

    auto = "auto"
    llm = "llm"
    lexical = "lexical"


class Format(StrEnum):
    """What `recall` prints."""

    paths = "paths"
    text = "text"
    json = "json"
    markdown = "markdown"


QueryArgument = Annotated[
    str | None, typer.Argument(metavar="QUERY", help="What you are about to do; - reads stdin.")
]
SelectorOption = Annotated[Selector | None, typer.Option("--selector", help="Who selects.")]
DeadlineOption = Annotated[
    float | None, typer.Option("--deadline", metavar="SECONDS", min=0.0, help="Answer within this time.")
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="NAME", help="Leave this memory out.", autocompletion=memory_names),
]


@verb
def recall(
    run: Run,
    query: QueryArgument = None,
    limit: Annotated[int | None, typer.Option("-k", metavar="N", min=0, help="At most this many.")] = None,
    selector: SelectorOption = None,
    deadline: DeadlineOption = None,
    exclude: ExcludeOption = None,
    surfaced: Annotated[
        str | None, typer.Option("--surfaced", metavar="SESSION", help="Leave out what SESSION was shown.")
    ] = None,
    format_: Annotated[Format | None, typer.Option("--format", help="What to print.")] = None,
    print0: Annotated[
        bool, typer.Option("--print0", "-0", help="Paths, each ended by NUL, as they are.")
    ] = False,
    fallback: Annotated[
        bool, typer.Option("--fallback/--no-fallback", help="Let the lexical selector stand in for a model.")
    ] = True,
) -> None:
    """Find the memories that help with QUERY: at most five, and none when none fits."""
    from memctl.services.recall import answer as service

    text = read_text(query, run.out, "query")
    if text is None:
        raise UsageError("no query", hint="say what you are about to do, or pipe it in")
    settings = run.settings(selector=selector, deadline=deadline, limit=limit)
    run.repair()
    ask = service.Ask(
        text,
        selector=settings.selector,
        deadline=settings.deadline,
        limit=settings.limit,
        exclude=frozenset(exclude or ()),
        semantic=settings.semantic,
        surfaced=_surfaced(run, surfaced),
        fallback=fallback,
    )
    found = service.recall(
        run.directory, ask, lambda: provider_of(settings), now=run.now, progress=run.out.progress
    )
    if format_ is Format.json:
        run.out.json = True
    found = _with_evidence(run, found)
    _print(run, found, format_, print0=print0)
    _remember(run, surfaced, found)


def _with_evidence(run: Run, found: Any) -> Any:
    """`found` with a warning on each memory of which the evidence changed or is gone."""
    from dataclasses import replace

    if not any("evidence" in r.memory.metadata for r in found.memories):
        return found
    from memctl.services.evidence import changed

    states = changed.states(run.directory, [r.memory.file for r in found.memories], str(run.place.root))
    said = {"changed": "its evidence changed since; memctl verify says how", "gone": "its evidence is gone"}
    memories = tuple(
        replace(r, warnings=(*r.warnings, said[states[r.memory.file]]))
        if states.get(r.memory.file) in said
        else r
        for r in found.memories
    )
    return replace(found, memories=memories)


def provider_of(settings: Any) -> Any:
    """The provider that selects, made when it is needed."""
    from memctl.llm.choose import choose

    return choose(settings, "select")


def _surfaced(run: Run, session: str | None) -> frozenset[str]:
    if not session:
        return frozenset()
    from memctl.store.state.surfaced import seen

    return seen(run.directory, session)


def _remember(run: Run, session: str | None, found: Any) -> None:
    if session and found.memories:
        from memctl.store.state.surfaced import add

        add(run.directory, session, tuple(r.memory.file for r in found.memories))


def _print(run: Run, found: Any, format_: Format | None, *, print0: bool) -> None:
    laid_out = format_ is Format.text or (format_ is None and run.out.on_terminal)
    if print0:
        run.out.raw(b"".join(os.fsencode(r.path) + b"\0" for r in found.memories))
    elif run.out.json:
        run.out.document(selection_document(run, found))
    elif format_ is Format.markdown:
        _print_markdown(run, found)
    elif laid_out:
        from memctl.cli.show.tables import memory_table

        memory_table(run.out, [r.memory for r in found.memories], run.now)
    else:
        for recalled in found.memories:
            run.out.line(recalled.path)
    if run.out.verbose or (laid_out and not print0 and not run.out.json):
        _print_strategy(run, found)
    if found.message:
        tell_why(run, found)
    for recalled in found.memories:
        run.out.warn_all(f"{recalled.memory.file}: {text}" for text in recalled.warnings)
    run.out.warn_all(found.warnings)


def tell_why(run: Run, found: Any) -> None:
    """Why another strategy answered; that there are no credentials is the usual case and no warning."""
    if found.reason == "no-credentials":
        run.out.note(found.message)
    else:
        run.out.warn(found.message)


def _print_strategy(run: Run, found: Any) -> None:
    if not found.memories:
        run.out.note(f"nothing fits, of {found.scanned} memories ({found.strategy})")
        return
    how = f"{found.strategy}, {found.model}" if found.model else found.strategy
    run.out.note(f"{len(found.memories)} of {found.scanned} memories ({how}, {found.elapsed_ms} ms)")


def _print_markdown(run: Run, found: Any) -> None:
    from memctl.cli.show.documents import age_days, age_words
    from memctl.format.links import title

    for recalled in found.memories:
        memory = recalled.memory
        age = age_words(age_days(memory.modified, run.now))
        link = f"[{title(memory.name)}](<{recalled.path}>)"
        run.out.line(f"- {link} — {memory.description} ({memory.type or 'memory'}, {age})")


def selection_document(run: Run, found: Any) -> dict[str, Any]:
    """The JSON document of a recall (contract, section 5); `found` is a `Selection`."""
    from memctl.cli.show.documents import memory_object

    return {
        "query": found.query,
        "strategy": found.strategy,
        "reason": found.reason,
        "model": found.model,
        "elapsed_ms": found.elapsed_ms,
        "scanned": found.scanned,
        "candidates": found.candidates,
        "warnings": list(found.warnings),
        "memories": [
            memory_object(
                r.memory,
                run.directory,
                run.now,
                path=r.path,
                score=None if r.score is None else round(r.score, 4),
                warnings=list(r.warnings),
            )
            for r in found.memories
        ],
    }
