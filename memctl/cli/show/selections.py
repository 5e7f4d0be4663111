"""What a recall found: as JSON, as a list of links, and how it was made."""

from typing import TYPE_CHECKING

from memctl.cli.run import Run
from memctl.cli.show.documents import age, memory_object

if TYPE_CHECKING:
    from memctl.domain.selection import Selection


def selection_document(run: Run, found: "Selection") -> dict[str, object]:
    """The JSON document of a recall."""
    keys = ("query", "strategy", "reason", "model", "elapsed_ms", "scanned", "candidates")
    return {
        **{key: getattr(found, key) for key in keys},
        "warnings": list(found.warnings),
        "memories": [
            memory_object(
                run, r.memory, score=None if r.score is None else round(r.score, 4), warnings=r.warnings
            )
            for r in found.memories
        ],
    }


def print_links(run: Run, found: "Selection") -> None:
    """A Markdown list with a link to each memory."""
    from memctl.format.links import title

    for recalled in found.memories:
        memory = recalled.memory
        link = f"[{title(memory.name)}](<{recalled.path}>)"
        about = f"{memory.type or 'memory'}, {age(memory.modified, run.now)}"
        run.out.line(f"- {link} — {memory.description} ({about})")


def say_strategy(run: Run, found: "Selection") -> None:
    """Who selected, of how many memories, in what time."""
    if not found.memories:
        run.out.note(f"nothing fits, of {found.scanned} memories ({found.strategy})")
        return
    how = f"{found.strategy}, {found.model}" if found.model else found.strategy
    run.out.note(f"{len(found.memories)} of {found.scanned} memories ({how}, {found.elapsed_ms} ms)")


def say_reason(run: Run, found: "Selection", *, asked: bool = False) -> None:
    """Why another strategy answered; that there are no credentials is the usual case and no warning, and a
    reminder where nobody asked for the model."""
    if found.message and found.reason == "no-credentials":
        run.out.note(found.message) if asked else run.remind("credentials", found.message)
    elif found.message:
        run.out.warn(found.message)
