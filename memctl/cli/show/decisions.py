"""What was decided in the inbox: verdicts and rejections, as rows and as JSON, and what follows from them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from memctl.cli.output import counted, word
from memctl.cli.run import Run
from memctl.cli.show.documents import when
from memctl.cli.show.proposals import digits, undo_hint

if TYPE_CHECKING:
    from memctl.services.review.verdicts import Verdict
    from memctl.store.state.entries import Entry
    from memctl.store.state.tombstones import Rejection


def print_verdicts(run: Run, verdicts: Sequence["Verdict"], **more: object) -> None:
    """A line for each: verdict, id, name. `more` adds keys to the JSON."""
    rows = [
        {"id": v.entry.proposal.id, "name": v.entry.proposal.name, "verdict": v.verdict} for v in verdicts
    ]
    if run.out.json:
        run.out.document({"verdicts": rows, **more})
        return
    for found in rows:
        run.out.row(found["verdict"], _shown(run, found["id"], [row["id"] for row in rows]), found["name"])


def _shown(run: Run, one: str, ids: Sequence[str]) -> str:
    """`one` of `ids` as a row has it: whole through a pipe, where a program reads it, short on a terminal."""
    return one[: digits(ids)] if run.out.on_terminal else one


def say_done(run: Run, verdicts: Sequence["Verdict"], left: Sequence["Entry"]) -> None:
    """What the person should know of the verdicts; `left` are those that were not theirs to give."""
    warnings = [w for v in verdicts if v.applied for w in v.applied.warnings]
    if left:
        ids = [entry.proposal.id for entry in left]
        named = " ".join(one[: digits(ids)] for one in ids)
        warnings.append(f"{others(left)}; look and accept by id: {named}")
    run.out.warn_all(dict.fromkeys(warnings))
    for note in dict.fromkeys(v.note for v in verdicts if v.note):
        run.out.note(f"{note}: nothing was left to do")
    hint = undo_hint(verdicts)
    if hint:
        run.out.note(hint)


def others(left: Sequence["Entry"]) -> str:
    """How many of the proposals have to be named, and why, as the beginning of a sentence."""
    why = "not your own words, or with a loss, or in the place of a memory that you did not name"
    return f"{counted(len(left), 'proposal')} left: {why}"


def again_by(rejection: "Rejection") -> tuple[str, ...]:
    """The commands that may propose again what was rejected; where it is not known, those of each kind."""
    return (rejection.by,) if rejection.by else ("extract --all", "skillify", "dream")


def _was(entry: "Entry | None") -> dict[str, str]:
    if entry is None:
        return {"name": "", "description": ""}
    said = entry.proposal.description or entry.proposal.fact.strip().split("\n")[0]
    return {"name": entry.proposal.name, "description": said}


def print_rejections(run: Run, found: "Sequence[Rejection]", kept: "Mapping[str, Entry]") -> None:
    """What was rejected: id, when, kind and reason, and what it was as long as that is `kept`."""
    rows = [
        {"id": r.id, "when": when(r.at), "operation": r.operation, "reason": r.reason, **_was(kept.get(r.id))}
        for r in found
    ]
    if run.out.json:
        run.out.document({"rejections": rows})
    else:
        for one in rows:
            own, *rest = one.values()
            run.out.row(_shown(run, own, [row["id"] for row in rows]), *map(word, rest))
    if found:
        run.out.note(
            "to look at one: memctl review --show ID; to let it wait again: memctl review --reopen ID"
        )
    else:
        run.out.note("nothing was rejected")
