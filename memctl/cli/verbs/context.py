"""The block for a session, on stdout: for agents without hooks, for scripts, and to see what a hook gives."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.detailing import DetailOption, detail_object, details
from memctl.cli.output import counted
from memctl.cli.query import ask, provider_of
from memctl.cli.run import Run, read_text, verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memctl.domain.selection import Selection
    from memctl.services.compress.detail import Detail
    from memctl.services.context.block import Block


Format = StrEnum("Format", ["markdown", "json"])
"""How the block is printed."""


@verb
def context(
    run: Run,
    query: Annotated[
        str | None,
        typer.Option("--for", metavar="QUERY", help="Add the memories that help with it; - is stdin."),
    ] = None,
    selector: Annotated[str | None, typer.Option(help="auto, llm or lexical, as for recall.")] = None,
    surfaced: Annotated[
        str | None,
        typer.Option(metavar="SESSION", help="Leave out what SESSION was shown; note what is shown now."),
    ] = None,
    max_chars: Annotated[int, typer.Option(min=0, help="Characters of the whole block.")] = 9_500,
    max_tokens: Annotated[
        int, typer.Option(min=0, help="Estimated tokens of the whole block; 0 is no limit.")
    ] = 0,
    detail: DetailOption = None,
    format_: Annotated[Format, typer.Option("--format", help="How the block is printed.")] = Format.markdown,
    receipt: Annotated[
        bool,
        typer.Option(help="What was included, dropped and why, as JSON; on stderr beside markdown."),
    ] = False,
    fail_empty: Annotated[
        bool, typer.Option("--fail-empty", help="Exit 1 when --for recalls nothing; without it for no block.")
    ] = False,
) -> None:
    """Print the block of text that a session is given: the index, and recalled memories, fenced as data."""
    from memctl.services.context.block import build
    from memctl.store.state import surfaced as record

    text = read_text(query, run.out, "query") if query is not None else None
    found = _recalled(run, text, selector, surfaced) if text and text.strip() else None
    labels = {r.memory.file: r.standing.label for r in found.memories} if found else {}
    files = list(labels)
    more = details(run, files, text or "", detail) if detail else []
    block = build(
        run.directory,
        now=run.now,
        recalled=files,
        labels=labels,
        max_chars=max_chars,
        max_tokens=max_tokens,
        surplus_too=True,
        root=run.place.root,
        note="\n\n".join(one.text for one in more),
    )
    if more and more[0].text.partition("\n")[0] not in block.text:
        run.out.note("what --detail adds found no room in the block")
        more = []
    if surfaced:
        record.add(run.directory, surfaced, block.recalled)
    if run.out.json or format_ is Format.json:
        run.out.document(_document(block, text, found, more, receipt))
    else:
        run.page()
        _print(run, block, receipt)
    run.found(block.text if found is None else block.recalled, fail_empty)


def _recalled(run: Run, query: str, selector: str | None, session: str | None) -> "Selection":
    """The memories that hold now and help with `query`."""
    from memctl.cli.show.selections import say_reason
    from memctl.services.recall.answer import recall

    settings = run.settings(selector=selector)
    asked = ask(run, query, settings, session=session, holding=True)
    found = recall(run.directory, asked, provider_of(settings), now=run.now)
    say_reason(run, found, asked=settings.selector == "llm")
    return found


def _document(
    block: "Block", query: str | None, found: "Selection | None", more: "Sequence[Detail]", receipt: bool
) -> dict[str, object]:
    from memctl.services.context.receipt import receipt as make

    paper = make(block)
    document: dict[str, object] = {
        "directory": block.directory,
        "query": query,
        "strategy": found.strategy if found else None,
        "text": block.text,
        **{key: paper[key] for key in ("chars", "tokens", "sha256")},
        "memories": block.recalled,
    }
    document |= {"receipt": paper} if receipt else {}
    return document | ({"detail": [detail_object(one) for one in more]} if more else {})


def _print(run: Run, block: "Block", receipt: bool) -> None:
    if block.text:
        run.out.block(block.text)
    dropped = [line.reason for line in block.lines if line.reason]
    if receipt:
        from memctl.cli.output import SCHEMA, json_text, say
        from memctl.services.context.receipt import receipt as make

        say(json_text({"schema": SCHEMA, **make(block)}), painted=True)
    elif dropped:
        reasons = ", ".join(sorted(set(dropped)))
        run.out.note(f"{counted(len(dropped), 'line')} left out ({reasons}); --receipt says which")
