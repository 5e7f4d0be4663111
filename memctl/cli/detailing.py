"""`--detail`: what `recall` and `context` add from the full texts of shortened memories."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memctl.cli.run import Run

if TYPE_CHECKING:
    from memctl.services.compress.detail import Detail

DetailOption = Annotated[
    int | None,
    typer.Option(
        "--detail",
        metavar="TOKENS",
        min=1,
        help="Of shortened memories add what the query needs of the full text, at most so much.",
    ),
]


def details(
    run: Run, files: Sequence[str], query: str, most: int, excluded: Sequence[str] = ()
) -> "list[Detail]":
    """What the full texts of the memories `files`, and of those that were not found since the word went, have
    for `query`, secrets replaced; what cannot be had is said."""
    from memctl.errors import MemctlError
    from memctl.services.compress import detail
    from memctl.services.guard import redact

    memories = []
    for file in files:
        try:
            memories.append(run.store.read(file))
        except MemctlError:  # gone since it was found
            continue
    others = detail.others(run.store, {*files, *(f"{name}.md" for name in excluded)})
    found = detail.expand(run.directory, memories, query, most, others)
    run.out.warn_all(found.problems)
    return [replace(one, sections=tuple(map(redact, one.sections))) for one in found.details]


def detail_object(detail: "Detail") -> dict[str, Any]:
    """A detail as JSON."""
    return {
        "name": detail.name,
        "file": detail.file,
        "full": detail.fingerprint,
        "changed": detail.changed,
        "sections": list(detail.sections),
    }


def print_details(run: Run, found: "Sequence[Detail]") -> None:
    """Each below a blank line."""
    for detail in found:
        run.out.line()
        for line in detail.text.replace("\r\n", "\n").rstrip("\n").split("\n"):
            run.out.sentence(line, indent=len(line) - len(line.lstrip()), keep="\t")
