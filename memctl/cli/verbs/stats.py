"""Figures about the memories: counts, index budget, cost of model calls; recall on the user's own queries."""

from typing import Annotated, Any

import typer

from memctl.cli.run import Run, verb
from memctl.cli.verbs.recall import Selector


@verb
def stats(
    run: Run,
    cost: Annotated[bool, typer.Option("--cost", help="Tokens and cost of the model calls.")] = False,
    days: Annotated[int, typer.Option("--days", min=1, help="With --cost: of this many days.")] = 30,
) -> None:
    """Count the memories of this project, or what model calls have cost."""
    from memctl.services import counts as service

    figures = service.cost(run.now, days) if cost else service.counts(run.store, run.now)
    if run.out.json:
        run.out.document(figures)
        return
    for name, value in _flat(figures):
        run.out.line(f"{name}: {value}")


def _flat(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            lines += _flat(value, f"{prefix}{name}.")
        else:
            lines.append((prefix + name, _word(value)))
    return lines


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None else str(value)


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
    verbose_misses: Annotated[
        bool, typer.Option("--misses", help="Also list the queries that missed.")
    ] = False,
) -> None:
    """Measure recall@5 on your own queries; an empty `expect` means that nothing should be found."""
    from memctl.cli.verbs.recall import provider_of
    from memctl.services.recall import evaluation as service

    settings = run.settings(selector=selector.value)
    done = service.evaluate(run.store, file, settings, lambda: provider_of(settings), run.now)
    if run.out.json:
        run.out.document({**done.figures, "misses": list(done.misses)})
    else:
        for name, value in done.figures.items():
            run.out.line(f"{name}: {_word(value)}")
        for miss in done.misses if verbose_misses else ():
            run.out.line(f"missed: {miss['query']}  expected {', '.join(miss['expect']) or 'nothing'}")
    if fail_under is not None and (done.figures["recall_at_5"] or 0.0) < fail_under:
        run.out.note(f"recall@5 is below {fail_under}")
        raise typer.Exit(1)
