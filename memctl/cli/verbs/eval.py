"""The verb that measures recall on the user's own queries."""

from typing import Annotated

import typer

from memctl.cli.options import Selector
from memctl.cli.output import word
from memctl.cli.query import provider_of
from memctl.cli.run import Run, verb


@verb
def eval_(
    run: Run,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help='JSON lines: {"query": "...", "expect": ["NAME"]}.')
    ],
    selector: Annotated[Selector, typer.Option("--selector", help="Who selects.")] = Selector.lexical,
    fail_under: Annotated[
        float | None,
        typer.Option(
            "--fail-under", metavar="X", min=0, max=1, help="Exit 1 when recall@5 is below X (0 to 1)."
        ),
    ] = None,
    misses: Annotated[bool, typer.Option("--misses", help="Also list the queries that missed.")] = False,
) -> None:
    """Measure recall@5 on your own queries; an empty `expect` means that nothing should be found."""
    from memctl.services.recall import evaluation as service

    settings = run.settings(selector=selector.value)
    done = service.evaluate(run.store, file, settings, provider_of(settings), run.now)
    if run.out.json:
        run.out.document({**done.figures, "misses": list(done.misses)})
    else:
        for name, value in done.figures.items():
            run.out.line(f"{name}: {word(value)}")
        for miss in done.misses if misses else ():
            run.out.line(f"missed: {miss['query']}  expected {', '.join(miss['expect']) or 'nothing'}")
    if fail_under is not None and (done.figures["recall_at_5"] or 0.0) < fail_under:
        run.out.note(f"recall@5 is below {fail_under}")
        raise typer.Exit(1)
