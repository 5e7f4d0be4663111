"""The verb that counts: memories, index budget, cost of model calls."""

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from memctl.cli.output import word
from memctl.cli.run import Run, verb


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
        run.out.line(f"{name}: {word(value)}")


def _flat(figures: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
