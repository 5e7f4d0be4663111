"""The verb that drafts a skill from a session."""

from typing import TYPE_CHECKING, Annotated

import typer

from memctl.agents import table
from memctl.cli.options import SessionOption
from memctl.cli.run import Run, verb
from memctl.errors import MemctlError, UsageError

if TYPE_CHECKING:
    from memctl.domain.proposal import Proposal
    from memctl.services.inbox.reasons import Dropped


def _agents(incomplete: str) -> list[str]:
    return [agent.name for agent in table.with_skills() if agent.name.startswith(incomplete)]


def _agent(name: str | None) -> table.Agent | None:
    """The agent called `name`. Raises UsageError for one that knows no skills."""
    if name is None:
        return None
    found = table.find(name)
    if found is None or not found.skills:
        raise UsageError(f"{name} is no agent that knows skills", hint=f"one of {', '.join(_agents(''))}")
    return found


@verb
def skillify(
    run: Run,
    session: SessionOption = None,
    name: Annotated[
        str, typer.Option("--name", help="What the skill is called; default: after the task.")
    ] = "",
    agent: Annotated[
        str | None,
        typer.Option("--agent", help="For this agent; default: that of the session.", autocompletion=_agents),
    ] = None,
    user: Annotated[
        bool, typer.Option("--user/--project", help="For all your projects, or for this one.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the draft, and stop.")] = False,
) -> None:
    """Draft a SKILL.md from what a session did; it waits in the inbox, and `memctl review` writes it."""
    from memctl.services.session import choice, note
    from memctl.services.session import skill_draft as service
    from memctl.store.state.sessions import SessionStates

    run.repair()
    chosen = choice.one(run.place.root, session)
    contents = note.contents_of(chosen, SessionStates(run.directory), run.now)
    wanted = service.Wanted(name, _agent(agent), user)
    made = service.draft(run.place, contents, wanted)
    if made is None:
        _report(run, None, f"nothing in session {chosen.id} makes a skill: no task with a command or a file")
    elif dry_run:
        _print(run, made[0])
    else:
        _tell(run, made[0], service.propose(run.place, *made, now=run.now))


def _print(run: Run, proposal: "Proposal") -> None:
    from memctl.domain.skill_file import path_of
    from memctl.format import skill_md

    if run.out.json:
        _report(run, proposal, "")
        return
    run.out.block(skill_md.encode(proposal.name, proposal.description, proposal.body).decode())
    run.out.note(f"would be proposed for {path_of(proposal.file)}")


def _tell(run: Run, draft: "Proposal", taken: "Proposal | Dropped") -> None:
    from memctl.services.inbox.reasons import REASONS, Dropped

    if not isinstance(taken, Dropped):
        _report(run, taken, "decide with: memctl review")
    elif taken.reason == "known":
        _report(run, None, f"not proposed: it {REASONS[taken.reason]}")
    elif taken.reason == "rejected":
        _report(run, None, f"not proposed: {_rejected(run, draft.name, taken.by)}")
    else:
        found = dict.fromkeys(finding.message for finding in taken.findings)
        raise MemctlError(f"not proposed: {REASONS[taken.reason]}", hint="; ".join(found) or None)


def _rejected(run: Run, name: str, by: str) -> str:
    """Which rejection stops the skill `name`, and how it is taken back."""
    from memctl.cli.show.documents import when
    from memctl.store.state.tombstones import Tombstones

    known = {rejection.id: rejection for rejection in Tombstones(run.directory).rejections()}
    found = known[by]
    why = f" ({found.reason})" if found.reason else ""
    return (
        f"the skill {name} was rejected before, on {when(found.at)}{why}; "
        f"to have it proposed again: memctl review --reopen {by}"
    )


def _report(run: Run, proposal: "Proposal | None", note: str) -> None:
    from memctl.cli.output import write
    from memctl.cli.show.proposals import proposal_line, proposal_object

    if run.out.json:
        run.out.document({"proposal": proposal_object(proposal) if proposal else None})
    elif proposal:
        write(proposal_line(run.out, proposal))
    if note:
        run.out.note(note)
