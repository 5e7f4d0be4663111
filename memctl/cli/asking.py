"""The question whether an agent's own command line may be asked, and what comes of the answer."""

import os
import time
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from memctl import programs
from memctl.agents.actor import PERSON, actor
from memctl.cli.run import Run
from memctl.errors import Refused

OwnModelOption = Annotated[
    bool | None,
    typer.Option(
        "--use-own-model/--no-own-model",
        help="May the agent's own CLI, with your login, propose memories? Asked on a terminal, else no.",
    ),
]

PAUSE = 5.0
"""Seconds in which several writes start the background once; what it finds when it runs is all of them."""


def refuse_agents() -> None:
    """Raise Refused where an agent runs this: the consent is the person's."""
    if actor() != PERSON:
        raise Refused(
            f"whether an agent's own model may be asked is the person's to say, and {actor()} runs this",
            hint="ask the person to run: memctl config own-model AGENT",
            slug="approval",
        )


def own_model(run: Run, agent: str, answer: bool | None, *, may_ask: bool, again: bool = False) -> bool:
    """Carry out `answer`; without one ask a person on a terminal, where `may_ask`, else change nothing.
    Whether there was an answer.

    `again`: also what was answered already, with yes or with no, is asked about.
    """
    from memctl.services import consent

    settings = run.settings()
    is_allowed = agent in settings.own_models
    asks = (
        may_ask
        and run.out.can_ask
        and actor() == PERSON
        and (again or not (is_allowed or consent.declined(agent)))
    )
    if answer is None and asks and consent.can_be_asked(agent):
        typer.echo(consent.question(agent, settings), err=True)  # also with --quiet: it is the question
        answer = _confirmed("May it be asked?", is_allowed)
    if answer:
        refuse_agents()
        consent.grant(agent)
    elif answer is False:
        if is_allowed:
            refuse_agents()
            consent.revoke(agent)
        if actor() == PERSON:
            consent.decline(agent)
    return answer is not None


def _confirmed(question: str, default: bool) -> bool:
    """The answer of a person; what is neither yes nor no is asked again. Raises Abort."""
    while True:
        said = typer.prompt(
            f"{question} [{'Y/n' if default else 'y/N'}]", default="", show_default=False, err=True
        )
        word = said.strip().lower()
        if word in ("y", "yes", "n", "no", ""):
            return default if not word else word.startswith("y")
        typer.echo(f"answer y or n; Enter alone means {'yes' if default else 'no'}", err=True)


def stands(run: Run, agent: str) -> None:
    """Say on stderr whether the own model of `agent` may be asked, and how that is changed."""
    from memctl.services import consent

    settings = run.settings()
    if agent in settings.own_models:
        run.out.note(consent.sentence(agent, settings))
        command = str(consent.state(agent, settings)["command"] or "").partition(" ")[0]
        if command and programs.find(command) is None:
            run.out.warn(f"`{command}` was not found on PATH, so nothing can be asked until it is there")
    elif actor() == PERSON and consent.can_be_asked(agent):
        run.out.note(
            f"{agent}'s own model is not asked; with your yes it is: memctl config own-model {agent}"
        )


def of_agents(run: Run, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What stands for each of `names` that can be asked."""
    from memctl.services import consent

    settings = run.settings()
    return {name: dict(consent.state(name, settings)) for name in names if consent.can_be_asked(name)}


def take_back(run: Run, agent: str) -> None:
    """With its hooks gone, nothing is asked of `agent` any more; an agent that removes them leaves that."""
    from memctl.services import consent

    if actor() != PERSON:
        return
    consent.forget_answer(agent)
    if consent.revoke(agent):
        run.out.note(f"{agent}'s own model is asked nothing any more")


def anticipate(run: Run) -> None:
    """After new memories: where an agent's own CLI may be asked, have it anticipate their queries."""
    from memctl.store.state import resolve

    if not resolve.text("own_model") or os.environ.get("MEMCTL_IN_PROVIDER"):
        return  # a look at the file: most commands that write load no settings otherwise
    from memctl.hooks import detached
    from memctl.services.own_model import allowed

    agent = allowed(run.settings())
    if agent and detached.due(run.directory, "anticipate", PAUSE, time.time()):
        detached.ask_own_model(agent, run.place.root, run.directory)
