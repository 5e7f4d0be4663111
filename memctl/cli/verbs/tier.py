"""Verbs that say where memories are kept at hand: tier, pin, unpin."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from memctl.cli.abbreviation import full_names, named
from memctl.cli.complete import memory_names
from memctl.cli.options import Names
from memctl.cli.run import Run, verb
from memctl.errors import NotFound, UsageError

if TYPE_CHECKING:
    from memctl.domain.memory import Memory

WORDS = ("hot", "warm", "cold", "auto")
"""Where a memory may be moved; `auto` leaves it to memctl again."""


@verb
def tier(
    run: Run,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME...] [hot|warm|cold|auto]",
            help="Memories, and where they go; without, where they are.",
            autocompletion=memory_names,
        ),
    ] = None,
) -> None:
    """Show in which tier memories are and why, or move them: hot, warm, cold; auto leaves it to memctl.

    Hot memories have a pointer in MEMORY.md, warm ones are found by recall, cold ones answer only when
    nothing warmer does.
    """
    names = names or []
    if not names:
        _count(run)
    elif len(names) > 1 and names[-1] in WORDS:
        _move(run, names[:-1], names[-1])
    elif names[0] in WORDS and len(names) == 1 and not _is_memory(run, names[0]):
        raise UsageError(
            f"which memories go {names[0]}?",
            hint=f"memctl tier NAME {names[0]}, or memctl list --tier {names[0]}",
        )
    else:
        _refuse_unknown(run, names)
        _show(run, names)


def _refuse_unknown(run: Run, names: list[str]) -> None:
    """Raises UsageError for a last word that stands where the tier does, and is neither one nor like the name
    of a memory."""
    last = names[-1]
    if len(names) == 1 or not last.isalpha():
        return
    try:
        named(run, last)
    except NotFound as error:
        if not error.near:
            run.store.find_all(full_names(run, names[:-1]))
            hint = f"memctl tier NAME {'|'.join(WORDS)}"
            raise UsageError(f"{last!r} is no tier, and no memory is called so", hint=hint) from None


def _is_memory(run: Run, name: str) -> bool:
    return any(entry[0] == f"{name}.md" for entry in run.store.listing()[0])


def _count(run: Run) -> None:
    """How many memories are in each tier, and the room that the index has."""
    from memctl.services.tiers import census

    figures = census.count(run.store)
    if run.out.json:
        run.out.document(figures)
        return
    for name, count in figures["tiers"].items():
        run.out.line(f"{name}: {count:,}")
    size = figures["index"]
    lines, held = f"{size['lines']:,} of {size['lines_max']:,}", f"{size['bytes']:,} of {size['bytes_max']:,}"
    run.out.line(f"MEMORY.md: {lines} lines, {held} bytes")


def _show(run: Run, names: list[str]) -> None:
    memories = list({m.file: m for m in (named(run, name) for name in names)}.values())
    if run.out.json:
        run.out.document({"memories": [_object(run, memory) for memory in memories]})
        return
    run.page()
    for memory in memories:
        _line(run, memory)


def _move(run: Run, names: list[str], tier: str) -> None:
    from memctl.cli.write import offer_undo, write
    from memctl.services.tiers import moves

    memories = list({m.file: m for m in run.store.find_all(full_names(run, names))}.values())
    change = moves.plan(run.store, memories, tier)
    applied = None if change is None else write(run, change)
    files = () if change is None else tuple(operation.file for operation in change.operations)
    after = [run.store.read(memory.file) for memory in memories]
    if run.out.json:
        left = () if applied is None else applied.left
        objects = [_object(run, memory) for memory in after]
        run.out.document(
            {"action": "moved" if applied else "unchanged", "memories": objects, "moved": files, "left": left}
        )
    else:
        for memory in after:
            _line(run, memory)
    if applied is None:
        run.out.note("it was so already")
    else:
        offer_undo(run, applied)
        run.out.warn_all(applied.warnings)


@verb
def pin(run: Run, names: Names) -> None:
    """Keep memories first: in MEMORY.md, in lists, in a session's context. They never leave the index."""
    _pin(run, names, pinned=True)


@verb
def unpin(run: Run, names: Names) -> None:
    """Make pinned memories like all others again."""
    _pin(run, names, pinned=False)


def _pin(run: Run, names: list[str], *, pinned: bool) -> None:
    from memctl.cli.show.documents import memory_object
    from memctl.cli.write import offer_undo, write
    from memctl.services.tiers import moves

    memories = list({m.file: m for m in run.store.find_all(names)}.values())
    change = moves.pins([run.store.read(memory.file) for memory in memories], pinned)
    applied = None if change is None else write(run, change)
    action = "unchanged" if applied is None else "pinned" if pinned else "unpinned"
    after = [run.store.read(memory.file) for memory in memories]
    if run.out.json:
        run.out.document({"action": action, "memories": [memory_object(run, memory) for memory in after]})
    else:
        for memory in after:
            run.out.line(run.store.path(memory.file))
    named = ", ".join(memory.stem for memory in memories)
    already = "pinned already" if pinned else "not pinned"
    run.out.note(f"{action} {named}" if applied else f"{already}: {named}")
    if applied is not None:
        offer_undo(run, applied)
        run.out.warn_all(applied.warnings)


def _object(run: Run, memory: "Memory") -> dict[str, Any]:
    """A memory with its tier, why it is in it, and how often it was of use since when."""
    from memctl.cli.show.documents import memory_object, when
    from memctl.services.tiers.grounds import grounds

    found = grounds(run.store, memory, run.now)
    since = when(found.since) if found.uses else None
    return memory_object(run, memory, tier=found.tier, why=found.why, uses=found.uses, used_since=since)


def _line(run: Run, memory: "Memory") -> None:
    from memctl.services.tiers.grounds import grounds

    found = grounds(run.store, memory, run.now)
    run.out.sentence(f"{memory.stem}: {found.tier}: {found.why}")
