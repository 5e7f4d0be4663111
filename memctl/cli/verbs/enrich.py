"""The verb that has a model anticipate queries."""

from typing import Annotated, Any

import typer

from memctl.cli.complete import memory_names
from memctl.cli.run import Run, verb


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
    from memctl.services.recall import enrichment as service
    from memctl.services.recall.queries import KeptQueries

    settings = run.settings()
    kept = KeptQueries(run.directory, settings.enrich_model)
    memories = [run.store.find(name) for name in names] if names else run.store.memories()[0]
    wanted = list(memories) if again else service.missing(memories, kept)
    if dry_run or not wanted:
        _print_enriched(run, service.Enriched(left=tuple(m.file for m in wanted)), dry_run=dry_run)
    else:
        from memctl.services.own_model import choose

        provider = choose(settings, "enrich")
        done = service.enrich(wanted, provider, kept, service.guard(), progress=_progress(run))
        _print_enriched(run, done, dry_run=False)
        if done.failure is not None:
            raise done.failure
    if write and not dry_run:
        _write_queries(run, kept, memories)


def _progress(run: Run) -> Any:
    return lambda done, total: run.out.note(f"{done} of {total} memories")


def _write_queries(run: Run, kept: Any, memories: list[Any]) -> None:
    from memctl.cli.write import offer_undo
    from memctl.cli.write import write as write_change
    from memctl.services.recall.queries import into_files

    change = into_files(kept, [run.store.read(m.file) for m in memories], run.now)
    if change is not None:
        applied = write_change(run, change)
        offer_undo(run, applied)
        run.out.warn_all(applied.warnings)


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
