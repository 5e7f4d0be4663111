"""`review`: the inbox on a terminal, one proposal at a time, and for scripts."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from memctl.cli.complete import proposal_ids
from memctl.cli.run import Run, verb
from memctl.errors import Refused, UsageError

Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID]...",
        help="Decide on these only; with --accept or --reject more of them.",
        autocompletion=proposal_ids,
    ),
]


@verb
def review(
    run: Run,
    ids: Ids = None,
    list_: Annotated[bool, typer.Option("--list", "-l", help="List what waits.")] = False,
    show: Annotated[
        str | None,
        typer.Option(
            "--show", metavar="ID", help="Show one proposal with its diff.", autocompletion=proposal_ids
        ),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="ID...|all", help="Accept these.", autocompletion=proposal_ids),
    ] = None,
    reject: Annotated[
        list[str] | None,
        typer.Option("--reject", metavar="ID...|all", help="Reject these.", autocompletion=proposal_ids),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why they are rejected.")] = "",
) -> None:
    """Decide on proposals: one diff at a time on a terminal, or with --list, --show, --accept, --reject."""
    import sys

    from memctl.services.review.verdicts import Review

    run.repair()
    desk = Review(run.place)
    for note in desk.finish():
        run.out.note(note)
    wanted = (bool(list_), show is not None, bool(accept), bool(reject))
    if sum(wanted) > 1:
        raise UsageError("one of --list, --show, --accept, --reject at a time")
    if ids and (list_ or show is not None):
        raise UsageError(
            f"{ids[0]}: --list takes no id and --show one", hint=f"memctl review --show {ids[0]}"
        )
    decides = bool(accept or reject) or not (
        list_ or show is not None or run.out.json or not (sys.stdin.isatty() and sys.stdout.isatty())
    )
    _offer_stale(run, desk, keep=decides)
    if accept:
        _accept(run, desk, [*accept, *(ids or ())])
    elif reject:
        _reject(run, desk, [*reject, *(ids or ())], reason)
    elif show is not None:
        _show(run, desk.find(show))
    elif not decides:
        _show_named(run, desk, ids) if ids else _list(run, desk)
    else:
        from memctl.cli.screens.review_screen import Screen

        Screen(run, desk).show(_entries(desk, ids) if ids else None)


def _offer_stale(run: Run, desk: Any, *, keep: bool) -> None:
    """Memories whose evidence no longer stands are offered too; put into the inbox only to be decided."""
    from memctl.services.inbox import stale

    memories, _ = run.store.memories()
    if keep:
        new: Sequence[Any] = stale.offer(run.directory, memories, run.worktree, run.now)
    else:
        desk.due = stale.due(run.directory, memories, run.worktree, run.now)
        new = desk.due.new
    if new:
        run.out.note(
            f"{len(new)} {'memory rests' if len(new) == 1 else 'memories rest'} on something that changed"
        )


def _list(run: Run, desk: Any) -> None:
    from memctl.cli.output import write
    from memctl.cli.show.proposals import proposal_line, proposal_object, proposal_table

    offers, damaged = desk.offers()
    if run.out.json:
        run.out.document(
            {
                "proposals": [
                    proposal_object(o.planned.proposal, file=o.planned.file, stale=o.planned.stale)
                    for o in offers
                ]
            }
        )
    elif run.out.on_terminal:
        proposal_table(run.out, [o.planned.proposal for o in offers])
    else:
        for offer in offers:
            write(proposal_line(run.out, offer.planned.proposal))
    run.out.warn_all(
        f"{desk.inbox.folder}/{name} holds no proposal; look at it and remove it" for name in damaged
    )
    if not offers:
        run.out.note("nothing waits for a verdict")


def _show_named(run: Run, desk: Any, ids: Sequence[str]) -> None:
    """Where no person decides, one named proposal is shown."""
    if len(ids) > 1:
        raise UsageError("one id at a time is shown", hint="--accept and --reject take several")
    _show(run, desk.find(ids[0]))


def _show(run: Run, offer: Any) -> None:
    from memctl.cli.output import write
    from memctl.cli.show.proposals import proposal_object, shown

    if run.out.json:
        about = {"file": offer.planned.file, "stale": offer.planned.stale, "diff": "\n".join(offer.diff)}
        run.out.document({"proposal": proposal_object(offer.planned.proposal, **about)})
    else:
        write("\n".join(shown(run.out, offer)) + "\n")


def _entries(desk: Any, wanted: Sequence[str]) -> list[Any]:
    """The entries that ids name, each once; `all` is everything that waits."""
    names = [name for part in wanted for name in part.split(",") if name]
    if "all" in names:
        return [offer.entry for offer in desk.offers()[0]]
    found = {entry.proposal.id: entry for entry in (desk.inbox.find(name) for name in names)}
    return list(found.values())


def _accept(run: Run, desk: Any, wanted: Sequence[str]) -> None:
    from memctl.cli.show.verdicts import say_undo
    from memctl.services.review.verdicts import passes_all

    entries = _entries(desk, wanted)
    left = [] if "all" not in wanted else [e for e in entries if not passes_all(e)]
    entries = [e for e in entries if e not in left]
    if left and not entries:
        ids = " ".join(e.proposal.id for e in left)
        raise Refused(
            f"{len(left)} rest on tool output or a web page: approval needed",
            hint=f"look at them and name them: {ids}",
            slug="approval",
        )
    verdicts = desk.accept(entries)
    _verdicts(run, verdicts)
    warnings = [w for v in verdicts if v.applied for w in v.applied.warnings]
    if left:
        warnings.append(f"{len(left)} rest on tool output or a web page and were left: name them by id")
    run.out.warn_all(dict.fromkeys(warnings))
    say_undo(run.out, verdicts)


def _reject(run: Run, desk: Any, wanted: Sequence[str], reason: str) -> None:
    _verdicts(run, [desk.reject(entry, reason) for entry in _entries(desk, wanted)])


def _verdicts(run: Run, verdicts: Sequence[Any]) -> None:
    from memctl.cli.output import write
    from memctl.cli.show.proposals import row

    rows = [
        {"id": v.entry.proposal.id, "name": v.entry.proposal.name, "verdict": v.verdict} for v in verdicts
    ]
    if run.out.json:
        run.out.document({"verdicts": rows})
        return
    for found in rows:
        write(row(found["verdict"], found["id"], found["name"]))
