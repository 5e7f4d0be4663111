"""What a recall found: as JSON, as a list of links, and how it was made."""

from typing import TYPE_CHECKING

from memctl.cli.run import Run
from memctl.cli.show.documents import age_days, age_words, memory_object

if TYPE_CHECKING:
    from memctl.domain.selection import Selection


def selection_document(run: Run, found: "Selection") -> dict[str, object]:
    """The JSON document of a recall (contract, section 5)."""
    return {
        "query": found.query,
        "strategy": found.strategy,
        "reason": found.reason,
        "model": found.model,
        "elapsed_ms": found.elapsed_ms,
        "scanned": found.scanned,
        "candidates": found.candidates,
        "warnings": list(found.warnings),
        "memories": [
            memory_object(
                r.memory,
                run.directory,
                run.now,
                path=r.path,
                score=None if r.score is None else round(r.score, 4),
                warnings=list(r.warnings),
            )
            for r in found.memories
        ],
    }


def print_links(run: Run, found: "Selection") -> None:
    """A Markdown list with a link to each memory."""
    from memctl.format.index import title

    for recalled in found.memories:
        memory = recalled.memory
        age = age_words(age_days(memory.modified, run.now))
        link = f"[{title(memory.name)}](<{recalled.path}>)"
        run.out.line(f"- {link} — {memory.description} ({memory.type or 'memory'}, {age})")


def say_strategy(run: Run, found: "Selection") -> None:
    """Who selected, of how many memories, in what time."""
    if not found.memories:
        run.out.note(f"nothing fits, of {found.scanned} memories ({found.strategy})")
        return
    how = f"{found.strategy}, {found.model}" if found.model else found.strategy
    run.out.note(f"{len(found.memories)} of {found.scanned} memories ({how}, {found.elapsed_ms} ms)")


def say_reason(run: Run, found: "Selection") -> None:
    """Why another strategy answered; that there are no credentials is the usual case and no warning."""
    if found.message and found.reason == "no-credentials":
        run.out.note(found.message)
    elif found.message:
        run.out.warn(found.message)
