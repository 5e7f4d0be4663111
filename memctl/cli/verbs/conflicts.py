"""The verb that shows memories which disagree: conflicts."""

from typing import TYPE_CHECKING

from memctl.cli.run import Run, verb

if TYPE_CHECKING:
    from memctl.domain.memory import Memory
    from memctl.services.related.conflicts import Conflict


@verb
def conflicts(run: Run) -> None:
    """Show pairs of memories that disagree; on a terminal also ask what becomes of each."""
    from memctl.services.related import conflicts as service

    found = service.conflicts(run.store, run.now)
    if run.out.json:
        run.out.document({"conflicts": [_object(run, one) for one in found]})
        return
    if found and run.out.can_ask and run.out.on_terminal:
        _go_through(run, found)
        return
    for one in found:
        if run.out.on_terminal:
            run.out.block(_side_by_side(run, one))
        else:
            names = (run.store.path(m.file) for m in (one.later, one.earlier))
            run.out.row(*names, one.verdict.relation, one.verdict.why)
    run.out.note(_summed(len(found)))


def _summed(count: int) -> str:
    from memctl.cli.output import counted

    return f"{counted(count, 'pair')} of memories disagree" if count else "no memories disagree"


def _object(run: Run, one: "Conflict") -> dict[str, object]:
    from memctl.cli.show.documents import memory_object

    def side(memory: "Memory") -> dict[str, object]:
        return memory_object(run, memory, body=memory.body, evidence=_evidence(memory))

    verdict = one.verdict
    found = {"later": side(one.later), "earlier": side(one.earlier)}
    return {**found, "relation": verdict.relation, "why": verdict.why, "explicit": verdict.explicit}


def _evidence(memory: "Memory") -> list[str]:
    said = memory.metadata.get("evidence")
    return [str(v) for v in said] if isinstance(said, list) else [p for p in str(said or "").split(", ") if p]


def _side_by_side(run: Run, one: "Conflict") -> str:
    """Both memories in two columns, with their dates and what they rest on."""
    import shutil
    import textwrap
    from itertools import zip_longest

    from memctl.cli.show.documents import when

    width = max(24, (shutil.get_terminal_size().columns - 3) // 2)

    def column(memory: "Memory") -> list[str]:
        heading = [memory.stem, f"{when(memory.modified)[:10]}  {', '.join(_evidence(memory))}".rstrip(), ""]
        text = [memory.description, *memory.body.strip().split("\n")]
        return [part for line in (*heading, *text) for part in textwrap.wrap(line, width) or [""]]

    rows = zip_longest(column(one.earlier), column(one.later), fillvalue="")
    lines = [f"{left:<{width}} | {right}".rstrip() for left, right in rows]
    return "\n".join([*lines, "", f"{one.later.stem} {one.verdict.why}", ""])


def _go_through(run: Run, found: "list[Conflict]") -> None:
    """Ask about one pair after the other; what was not decided is shown again next time."""
    from memctl.cli.related import VERDICTS, choose
    from memctl.cli.write import write
    from memctl.services.related.conflicts import settle
    from memctl.store.state.settled import Settled

    touched: set[str] = set()
    for number, one in enumerate(found, 1):
        if touched & {one.later.file, one.earlier.file}:
            continue  # it changed a moment ago: the next run looks at it as it is now
        run.out.block(f"── {number} of {len(found)} ──\n{_side_by_side(run, one)}")
        answer = choose(run, VERDICTS)
        if answer == "quit":
            return
        if answer == "beside":
            Settled(run.directory).add(one.later.fingerprint, one.earlier.fingerprint)
        elif answer != "skip":
            applied = write(run, run.door.examine(settle(one, answer), now=run.now))
            run.out.warn_all(applied.warnings)
            touched |= {one.later.file, one.earlier.file}
        run.out.note(f"{answer}: {one.later.stem}, {one.earlier.stem}")
