"""`review`: the inbox on a terminal, one proposal at a time, and for scripts."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from memctl.cli.asking import anticipate
from memctl.cli.desk import (
    ALL,
    AcceptOption,
    Asked,
    EditorOption,
    FailEmptyOption,
    Ids,
    ListOption,
    ReasonOption,
    RejectedOption,
    RejectOption,
    ReopenOption,
    ShowOption,
    YesOption,
)
from memctl.cli.run import Run, verb
from memctl.cli.show.decisions import again_by, others, print_rejections, print_verdicts, say_done
from memctl.errors import Refused, Unseen, UsageError
from memctl.store.state import deed

if TYPE_CHECKING:
    from memctl.services.review.verdicts import Offer, Review
    from memctl.store.state.entries import Entry


@verb
def review(
    run: Run,
    ids: Ids = None,
    list_: ListOption = False,
    show: ShowOption = None,
    accept: AcceptOption = None,
    reject: RejectOption = None,
    reason: ReasonOption = "",
    rejected: RejectedOption = False,
    reopen: ReopenOption = None,
    editor: EditorOption = False,
    yes: YesOption = False,
    fail_empty: FailEmptyOption = False,
) -> None:
    """Decide on proposals: one diff at a time on a terminal, all at once with --editor, or with --list,
    --show, --accept, --reject."""
    asked = Asked(
        ids or (),
        list_,
        show,
        accept or (),
        reject or (),
        reason,
        rejected,
        reopen or (),
        editor,
        yes,
        fail_empty,
    )
    inbox = _inbox(run)
    asked.check()
    if asked.rejected:
        _list_rejected(run, inbox, asked)
    elif asked.reopen:
        _reopen(run, inbox, asked)
    elif asked.looks or not (asked.decides or _can_decide(run)):
        _look(run, inbox, asked)
    else:
        _offer_stale(run, inbox, keep=True)
        _settle(run, inbox, asked)


def _settle(run: Run, inbox: "Review", asked: Asked) -> None:
    """Carry out the verdicts that are given, or ask for them."""
    if asked.accept:
        _accept(run, inbox, asked)
    elif asked.reject:
        _reject(run, inbox, asked)
    elif asked.editor:
        _edit(run, inbox, asked)
    else:
        _decide(run, inbox, asked)


def _list_rejected(run: Run, inbox: "Review", asked: Asked) -> None:
    rejections = inbox.tombstones.rejections()
    print_rejections(run, rejections, inbox.inbox.rejected())
    run.found(rejections, asked.fail_empty)


def _look(run: Run, inbox: "Review", asked: Asked) -> None:
    """Show what waits, or one of it; what is shown is put into the inbox by nothing."""
    _offer_stale(run, inbox, keep=False)
    run.page()
    _print(run, inbox, asked.ids if asked.show is None else [asked.show])
    run.found(not asked.fail_empty or inbox.offers()[0], asked.fail_empty)


def _inbox(run: Run) -> "Review":
    """The inbox, once what a killed command left is finished; what was done for that is said."""
    from memctl.services.review.verdicts import Review

    run.repair()
    inbox = Review(run.place)
    for note in inbox.finish():
        run.out.note(note)
    return inbox


def _can_decide(run: Run) -> bool:
    """Whether a person sits there who is shown one proposal after the other."""
    return not run.out.json and sys.stdin.isatty() and sys.stdout.isatty()


def _decide(run: Run, inbox: "Review", asked: Asked) -> None:
    """One proposal at a time on the screen: those that were named, or all."""
    from memctl.cli.screens.review_screen import Screen

    Screen(run, inbox).show(_entries(inbox, asked.named) if asked.ids else None)
    anticipate(run)


def _edit(run: Run, inbox: "Review", asked: Asked) -> None:
    """All of it at once, as one text in the editor."""
    from memctl.cli.screens.whole_inbox import WholeInbox

    only = {entry.proposal.id for entry in _entries(inbox, asked.named)} if asked.ids else None
    found = WholeInbox(run, inbox, yes=asked.yes).edit(only)
    if found is None:
        return
    verdicts, left = found
    rest = [{"id": one.proposal.id, "name": one.proposal.name, "why": one.why} for one in left]
    print_verdicts(run, verdicts, left=rest)
    for one in left:
        run.out.note(f"left: {one.proposal.name}: {one.why}")
    say_done(run, verdicts, ())
    anticipate(run)


def _reject(run: Run, inbox: "Review", asked: Asked) -> None:
    chosen = _entries(inbox, asked.named)
    print_verdicts(run, [inbox.reject(entry, asked.reason) for entry in chosen])
    if chosen:
        deed.note(run.directory, "review --reject", run.now)
    else:
        run.out.note("nothing waits for a verdict")


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
    from memctl.services.recall import overview

    memories = overview.resting(run.store, now=run.now, progress=run.out.progress)
    if keep:
        count = len(stale.offer(run.place, memories, run.worktree, run.now))
    else:
        inbox.due = stale.due(run.place, memories, run.worktree, run.now)
        count = len(inbox.due.new)
    if count:
        run.out.note(f"{count} {'memory rests' if count == 1 else 'memories rest'} on something that changed")


def _list(run: Run, inbox: "Review") -> None:
    from memctl.cli.show.proposals import about, print_proposals, proposal_object

    offers, damaged = inbox.offers()
    if run.out.json:
        run.out.document({"proposals": [proposal_object(o.planned.proposal, **about(o)) for o in offers]})
    else:
        print_proposals(run.out, [o.planned.proposal for o in offers])
    run.out.warn_all(
        f"{inbox.inbox.folder}/{name} holds no proposal; look at it and remove it" for name in damaged
    )
    if not offers:
        run.out.note("nothing waits for a verdict")


def _reopen(run: Run, inbox: "Review", asked: Asked) -> None:
    found = [inbox.rejection(name) for name in dict.fromkeys(asked.named)]
    back = {rejection.id: inbox.reopen(rejection) for rejection in found}
    rows = [{"id": rejection.id, "verdict": "reopened"} for rejection in found]
    if run.out.json:
        run.out.document({"verdicts": rows})
    else:
        for one in rows:
            run.out.row(one["verdict"], one["id"])
    lost = [one for one in found if back[one.id] is None]
    if len(lost) < len(found):
        run.out.note("decide with: memctl review")
    if lost:
        again = " or ".join(dict.fromkeys(f"`memctl {way}`" for one in lost for way in again_by(one)))
        run.out.note(f"{', '.join(one.id for one in lost)}: its text is not kept: {again} proposes it again")


def _show(run: Run, inbox: "Review", offer: "Offer") -> None:
    from memctl.cli.output import write
    from memctl.cli.show.proposals import about, proposal_object, shown

    if run.out.json:
        more = {**about(offer), "diff": "\n".join(offer.diff)}
        run.out.document({"proposal": proposal_object(offer.planned.proposal, **more)})
    else:
        write("\n".join(shown(run.out, offer).lines) + "\n")
    sys.stdout.flush()
    inbox.show(offer)  # when it stands there


def _entries(inbox: "Review", names: Sequence[str]) -> list["Entry"]:
    """The entries that ids name, each once; `all` is everything that waits."""
    everything = [offer.entry for offer in inbox.offers()[0]] if ALL in names else []
    named = [inbox.inbox.find(name) for name in names if name != ALL]
    return list({e.proposal.id: e for e in (*everything, *named)}.values())


def _accept(run: Run, inbox: "Review", asked: Asked) -> None:
    entries = _entries(inbox, asked.named)
    if not entries:
        run.out.note("nothing waits for a verdict")
    named = {inbox.inbox.find(name).proposal.id for name in asked.named if name != ALL}
    left = inbox.left_by_all([e for e in entries if e.proposal.id not in named])
    if left and len(left) == len(entries):
        ids = " ".join(e.proposal.id for e in left)
        raise Refused(
            f"{others(left)}: approval needed",
            hint=f"look at them and name them: {ids}",
            slug="approval",
        )
    try:
        verdicts = inbox.accept([e for e in entries if e not in left])
    except Unseen as error:
        _show_anew(inbox, error)
        raise
    print_verdicts(run, verdicts)
    say_done(run, verdicts, left)
    anticipate(run)


def _show_anew(inbox: "Review", error: Unseen) -> None:
    """Put into the error what would be done now, so that it has been shown when it is accepted next."""
    for one in error.ids:
        offer = inbox.find(one)
        error.message += "\n" + "\n".join(offer.diff)
        inbox.show(offer)
