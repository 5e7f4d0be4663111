"""The verb that proposes shorter bodies."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.abbreviation import full_names
from memctl.cli.options import Names
from memctl.cli.run import Run, verb
from memctl.errors import Refused
from memctl.store.state import deed

if TYPE_CHECKING:
    from memctl.domain.memory import Memory
    from memctl.llm.provider import Prompt
    from memctl.services.compress.shortening import Engine, Outcome, Shortened


Shortener = StrEnum("Shortener", ["rules", "llm"])
"""Who shortens: rules, which leave out whole sentences, or a model, which words anew."""


@verb
def compress(
    run: Run,
    names: Names,
    to: Annotated[
        int | None,
        typer.Option("--to", metavar="TOKENS", min=1, help="About so many tokens; default: half of each."),
    ] = None,
    engine: Annotated[Shortener, typer.Option("--engine", help="Who shortens.")] = Shortener.rules,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would be proposed, or be sent to the model, and stop."),
    ] = False,
) -> None:
    """Propose a shorter body for memories, with a count of what it keeps; `memctl review` decides.

    The full text stays in the history: `memctl show NAME --full`.
    """
    from memctl.services.compress import shortening as service

    _need_history()
    run.repair()
    memories = list({memory.file: memory for memory in run.store.find_all(full_names(run, names))}.values())
    if dry_run and engine is Shortener.llm:
        _print_requests(run, memories, to)
        return
    done = service.compress(
        run.place, memories, _engine(run, engine), by=engine.value, to=to, now=run.now, dry_run=dry_run
    )
    _report(run, done, engine.value, dry_run=dry_run)


def _need_history() -> None:
    """Refuse to shorten what nothing could show whole again."""
    from memctl.store.history import git

    if git.program() is None:
        raise Refused(
            "git is not installed, so the full text would be lost", hint="install git", slug="no-history"
        )


def _engine(run: Run, name: Shortener) -> "Engine":
    """The engine of that name. Raises ModelFailed where a model is wanted and none can be asked."""
    from memctl.services.compress import shortening

    if name is Shortener.rules:
        return shortening.by_rules
    from memctl.services.own_model import choose

    provider = choose(run.settings(), "compress")
    provider.warm()
    return shortening.by_model(provider)


def _report(run: Run, done: "Outcome", engine: str, *, dry_run: bool) -> None:
    """Say what came of it. Raises ModelFailed, and Lossy where nothing else came of it than a refusal."""
    lossy = list(done.refused.values())
    nothing = not done.done and not done.left
    failure = done.failure or (lossy[0] if lossy and nothing else None)
    if failure is None or not run.out.json:
        _print(run, done, engine, dry_run=dry_run)
    for error in lossy:
        if error is not failure:
            run.out.warn(error.message)
    if failure is not None:
        raise failure


def _print(run: Run, done: "Outcome", engine: str, *, dry_run: bool) -> None:
    from memctl.cli.show.proposals import lost_lines, print_proposals

    if run.out.json:
        run.out.document(_document(done, engine, dry_run))
    elif not dry_run:
        print_proposals(run.out, [one.proposal for one in done.done])
    for one in done.done if dry_run and not run.out.json else ():
        print_proposals(run.out, [one.proposal])
        run.out.block(one.shorter.body)
    for one in done.done:
        kept = one.shorter.coverage
        run.out.note(f"{one.proposal.name}: {one.after} tokens instead of {one.before}; keeps {kept.line}")
        if one.after > one.target:
            run.out.note(f"{one.proposal.name}: not {one.target} tokens, which would lose too much")
        run.out.warn_all(f"{one.proposal.name}: {line}" for line in lost_lines(kept))
    for name, why in done.left.items():
        run.out.note(f"{name} is left as it is: it {why}")
    if done.done and not dry_run:
        deed.note(run.directory, "compress", run.now)
        run.out.note("decide with: memctl review")


def _document(done: "Outcome", engine: str, dry_run: bool) -> dict[str, object]:
    return {
        "engine": engine,
        "proposals": [_object(one) for one in done.done],
        "left": [{"name": name, "reason": why} for name, why in done.left.items()],
        "refused": [
            {
                "name": name,
                "reason": error.note or None,
                "lost": [{"class": kind, "text": text} for kind, text in error.lost],
                "added": [{"class": kind, "text": text} for kind, text in error.added],
            }
            for name, error in done.refused.items()
        ],
        "dry_run": dry_run,
    }


def _object(one: "Shortened") -> dict[str, object]:
    from memctl.cli.show.proposals import coverage_object, proposal_object

    return proposal_object(
        one.proposal,
        coverage=coverage_object(one.shorter.coverage),
        tokens={"before": one.before, "after": one.after, "target": one.target},
    )


def _print_requests(run: Run, memories: "list[Memory]", to: int | None) -> None:
    """Each first request as a model would get it; a fence's random part alone differs from run to run."""
    from memctl.services.compress import rewording
    from memctl.services.compress.shortening import targeted, why_left
    from memctl.services.own_model import recipient

    left: dict[str, str] = {}
    requests: list[Prompt] = []
    for memory in memories:
        target = targeted(memory, to)
        why = why_left(run.directory, memory, target)
        if why:
            left[memory.stem] = why
        else:
            requests.append(rewording.prompt(memory, target))
    receiver = recipient(run.settings(), "compress")
    if run.out.json:
        run.out.document(
            {
                "engine": "llm",
                "proposals": [],
                "left": [{"name": name, "reason": why} for name, why in left.items()],
                "refused": [],
                "dry_run": True,
                "to": receiver,
                "requests": [{"system": r.system, "user": r.user} for r in requests],
            }
        )
    else:
        run.out.block("\n".join(f"{request.system}\n\n{request.user}\n" for request in requests))
    for name, why in left.items():
        run.out.note(f"{name} is left as it is: it {why}")
    if requests:
        run.out.note(f"to {receiver}")
