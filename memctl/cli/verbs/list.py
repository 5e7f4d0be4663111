"""The verb that lists the headers of memories."""

import os
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.options import Type
from memctl.cli.run import Run, verb

if TYPE_CHECKING:
    from memctl.services.recall.lexical import Hit


Sort = StrEnum("Sort", ["modified", "name", "type"])
"""Orders of `list`."""

Tier = StrEnum("Tier", ["hot", "warm", "cold"])
"""What `list` may be asked for: in the index, found by recall, archived."""


@verb
def list_(
    run: Run,
    type_: Annotated[Type | None, typer.Option("--type", help="Only memories of this type.")] = None,
    stale: Annotated[
        bool, typer.Option("--stale", help="Only what is expired, superseded, or has changed evidence.")
    ] = False,
    tier: Annotated[Tier | None, typer.Option("--tier", help="Only memories of this tier.")] = None,
    sort: Annotated[Sort, typer.Option("--sort", help="Order; newest first by default.")] = Sort.modified,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=0, help="At most this many.")] = None,
) -> None:
    """List the memories of this project, newest first."""
    from memctl.services.evidence import changed
    from memctl.services.recall import overview
    from memctl.services.tiers import census

    run.repair()
    found, problems = overview.headers(run.directory, now=run.now, progress=run.out.progress)
    if type_ is not None:
        found = [m for m in found if m.type == type_.value]
    found = overview.ordered(found, sort.value)
    tiers = census.tiers(run.store, [m.file for m in found])
    if tier is not None:
        found = [m for m in found if tiers[m.file] == tier.value]
    if limit is not None and not stale:
        found = found[:limit]
    states = changed.states(run.directory, [m.file for m in found], run.place.root)
    reasons = {m.file: _stale(m.stale(run.now), states.get(m.file, "")) for m in found}
    if stale:
        found = [m for m in found if reasons[m.file]]
    _print_list(run, found if limit is None else found[:limit], problems, states, reasons, tiers)


def _stale(over: str, state: str) -> str:
    """Why a memory should no longer be relied on, or ""."""
    return over or {"changed": "its evidence changed", "gone": "its evidence is gone"}.get(state, "")


def _print_list(
    run: Run,
    memories: "Sequence[Hit]",
    problems: Sequence[tuple[str, str]],
    states: Mapping[str, str],
    reasons: Mapping[str, str],
    tiers: Mapping[str, str],
) -> None:
    from memctl.cli.show.documents import memory_object

    if run.out.json:
        objects = [
            memory_object(
                run, m, stale=reasons[m.file] or None, evidence=states.get(m.file), tier=tiers[m.file]
            )
            for m in memories
        ]
        odd = [{"file": file, "message": message} for file, message in problems]
        run.out.document({"directory": run.directory, "memories": objects, "problems": odd})
    elif run.out.on_terminal:
        from memctl.cli.show.tables import memory_table

        memory_table(run.out, memories, run.now, reasons, tiers)
    else:
        for memory in memories:
            run.out.line(os.path.join(run.directory, memory.file))
    for memory in memories:
        run.out.warn_all(f"{memory.file}: {text}" for text in memory.warnings)
    run.out.warn_all(f"{file} {message}" for file, message in problems)
    if not memories and not run.out.json:
        run.out.note("no memories here yet; `memctl save TEXT` writes one")
    if run.out.on_terminal:
        _say_waiting(run)


def _say_waiting(run: Run) -> None:
    """That proposals wait for the person, who would else not think of them."""
    from memctl.services.context import reminders

    count = reminders.waiting(run.directory)
    if count:
        run.remind(
            "proposals", f"{count} {'proposal waits' if count == 1 else 'proposals wait'}: memctl review"
        )
