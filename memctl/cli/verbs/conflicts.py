"""The verb that shows memories which disagree: conflicts."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.abbreviation import full_names
from memctl.cli.complete import memory_names
from memctl.cli.options import FailEmptyOption
from memctl.cli.run import Run, verb
from memctl.errors import UsageError

if TYPE_CHECKING:
    from memctl.domain.change import Applied
    from memctl.domain.memory import Memory
    from memctl.services.related.conflicts import Conflict


class Answer(Enum):
    """What becomes of two memories about the same subject."""

    replace = "replace"
    narrow = "narrow"
    beside = "beside"


@verb
def conflicts(
    run: Run,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LATER EARLIER]",
            help="Two memories to decide on, with --as.",
            autocompletion=memory_names,
        ),
    ] = None,
    verdict: Annotated[
        Answer | None, typer.Option("--as", help="What becomes of LATER and EARLIER, for scripts.")
    ] = None,
    fail_empty: FailEmptyOption = False,
) -> None:
    """Show pairs of memories that disagree; on a terminal also ask what becomes of each."""
    from memctl.services.related import conflicts as service

    if names or verdict:
        _decided(run, names or [], verdict)
        return
    found = service.conflicts(run.store, run.now)
    if run.out.json:
        run.out.document({"conflicts": [_object(run, one) for one in found]})
        run.found(found, fail_empty)
        return
    if found and run.out.can_ask and run.out.on_terminal:
        _go_through(run, found)
        return
    run.page()
    for one in found:
        if run.out.on_terminal:
            run.out.block(_side_by_side(run, one))
        else:
            sides = [run.store.path(m.file) for m in (one.later, one.earlier)]
            run.out.row(*sides, one.verdict.relation, one.verdict.why)
    run.out.note(_summed(len(found)))
    run.found(found, fail_empty)


def _decided(run: Run, names: list[str], verdict: Answer | None) -> None:
    """Carry out what the command line says of two memories."""
    from memctl.cli.write import offer_undo

    if len(names) != 2 or verdict is None:
        raise UsageError("two memories and a verdict belong together", hint="LATER EARLIER --as replace")
    later, earlier = run.store.find_all(full_names(run, names))
    if later.file == earlier.file:
        raise UsageError(f"{later.stem} cannot disagree with itself", hint="name the other memory")
    applied = _carry_out(run, later, earlier, verdict.value)
    if run.out.json:
        run.out.document({"action": verdict.value, "later": later.stem, "earlier": earlier.stem})
    run.out.note(f"{verdict.value}: {later.stem}, {earlier.stem}")
    offer_undo(run, applied)


def _carry_out(run: Run, later: "Memory", earlier: "Memory", answer: str) -> "Applied | None":
    """Write what `answer` means; "beside" changes no memory and is remembered."""
    from memctl.cli.write import write
    from memctl.services.related.conflicts import settle
    from memctl.services.review.verdicts import refuse_agent
    from memctl.store.state.settled import Settled

    refuse_agent(run.door.actor, "conflicts")
    if answer == "beside":
        Settled(run.directory).add(later.fingerprint, earlier.fingerprint)
        return None
    applied = write(run, run.door.examine(settle(run.store, later, earlier, answer), now=run.now))
    run.out.warn_all(applied.warnings)
    return applied


def _summed(count: int) -> str:
    from memctl.cli.output import counted

    return (
        f"{counted(count, 'pair')} of memories {'disagrees' if count == 1 else 'disagree'}"
        if count
        else "no memories disagree"
    )


def _object(run: Run, one: "Conflict") -> dict[str, object]:
    from memctl.cli.related import verdict_object
    from memctl.cli.show.documents import memory_object

    def side(memory: "Memory") -> dict[str, object]:
        return memory_object(run, memory, body=memory.body, evidence=_evidence(memory))

    return {"later": side(one.later), "earlier": side(one.earlier), **verdict_object(one.verdict)}


def _evidence(memory: "Memory") -> list[str]:
    said = memory.metadata.get("evidence")
    return [str(v) for v in said] if isinstance(said, list) else [p for p in str(said or "").split(", ") if p]


def _side_by_side(run: Run, one: "Conflict") -> str:
    """Both memories by name, with their dates and what they rest on, and in two columns what they say."""
    import shutil
    import textwrap
    from itertools import zip_longest

    from memctl.cli.show.documents import when

    width = max(24, (shutil.get_terminal_size().columns - 3) // 2)

    def heading(memory: "Memory", which: str) -> list[str]:
        evidence = ", ".join(_evidence(memory))
        said = f"{which:<8} {memory.stem}  {when(memory.modified)[:10]}  {evidence}".rstrip()
        return run.out.folded(said, 9)

    def column(memory: "Memory") -> list[str]:
        text = list(dict.fromkeys([memory.description.strip(), memory.body.strip()]))
        lines = [line for part in text for line in part.split("\n")]
        return [part for line in lines for part in textwrap.wrap(line, width) or [""]]

    rows = zip_longest(column(one.earlier), column(one.later), fillvalue="")
    lines = [f"{left:<{width}} | {right}".rstrip() for left, right in rows]
    named = [*heading(one.earlier, "earlier"), *heading(one.later, "later")]
    verdict = run.out.folded(f"{one.later.stem} {one.verdict.why}", 2)
    return "\n".join([*named, "", *lines, "", *verdict, ""])


def _go_through(run: Run, found: "list[Conflict]") -> None:
    """Ask about one pair after the other; what was not decided is shown again next time."""
    from memctl.cli.related import VERDICTS, choose

    touched: set[str] = set()
    for number, one in enumerate(found, 1):
        if touched & {one.later.file, one.earlier.file}:
            continue  # it changed a moment ago: the next run looks at it as it is now
        run.out.block(f"── {number} of {len(found)} ──\n{_side_by_side(run, one)}")
        answer = choose(run, VERDICTS)
        if answer == "quit":
            return
        if answer != "skip" and _carry_out(run, one.later, one.earlier, answer):
            touched |= {one.later.file, one.earlier.file}
        run.out.note(f"{answer}: {one.later.stem}, {one.earlier.stem}")
