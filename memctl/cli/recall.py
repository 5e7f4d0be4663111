"""Verbs that find memories for a query: recall, why, enrich."""

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
    from memctl.services import recall as service

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
    found = service.recall(run.directory, ask, lambda: provider_of(settings), now=run.now)
    if format_ is Format.json:
        run.out.json = True
    _print(run, found, format_, print0=print0)
    _remember(run, surfaced, found)


def provider_of(settings: Any) -> Any:
    """The provider that selects, made when it is needed."""
    from memctl.llm.choose import choose

    return choose(settings, "select")


def _surfaced(run: Run, session: str | None) -> frozenset[str]:
    if not session:
        return frozenset()
    from memctl.store.surfaced import seen

    return seen(run.directory, session)


def _remember(run: Run, session: str | None, found: Any) -> None:
    if session and found.memories:
        from memctl.store.surfaced import add

        add(run.directory, session, tuple(r.memory.file for r in found.memories))


def _print(run: Run, found: Any, format_: Format | None, *, print0: bool) -> None:
    if print0:
        run.out.raw(b"".join(os.fsencode(r.path) + b"\0" for r in found.memories))
    elif run.out.json:
        run.out.document(_document(run, found))
    elif format_ is Format.markdown:
        _print_markdown(run, found)
    elif format_ is Format.text or (format_ is None and run.out.on_terminal):
        from memctl.cli.tables import memory_table

        memory_table(run.out, [r.memory for r in found.memories], run.now)
        _print_strategy(run, found)
    else:
        for recalled in found.memories:
            run.out.line(recalled.path)
    if found.message:
        _say_why(run, found)
    for recalled in found.memories:
        run.out.warn_all(f"{recalled.memory.file}: {text}" for text in recalled.warnings)
    run.out.warn_all(found.warnings)


def _say_why(run: Run, found: Any) -> None:
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
    from memctl.cli.shapes import age_days, age_words
    from memctl.domain.index import title

    for recalled in found.memories:
        memory = recalled.memory
        age = age_words(age_days(memory.modified, run.now))
        link = f"[{title(memory.name)}](<{recalled.path}>)"
        run.out.line(f"- {link} — {memory.description} ({memory.type or 'memory'}, {age})")


def _document(run: Run, found: Any) -> dict[str, Any]:
    from memctl.cli.shapes import memory_object

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


@verb
def why(
    run: Run,
    query: QueryArgument = None,
    expect: Annotated[
        str | None,
        typer.Option(
            "--expect", metavar="NAME", help="Say why NAME was not returned.", autocompletion=memory_names
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option("-k", metavar="N", min=0, help="At most this many.")] = None,
    selector: SelectorOption = None,
    deadline: DeadlineOption = None,
    exclude: ExcludeOption = None,
) -> None:
    """Show how a recall was made: each stage, each score, and why NAME was not returned."""
    from memctl.services import recall as service
    from memctl.services import why as explained

    text = read_text(query, run.out, "query")
    if text is None:
        raise UsageError("no query", hint="say what you are about to do, or pipe it in")
    settings = run.settings(selector=selector, deadline=deadline, limit=limit)
    ask = service.Ask(
        text,
        selector=settings.selector,
        deadline=settings.deadline,
        limit=settings.limit,
        exclude=frozenset(exclude or ()),
        semantic=settings.semantic,
    )
    trace = explained.trace(run.store, ask, lambda: provider_of(settings), expect, run.now)
    if run.out.json:
        run.out.document(_trace_document(run, trace))
    else:
        _print_trace(run, trace)
    if trace.selection.message:
        _say_why(run, trace.selection)


def _trace_document(run: Run, trace: Any) -> dict[str, Any]:
    document = _document(run, trace.selection)
    document["terms"] = list(trace.terms)
    document["ranking"] = [{"file": file, **entry} for file, entry in trace.ranking]
    if trace.expected is not None:
        document["expected"] = {
            "name": trace.expected.name,
            "file": trace.expected.file,
            "returned": any(r.memory.file == trace.expected.file for r in trace.selection.memories),
            "stages": [{"stage": s, "passed": p, "explanation": e} for s, p, e in trace.stages],
        }
    return document


def _print_trace(run: Run, trace: Any) -> None:
    found = trace.selection
    how = f"{found.strategy} ({found.model})" if found.model else found.strategy
    reason = f", since {found.reason}" if found.reason else ""
    run.out.line(f"selector: {how}{reason}; {found.scanned} memories, {found.candidates} candidates")
    run.out.line("returned: " + (", ".join(r.memory.stem for r in found.memories) or "nothing"))
    if trace.expected is not None:
        run.out.line(f"{trace.expected.stem}:")
        for stage, passed, sentence in trace.stages:
            run.out.line(f"  {'ok ' if passed else 'no '} {stage}: {sentence}")
    if trace.terms:
        run.out.line("words of the query (kind, in how many memories, rarity):")
        for term in trace.terms:
            run.out.line(f"  {term['word']}  ({term['kind']}, {term['memories']}, {term['rarity']})")
    if trace.ranking:
        run.out.line("lexical ranking:")
        for file, entry in trace.ranking:
            asked = f"; anticipated: {entry['anticipated']}" if entry.get("anticipated") else ""
            words = " ".join(entry["words"]) if isinstance(entry.get("words"), dict) else ""
            run.out.line(f"  {entry['score']:>8}  {file}  [{words}]{asked}  {entry['stage']}")


@verb
def enrich(
    run: Run,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME...]", help="Memories; all without one.", autocompletion=memory_names),
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Only those that have none yet (always so).")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Also those that have some: ask anew.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write them into the topic files as well.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say which memories would be sent, and stop.")
    ] = False,
) -> None:
    """Have the model anticipate the queries in which a memory helps, once per content."""
    from memctl.services import enrich as service
    from memctl.services.shelf import StateShelf

    settings = run.settings()
    shelf = StateShelf(run.directory, settings.enrich_model)
    memories = [run.store.find(name) for name in names] if names else run.store.memories()[0]
    wanted = list(memories) if again else service.missing(memories, shelf)
    if dry_run or not wanted:
        _print_enriched(run, service.Enriched(left=tuple(m.file for m in wanted)), dry_run=dry_run)
    else:
        from memctl.llm.choose import choose
        from memctl.services.shelf import guard

        provider = choose(settings, "enrich")
        done = service.enrich(wanted, provider, shelf, guard(), progress=_progress(run))
        _print_enriched(run, done, dry_run=False)
        if done.failure is not None:
            raise done.failure
    if write and not dry_run:
        _write_queries(run, shelf, memories)


def _progress(run: Run) -> Any:
    return lambda done, total: run.out.note(f"{done} of {total} memories")


def _write_queries(run: Run, shelf: Any, memories: list[Any]) -> None:
    from memctl.cli.write import apply
    from memctl.services.shelf import into_files

    change = into_files(shelf, [run.store.read(m.file) for m in memories], run.now)
    if change is not None:
        run.out.warn_all(apply(run, change).warnings)


def _print_enriched(run: Run, done: Any, *, dry_run: bool) -> None:
    if run.out.json:
        run.out.document(
            {
                "enriched": list(done.done),
                "missed": list(done.missed),
                "left": list(done.left),
                "calls": done.calls,
                "dry_run": dry_run,
            }
        )
    else:
        for file in done.left if dry_run else done.done:
            run.out.line(run.store.path(file))
    if dry_run:
        run.out.note(f"{len(done.left)} memories would be sent to the provider, bodies included")
    elif not done.calls:
        run.out.note("every memory has its anticipated queries")
    run.out.warn_all(f"{file}: the model wrote no usable query" for file in done.missed)
