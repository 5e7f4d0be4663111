"""The verb that shows how a recall was made."""

from typing import Annotated, Any

import typer

from memctl.cli.complete import memory_names
from memctl.cli.output import counted
from memctl.cli.run import Run, read_text, verb
from memctl.cli.verbs.recall import (
    DeadlineOption,
    ExcludeOption,
    QueryArgument,
    SelectorOption,
    provider_of,
    selection_document,
    tell_why,
)
from memctl.errors import UsageError


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
    from memctl.services.recall import answer as service
    from memctl.services.recall import trace as explained

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
        tell_why(run, trace.selection)


def _trace_document(run: Run, trace: Any) -> dict[str, Any]:
    document = selection_document(run, trace.selection)
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
    memories = counted(found.scanned, "memory", "memories")
    run.out.line(f"selector: {how}{reason}; {memories}, {counted(found.candidates, 'candidate')}")
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
