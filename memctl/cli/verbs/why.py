"""The verb that shows how a recall was made."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from memctl.cli.abbreviation import full_names
from memctl.cli.complete import memory_names
from memctl.cli.options import (
    AsOfOption,
    DeadlineOption,
    ExcludeOption,
    LimitOption,
    QueryArgument,
    SelectorOption,
)
from memctl.cli.output import counted
from memctl.cli.query import ask, moment, provider_of, read_query
from memctl.cli.run import Run, verb
from memctl.cli.show.selections import day, say_reason, selection_document

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from memctl.domain.memory import Memory
    from memctl.services.recall.trace import Trace
    from memctl.services.tiers.grounds import Grounds


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
    as_of: AsOfOption = None,
) -> None:
    """Show how a recall was made: each stage, each score, and why NAME was not returned.

    Of NAME, and where the query is the name of a memory, it says too why that is hot, warm or cold, or was
    with --as-of.
    """
    from memctl.services.recall import trace as service

    then = moment(as_of, run.now)
    text = read_query(run, query)
    settings = run.settings(selector=selector, deadline=deadline, limit=limit)
    asked = ask(run, text, settings, exclude=exclude, as_of=then)
    expect = expect and full_names(run, [expect])[0]
    trace = service.trace(run.store, asked, provider_of(settings), expect, run.now)
    about, where = _placed(run, text, trace.expected, then)
    if run.out.json:
        tier = None if about is None or where is None else _tier(about, where)
        run.out.document({**_document(run, trace), "tier": tier})
    else:
        run.page()
        _print(run, trace)
        if about is not None and where is not None:
            stands = "is" if then is None else "was"
            run.out.sentence(f"{about.stem} {stands} {where.tier}: {where.why}")
    say_reason(run, trace.selection, asked=True)


def _placed(
    run: Run, text: str, expected: "Memory | None", then: float | None
) -> "tuple[Memory | None, Grounds | None]":
    """The memory that is asked about, by name or as a query, and where it stands now or stood `then`."""
    from memctl.services.recall import retrospect
    from memctl.services.tiers.grounds import grounds

    past = None if then is None else retrospect.at(run.directory, then)
    known = {entry[0] for entry in run.store.listing()[0]} if past is None else past.versions.keys()
    about = expected or _named(text, known, run.store.read if past is None else past.memory)
    if about is None:
        return None, None
    if past is None:
        return about, grounds(run.store, about, run.now)
    return about, grounds(run.store, about, past.moment, past.index.decode("utf-8", "replace"))


def _named(text: str, known: "Collection[str]", read: "Callable[[str], Memory]") -> "Memory | None":
    """The memory that `text` is the name or file of, as it is typed."""
    file = next((file for file in (text.strip(), f"{text.strip()}.md") if file in known), None)
    return None if file is None else read(file)


def _tier(memory: "Memory", where: "Grounds") -> dict[str, object]:
    return {"name": memory.name, "file": memory.file, "tier": where.tier, "why": where.why}


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
    found, line = trace.selection, run.out.sentence
    how = f"{found.strategy} ({found.model})" if found.model else found.strategy
    reason = f", since {found.reason}" if found.reason else ""
    memories = counted(found.scanned, "memory", "memories")
    if found.as_of is not None:
        line(f"as of: {day(found.as_of)}")
    line(f"selector: {how}{reason}; {memories}, {counted(found.candidates, 'candidate')}")
    line("returned: " + (", ".join(r.memory.stem for r in found.memories) or "nothing"))
    if trace.expected is not None:
        line(f"{trace.expected.stem}:")
        for stage, passed, sentence in trace.stages:
            line(f"  {'ok ' if passed else 'no '} {stage}: {sentence}", indent=6)
    if trace.terms:
        line("words of your prompt:")
        stand_in = {word: other for _, entry in trace.ranking for word, other in entry["neighbours"].items()}
        for term in trace.terms:
            line(f"  {term['word']}: {_weight(term, stand_in.get(term['word'], ''))}", indent=6)
    if trace.ranking:
        line("memories by their words, the best first:")
        for file, entry in trace.ranking:
            line(f"  {file}: {entry['stage']}{_shared(entry, trace.terms)}", indent=6)


def _weight(term: dict[str, Any], stand_in: str) -> str:
    """What a word of the prompt is good for, for a reader: by its kind, how many memories hold it, and else
    which word stands for it in one ("": none)."""
    count = term["memories"]
    absent = f"in no memory itself; {stand_in} stands for it" if stand_in else "in no memory"
    held = f"in {counted(count, 'memory', 'memories')}" if count else absent
    if term["kind"] == "function word":
        return "too common in any text to count for much"
    return f"{held}; an everyday word, which decides nothing" if term["kind"] == "everyday word" else held


def _shared(entry: dict[str, Any], terms: "Sequence[dict[str, Any]]") -> str:
    """What a memory has in common with the prompt, in brackets."""
    from memctl.services.recall.trace import in_common

    said = ", ".join(in_common(entry, terms))
    asked = f"expected to help with {entry['anticipated']!r}" if entry["anticipated"] else ""
    both = "; ".join(part for part in (said, asked) if part)
    return f"  [{both}]" if both else ""
