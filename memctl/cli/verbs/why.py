"""The verb that shows how a recall was made."""

from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.complete import memory_names
from memctl.cli.options import DeadlineOption, ExcludeOption, LimitOption, QueryArgument, SelectorOption
from memctl.cli.output import counted
from memctl.cli.query import ask, provider_of, read_query
from memctl.cli.run import Run, verb
from memctl.cli.show.selections import say_reason, selection_document

if TYPE_CHECKING:
    from memctl.services.recall.trace import Trace


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
    limit: LimitOption = None,
    selector: SelectorOption = None,
    deadline: DeadlineOption = None,
    exclude: ExcludeOption = None,
) -> None:
    """Show how a recall was made: each stage, each score, and why NAME was not returned."""
    from memctl.services.recall import trace as service

    text = read_query(run, query)
    settings = run.settings(selector=selector, deadline=deadline, limit=limit)
    asked = ask(run, text, settings, exclude=exclude)
    trace = service.trace(run.store, asked, provider_of(settings), expect, run.now)
    if run.out.json:
        run.out.document(_document(run, trace))
    else:
        _print(run, trace)
    say_reason(run, trace.selection, asked=True)


def _document(run: Run, trace: "Trace") -> dict[str, object]:
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


def _print(run: Run, trace: "Trace") -> None:
    found, line = trace.selection, run.out.line
    how = f"{found.strategy} ({found.model})" if found.model else found.strategy
    reason = f", since {found.reason}" if found.reason else ""
    memories = counted(found.scanned, "memory", "memories")
    line(f"selector: {how}{reason}; {memories}, {counted(found.candidates, 'candidate')}")
    line("returned: " + (", ".join(r.memory.stem for r in found.memories) or "nothing"))
    if trace.expected is not None:
        line(f"{trace.expected.stem}:")
        for stage, passed, sentence in trace.stages:
            line(f"  {'ok ' if passed else 'no '} {stage}: {sentence}")
    if trace.terms:
        line("words of the query (kind, in how many memories, rarity):")
        for term in trace.terms:
            line(f"  {term['word']}  ({term['kind']}, {term['memories']}, {term['rarity']})")
    if trace.ranking:
        line("lexical ranking:")
        for file, entry in trace.ranking:
            asked = f"; anticipated: {entry['anticipated']}" if entry.get("anticipated") else ""
            words = " ".join(entry["words"]) if isinstance(entry.get("words"), dict) else ""
            line(f"  {entry['score']:>8}  {file}  [{words}]{asked}  {entry['stage']}")
