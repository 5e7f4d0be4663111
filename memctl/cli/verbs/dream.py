"""The verb that tidies the memories: dream."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memctl.cli.run import Run, verb
from memctl.errors import UsageError
from memctl.store.state import deed

if TYPE_CHECKING:
    from memctl.services.dream.consolidation import Engine, Outcome
    from memctl.services.review.verdicts import Offer, Review, Verdict

Dreamer = StrEnum("Dreamer", ["rules", "llm"])
"""Who looks: rules, which compare words and dates, or a model, which reads."""


@verb
def dream(
    run: Run,
    engine: Annotated[Dreamer, typer.Option("--engine", help="Who looks at the memories.")] = Dreamer.rules,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would be proposed, or be sent to the model, and stop."),
    ] = False,
    accept_safe: Annotated[
        bool,
        typer.Option("--accept-safe", help="Accept at once, as one change, what loses and changes nothing."),
    ] = False,
) -> None:
    """Look through the memories and propose what tidies them; `memctl review` decides.

    Duplicates become one, what was replaced is marked, what disagrees is linked. What changed within the
    last day is left alone: `memctl config set dream_hours 0` has it looked at too.
    """
    from memctl.services.dream import consolidation

    if dry_run and accept_safe:
        raise UsageError("--dry-run proposes nothing that could be accepted", hint="leave one of them out")
    run.repair()
    if dry_run and engine is Dreamer.llm:
        _print_requests(run)
        return
    with run.out.gauge() as gauge:
        done = consolidation.dream(
            run.place,
            _engine(run, engine),
            run.settings(),
            by=engine.value,
            root=run.worktree,
            now=run.now,
            dry_run=dry_run,
            progress=gauge,
        )
    _report(run, done, engine.value, dry_run=dry_run, accept=accept_safe)


def _engine(run: Run, name: Dreamer) -> "Engine":
    """The engine of that name. Raises ModelFailed where a model is wanted and none can be asked."""
    from memctl.services.dream import consolidation

    if name is Dreamer.rules:
        return consolidation.rules
    from memctl.services.dream import counsel
    from memctl.services.own_model import choose

    provider = choose(run.settings(), "dream")
    provider.warm()
    return counsel.by(provider)


@dataclass
class Found:
    """What a run found, looked at before any of it is accepted: every proposal as an offer, and the ids of
    those that may be accepted in bulk."""

    engine: str
    dry_run: bool
    outcome: "Outcome"
    offers: "list[Offer]"
    safe: frozenset[str]
    verdicts: "list[Verdict]" = field(default_factory=list)
    waiting: int = 0  # proposals in the inbox, of whatever run or kind

    @property
    def accepted(self) -> list[str]:
        """The ids of what was accepted."""
        return [verdict.entry.proposal.id for verdict in self.verdicts]


def _report(run: Run, done: "Outcome", engine: str, *, dry_run: bool, accept: bool) -> None:
    """Accept what may be accepted, and say what came of all of it. Raises ModelFailed."""
    from memctl.services.review.verdicts import Review

    inbox = Review(run.place, now=run.now)
    offers = inbox.offered(done.proposals)
    left = {entry.proposal.id for entry in inbox.left_by_all([offer.entry for offer in offers])}
    safe = frozenset(offer.entry.proposal.id for offer in offers) - left
    found = Found(engine, dry_run, done, offers, safe)
    if done.proposals and not dry_run:
        deed.note(run.directory, "dream", run.now)
    if accept:
        found.verdicts = _accepted(run, inbox)
    found.waiting = inbox.left()
    if done.failure is None or not run.out.json:
        _print(run, found)
    if done.failure is not None:
        raise done.failure


def _accepted(run: Run, inbox: "Review") -> "list[Verdict]":
    """Accept what is safe of all that runs have proposed and nobody decided on."""
    for note in inbox.finish():
        run.out.note(note)
    waiting = [offer.entry for offer in inbox.offers()[0] if offer.entry.proposal.is_dreamt]
    left = inbox.left_by_all(waiting)
    wanted = [entry for entry in waiting if entry not in left]
    return inbox.accept(wanted) if wanted else []


def _print(run: Run, found: Found) -> None:
    from memctl.cli.output import counted
    from memctl.cli.show.proposals import lost_lines, print_proposals
    from memctl.services.review.loss import coverage_of

    done = found.outcome
    proposals = [offer.planned.proposal for offer in found.offers]
    if run.out.json:
        run.out.document(_document(found))
    else:
        print_proposals(run.out, [*proposals, *done.stale])
    for offer in found.offers:
        proposal, kept = offer.planned.proposal, coverage_of(offer.planned)
        run.out.note(f"{proposal.operation} {proposal.name}: {proposal.why}")
        run.out.warn_all(f"{proposal.name}: {line}" for line in (lost_lines(kept) if kept else ()))
    for advice in done.unheeded:
        run.out.note(f"not followed: {advice.said}")
    for reason, count in done.over.items():
        run.out.note(f"{counted(count, 'finding')} left for another run: the limit of {reason} is reached")
    if not (proposals or done.stale or found.accepted or done.resting):
        run.out.note("there is nothing new to tidy" if found.waiting else "there is nothing to tidy")
    if done.resting:
        run.out.note(
            f"{counted(done.resting, 'memory that', 'memories that')} changed within"
            f" {run.settings().dream_hours:g} hours left alone (setting dream_hours)"
        )
    _print_decided(run, found)


def _print_decided(run: Run, found: Found) -> None:
    """What was accepted, each by its name, and how much is left to decide on."""
    from memctl.cli.output import counted
    from memctl.cli.show.decisions import say_done

    if found.accepted:
        for verdict in found.verdicts:
            run.out.note(f"accepted: {verdict.entry.proposal.operation} {verdict.entry.proposal.name}")
        run.out.note(f"accepted {counted(len(found.accepted), 'proposal')}, as one change")
        say_done(run, found.verdicts, ())
    if found.waiting:
        run.out.note(f"{counted(found.waiting, 'proposal waits', 'proposals wait')} for you: memctl review")


def _document(found: Found) -> dict[str, Any]:
    from memctl.cli.show.proposals import about, proposal_object

    done = found.outcome
    return {
        "engine": found.engine,
        "proposals": [
            proposal_object(o.planned.proposal, **about(o), safe=o.planned.proposal.id in found.safe)
            for o in found.offers
        ],
        "stale": [proposal_object(proposal) for proposal in done.stale],
        "accepted": found.accepted,
        "left": dict(done.over),
        "dropped": dict(done.dropped),
        "dry_run": found.dry_run,
    }


def _print_requests(run: Run) -> None:
    """Each request as a model would get it; a fence's random part alone differs from run to run."""
    from memctl.services.dream import consolidation, counsel
    from memctl.services.own_model import recipient

    survey, _ = consolidation.look(run.place, run.store, run.settings(), run.now)
    requests = counsel.requests(survey)
    receiver = recipient(run.settings(), "dream")
    if run.out.json:
        empty: dict[str, Any] = {"engine": "llm", "proposals": [], "accepted": [], "left": {}, "dropped": {}}
        asked = [{"system": r.system, "user": r.user} for r in requests]
        run.out.document({**empty, "dry_run": True, "to": receiver, "requests": asked})
    else:
        run.out.block("\n".join(f"{request.system}\n\n{request.user}\n" for request in requests))
    run.out.note(f"to {receiver}" if requests else "there is nothing to tidy")
