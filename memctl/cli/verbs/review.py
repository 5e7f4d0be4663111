"""`review`: the inbox on a terminal, one proposal at a time, and for scripts."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.asking import anticipate
from memctl.cli.complete import proposal_ids
from memctl.cli.output import word
from memctl.cli.run import Run, verb
from memctl.errors import Refused, Unseen, UsageError

if TYPE_CHECKING:
    from memctl.services.review.verdicts import Offer, Review, Verdict
    from memctl.store.state.entries import Entry

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
    rejected: Annotated[
        bool, typer.Option("--rejected", help="With --list: what was rejected, the newest first.")
    ] = False,
    reopen: Annotated[
        list[str] | None,
        typer.Option(
            "--reopen", metavar="ID...", help="Take these rejections back: they may be proposed again."
        ),
    ] = None,
) -> None:
    """Decide on proposals: one diff at a time on a terminal, or with --list, --show, --accept, --reject."""
    from memctl.services.review.verdicts import Review

    run.repair()
    inbox = Review(run.place)
    for note in inbox.finish():
        run.out.note(note)
    ids = ids or []
    if rejected and not list_:
        raise UsageError("--rejected goes with --list", hint="memctl review --list --rejected")
    looks, verdicts = list_ + (show is not None), bool(accept) + bool(reject) + bool(reopen)
    _refuse_mixed(looks, verdicts, ids)
    if rejected or reopen:
        _rejections(run, inbox) if rejected else _reopen(run, inbox, [*(reopen or ()), *ids])
        return
    decides = verdicts > 0 or (not looks and not run.out.json and sys.stdin.isatty() and sys.stdout.isatty())
    _offer_stale(run, inbox, keep=decides)
    if accept:
        _accept(run, inbox, [*accept, *ids])
    elif reject:
        chosen = _entries(inbox, [*reject, *ids])
        _verdicts(run, [inbox.reject(entry, reason) for entry in chosen])
        if not chosen:
            run.out.note("nothing waits for a verdict")
    elif decides:
        from memctl.cli.screens.review_screen import Screen

        Screen(run, inbox).show(_entries(inbox, ids) if ids else None)
        anticipate(run)
    else:
        _print(run, inbox, ids if show is None else [show])


def _refuse_mixed(looks: int, verdicts: int, ids: Sequence[str]) -> None:
    """`looks` and `verdicts` count the options that ask for one."""
    if looks + verdicts > 1:
        raise UsageError("one of --list, --show, --accept, --reject, --reopen at a time")
    if ids and looks:
        raise UsageError(
            f"{ids[0]}: --list takes no id and --show one", hint=f"memctl review --show {ids[0]}"
        )


def _print(run: Run, inbox: "Review", ids: Sequence[str]) -> None:
    """Where no person decides, one named proposal is shown, or all are listed."""
    if len(ids) > 1:
        raise UsageError("one id at a time is shown", hint="--accept and --reject take several")
    if ids:
        _show(run, inbox, inbox.find(ids[0]))
    else:
        _list(run, inbox)


def _offer_stale(run: Run, inbox: "Review", *, keep: bool) -> None:
    """Memories whose evidence no longer stands are offered too; put into the inbox only to be decided."""
    from memctl.services.inbox import stale

    memories, _ = run.store.memories()
    if keep:
        count = len(stale.offer(run.place, memories, run.worktree, run.now))
    else:
        inbox.due = stale.due(run.place, memories, run.worktree, run.now)
        count = len(inbox.due.new)
    if count:
        run.out.note(f"{count} {'memory rests' if count == 1 else 'memories rest'} on something that changed")


def _list(run: Run, inbox: "Review") -> None:
    from memctl.cli.output import write
    from memctl.cli.show.proposals import about, proposal_line, proposal_object, proposal_table

    offers, damaged = inbox.offers()
    if run.out.json:
        run.out.document({"proposals": [proposal_object(o.planned.proposal, **about(o)) for o in offers]})
    elif run.out.on_terminal:
        proposal_table(run.out, [o.planned.proposal for o in offers])
    else:
        for offer in offers:
            write(proposal_line(run.out, offer.planned.proposal))
    run.out.warn_all(
        f"{inbox.inbox.folder}/{name} holds no proposal; look at it and remove it" for name in damaged
    )
    if not offers:
        run.out.note("nothing waits for a verdict")


def _rejections(run: Run, inbox: "Review") -> None:
    """What was rejected: id, when, kind and reason; of the text only hashes are kept."""
    from memctl.cli.show.documents import when

    found = inbox.tombstones.rejections()
    rows = [{"id": r.id, "when": when(r.at), "operation": r.operation, "reason": r.reason} for r in found]
    if run.out.json:
        run.out.document({"rejections": rows})
    else:
        for one in rows:
            run.out.row(*(word(value) for value in one.values()))
    if found:
        run.out.note("what was rejected may be proposed again after: memctl review --reopen ID")
    else:
        run.out.note("nothing was rejected")


def _reopen(run: Run, inbox: "Review", wanted: Sequence[str]) -> None:
    found = [inbox.rejection(name) for name in dict.fromkeys(_names(wanted))]
    for rejection in found:
        inbox.reopen(rejection)
    rows = [{"id": rejection.id, "verdict": "reopened"} for rejection in found]
    if run.out.json:
        run.out.document({"verdicts": rows})
    else:
        for one in rows:
            run.out.row(one["verdict"], one["id"])
    run.out.note("its text was not kept: `memctl extract --all` or `memctl skillify` proposes it again")


def _show(run: Run, inbox: "Review", offer: "Offer") -> None:
    from memctl.cli.output import write
    from memctl.cli.show.proposals import about, proposal_object, shown

    if run.out.json:
        more = {**about(offer), "diff": "\n".join(offer.diff)}
        run.out.document({"proposal": proposal_object(offer.planned.proposal, **more)})
    else:
        write("\n".join(shown(run.out, offer)) + "\n")
    sys.stdout.flush()
    inbox.show(offer)  # when it stands there


def _entries(inbox: "Review", wanted: Sequence[str]) -> list["Entry"]:
    """The entries that ids name, each once; `all` is everything that waits."""
    names = _names(wanted)
    everything = [offer.entry for offer in inbox.offers()[0]] if ALL in names else []
    named = [inbox.inbox.find(name) for name in names if name != ALL]
    return list({e.proposal.id: e for e in (*everything, *named)}.values())


ALL = "all"


def _names(wanted: Sequence[str]) -> list[str]:
    return [name for part in wanted for name in part.split(",") if name]


def _accept(run: Run, inbox: "Review", wanted: Sequence[str]) -> None:
    from memctl.services.review.verdicts import passes_all

    entries, names = _entries(inbox, wanted), _names(wanted)
    if not entries:
        run.out.note("nothing waits for a verdict")
    named = {inbox.inbox.find(name).proposal.id for name in names if name != ALL}
    left = [e for e in entries if e.proposal.id not in named and not passes_all(e)]
    if left and len(left) == len(entries):
        ids = " ".join(e.proposal.id for e in left)
        raise Refused(
            f"{_others(len(left))}: approval needed",
            hint=f"look at them and name them: {ids}",
            slug="approval",
        )
    try:
        verdicts = inbox.accept([e for e in entries if e not in left])
    except Unseen as error:
        _show_anew(inbox, error)
        raise
    _verdicts(run, verdicts)
    _say_done(run, verdicts, len(left))
    anticipate(run)


def _others(number: int) -> str:
    return "1 is not your own words" if number == 1 else f"{number} are not your own words"


def _say_done(run: Run, verdicts: Sequence["Verdict"], left: int) -> None:
    """What the person should know of the verdicts; `left` is how many were not theirs to give."""
    from memctl.cli.show.proposals import undo_hint

    warnings = [w for v in verdicts if v.applied for w in v.applied.warnings]
    if left:
        what = "was left: name it" if left == 1 else "were left: name them"
        warnings.append(f"{_others(left)} and {what} by id")
    run.out.warn_all(dict.fromkeys(warnings))
    for note in dict.fromkeys(v.note for v in verdicts if v.note):
        run.out.note(f"{note}: nothing was left to do")
    hint = undo_hint(verdicts)
    if hint:
        run.out.note(hint)


def _show_anew(inbox: "Review", error: Unseen) -> None:
    """Put into the error what would be done now, so that it has been shown when it is accepted next."""
    for one in error.ids:
        offer = inbox.find(one)
        error.message += "\n" + "\n".join(offer.diff)
        inbox.show(offer)


def _verdicts(run: Run, verdicts: Sequence["Verdict"]) -> None:
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
